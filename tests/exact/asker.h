// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <sys/types.h>

/// A process that asks for a name by the C library's resolver and ends. It is there, as its pid is, until this object
/// goes.
class Asker {
public:
    /// What it does with the addresses that it is told.
    enum class Then { Nothing, Send };
    static constexpr int sentBytes = 100; ///< to each

    /// `comm` is what the process calls itself; null for this one's name.
    Asker(const char* name, const QString& server, const QByteArray& options = {}, Then then = Then::Nothing,
        const char* comm = nullptr);
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;
    ~Asker();

    [[nodiscard]] pid_t pid() const { return m_pid; }
    /// How many it was told, or could send to.
    [[nodiscard]] int addresses() const { return m_addresses; }

private:
    pid_t m_pid;
    int m_addresses = 0;
};
