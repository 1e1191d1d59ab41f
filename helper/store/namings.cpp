// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/namings.h"

namespace bwt::store {

QList<qint64> programsIn(const QString& text)
{
    QList<qint64> programs;
    static_cast<void>(anyProgramIn(text, [&](qint64 program) {
        programs.append(program);
        return false;
    }));
    return programs;
}

QString hasProgram(const QString& expression)
{
    return QStringLiteral("instr(',' || programs || ',', ',' || %1 || ',') > 0").arg(expression);
}

Namings::Namings(const Database& database)
    : m_leave(database.prepare(
          QStringLiteral(
              "UPDATE naming SET programs = trim(replace(',' || programs || ',', ',' || ? || ',', ','), ',') "
              "WHERE remote = ? AND name <> ? AND ")
          + hasProgram(QStringLiteral("?"))))
    , m_drop(database.prepare(QStringLiteral("DELETE FROM naming WHERE remote = ? AND programs = ''")))
    , m_join(database.prepare(
          QStringLiteral("INSERT INTO naming (remote, name, told_ms, programs) VALUES (?, ?, ?, ?) "
                         "ON CONFLICT (remote, name) DO UPDATE SET "
                         "told_ms = iif(told_ms > ?, excluded.told_ms, max(told_ms, excluded.told_ms)), "
                         "programs = iif(%1, programs, programs || ',' || excluded.programs)")
              .arg(hasProgram(QStringLiteral("excluded.programs")))))
{
}

void Namings::tell(qint64 remote, qint64 program, qint64 name, qint64 toldMs, qint64 nowMs)
{
    leave(remote, program, name);
    m_join.run(remote, name, toldMs, QString::number(program), nowMs);
}

void Namings::forget(qint64 remote, qint64 program)
{
    constexpr qint64 none = 0;
    leave(remote, program, none);
}

/// What it called the remote otherwise.
void Namings::leave(qint64 remote, qint64 program, qint64 name)
{
    m_leave.run(program, remote, name, program);
    if (m_leave.affectedRows() > 0)
        m_drop.run(remote);
}

} // namespace bwt::store
