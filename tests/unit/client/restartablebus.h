// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>
#include <QTemporaryDir>

/// A dbus-daemon that can be ended and started again under the same address.
class RestartableBus {
public:
    RestartableBus();
    ~RestartableBus();

    [[nodiscard]] QString address() const;
    /// From the next start on, the bus starts this command when the name is called.
    void makeActivatable(const QString& name, const QString& command);
    [[nodiscard]] bool start();
    void stop();

private:
    [[nodiscard]] QString path(const char* file) const;

    QTemporaryDir m_directory;
    QProcess m_daemon;
};
