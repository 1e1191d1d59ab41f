// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <QTemporaryDir>

namespace bwt::test {

/// The service manager's ear: what a child says through NOTIFY_SOCKET (sd_notify(3)).
class NotifySocket {
public:
    NotifySocket() = default;
    ~NotifySocket();
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    [[nodiscard]] bool open();
    [[nodiscard]] QString path() const { return m_directory.filePath(QStringLiteral("notify")); }
    /// Every assignment so far, in order.
    [[nodiscard]] const QStringList& heard();

private:
    QTemporaryDir m_directory;
    QStringList m_heard;
    int m_fd = -1;
};

} // namespace bwt::test
