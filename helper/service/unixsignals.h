// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace bwt {

/// SIGTERM, SIGINT and SIGHUP as events of the main loop. Make it before the first thread: threads inherit that the
/// three are blocked.
class UnixSignals : public QObject {
    Q_OBJECT
public:
    UnixSignals();
    ~UnixSignals() override;

Q_SIGNALS:
    void terminate();
    void reload();

private:
    void read();

    int m_fd;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace bwt
