// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QObject>

namespace bwt::test {

/// Listens for the signal Frame on one connection, whoever it is meant for, and keeps what comes.
class FrameReceiver : public QObject {
    Q_OBJECT
public:
    explicit FrameReceiver(QDBusConnection connection);
    ~FrameReceiver() override;

    /// Calls Subscribe; whether the helper agreed.
    [[nodiscard]] bool subscribe(const QStringList& by, uint limit);
    [[nodiscard]] const QList<Frame>& frames() const { return m_frames; }

private Q_SLOTS:
    void receive(const QDBusMessage& signal);

private:
    QDBusConnection m_connection;
    QList<Frame> m_frames;
};

} // namespace bwt::test
