// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"

namespace bwt::store {

/// The programs of a row of `naming`, whose text is their ids with commas between them. Many programs call a remote
/// the same, so that a row for each of them would take twice the room, and ten times the time to read.
[[nodiscard]] QList<qint64> programsIn(const QString& text);

/// Whether one of them is wanted; asks for no more than it takes to know.
template <typename Wants> [[nodiscard]] bool anyProgramIn(QStringView text, Wants wants)
{
    while (!text.isEmpty()) {
        const qsizetype end = text.indexOf(QLatin1Char(','));
        if (wants(text.first(end < 0 ? text.size() : end).toLongLong()))
            return true;
        text = end < 0 ? QStringView() : text.sliced(end + 1);
    }
    return false;
}

/// A condition on a row of `naming`: one of its programs is the value of that expression.
[[nodiscard]] QString hasProgram(const QString& expression);

/// Writes what programs call remotes. A program calls a remote what it was told last.
class Namings {
public:
    explicit Namings(const Database& database);

    /// What seems to have been told later than now was told when the clock was wrong.
    void tell(qint64 remote, qint64 program, qint64 name, qint64 toldMs, qint64 nowMs);
    void forget(qint64 remote, qint64 program);

private:
    void leave(qint64 remote, qint64 program, qint64 name);

    Statement m_leave;
    Statement m_drop;
    Statement m_join;
};

} // namespace bwt::store
