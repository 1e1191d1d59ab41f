// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/coverage.h"

#include <algorithm>

namespace bwt::store {

namespace {

/// The events' intervals of which nothing can be known, in order of time.
std::vector<Interval> absences(const std::vector<Event>& events)
{
    std::vector<Interval> intervals;
    for (const Event& event : events) {
        const bool isAbsence = event.kind == EventKind::Sleep || event.kind == EventKind::Clock;
        if (isAbsence && event.untilMs > event.timeMs)
            intervals.push_back({event.timeMs, event.untilMs});
    }
    std::ranges::sort(intervals, {}, &Interval::sinceMs);
    return intervals;
}

void coverPiece(const Database& database, const Interval& piece)
{
    if (piece.untilMs <= piece.sinceMs)
        return;
    const Statement extended = database.run(QStringLiteral("UPDATE coverage SET until_ms = ? WHERE until_ms = ?"),
        qint64{piece.untilMs}, qint64{piece.sinceMs});
    if (extended.affectedRows() > 0)
        return;
    database.run(QStringLiteral("INSERT INTO coverage VALUES (?, ?) ON CONFLICT DO UPDATE SET "
                                "until_ms = max(until_ms, excluded.until_ms)"),
        qint64{piece.sinceMs}, qint64{piece.untilMs});
}

} // namespace

void cover(const Database& database, const Interval& interval, const std::vector<Event>& events)
{
    std::int64_t from = interval.sinceMs;
    for (const Interval& absence : absences(events)) {
        if (absence.untilMs <= from || absence.sinceMs >= interval.untilMs)
            continue;
        coverPiece(database, {from, absence.sinceMs});
        from = absence.untilMs;
    }
    coverPiece(database, {from, interval.untilMs});
}

void uncover(const Database& database, const Interval& interval)
{
    const qint64 since = interval.sinceMs;
    const qint64 until = interval.untilMs;
    database.run(QStringLiteral("INSERT INTO coverage SELECT ?, max(until_ms) FROM coverage "
                                "WHERE since_ms < ? AND until_ms > ? HAVING count(*) > 0 "
                                "ON CONFLICT DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)"),
        until, until, until);
    database.run(
        QStringLiteral("UPDATE coverage SET until_ms = ? WHERE since_ms < ? AND until_ms > ?"), since, since, since);
    database.run(QStringLiteral("DELETE FROM coverage WHERE since_ms >= ? AND since_ms < ?"), since, until);
}

std::vector<Interval> coverage(const Database& database, const Interval& interval)
{
    std::vector<Interval> intervals;
    Statement rows = database.run(
        QStringLiteral(
            "SELECT since_ms, until_ms FROM coverage WHERE since_ms < ? AND until_ms > ? ORDER BY since_ms"),
        qint64{interval.untilMs}, qint64{interval.sinceMs});
    while (rows.next())
        intervals.push_back({rows.integer(0), rows.integer(1)});
    return intervals;
}

std::int64_t recordedUntilMs(const Database& database)
{
    return database.prepare(QStringLiteral("SELECT max(until_ms) FROM coverage")).find().value_or(0);
}

} // namespace bwt::store
