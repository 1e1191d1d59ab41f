// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>
#include <QStringList>

/// A dnsmasq with nothing but what it is told, until this object goes.
class NameServer {
public:
    /// Answers at these addresses by `rules`, which are options of dnsmasq's. `netns` names a network namespace;
    /// empty for this one. Returns once it serves; what fails ends the test program.
    NameServer(const QString& netns, const QStringList& addresses, const QStringList& rules);
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;
    ~NameServer();

    [[nodiscard]] pid_t pid() const { return static_cast<pid_t>(m_process.processId()); }

private:
    QProcess m_process;
};
