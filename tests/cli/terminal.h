// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QProcess>
#include <QSize>
#include <QSocketNotifier>
#include <QStringList>

#include <sys/types.h>

#include <memory>
#include <optional>

namespace bwt::test {

/// A program on a terminal of its own (a pseudo-terminal), with what it drew and what can be typed to it.
class Terminal {
public:
    /// With a user, the program runs as that uid and gid, without groups.
    explicit Terminal(QSize size, std::optional<uid_t> user = std::nullopt);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    void setEnvironment(const QProcessEnvironment& environment) { m_process.setProcessEnvironment(environment); }
    [[nodiscard]] bool start(const QString& program, const QStringList& arguments);
    void type(const QByteArray& keys) const;
    void resize(QSize size) const;

    /// Everything that was drawn since the last forget().
    [[nodiscard]] const QByteArray& drawn() const { return m_drawn; }
    void forget() { m_drawn.clear(); }
    /// Whether typed keys come back and lines are collected, as a shell left it.
    [[nodiscard]] bool isAsBefore() const;
    [[nodiscard]] const QProcess& process() const { return m_process; }

private:
    void read();

    int m_ours = -1;
    int m_theirs = -1;
    QProcess m_process;
    std::unique_ptr<QSocketNotifier> m_reader;
    QByteArray m_drawn;
};

} // namespace bwt::test
