// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/coverage.h"

#include <algorithm>

namespace bwt::store {

namespace {

/// When the machine slept, by the clock as it is now, in order of time.
std::vector<Interval> sleeps(const std::vector<Event>& events)
{
    std::vector<Interval> intervals;
    std::int64_t setSinceMs = 0;
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
        if (event->kind == EventKind::Clock)
            setSinceMs += event->untilMs - event->timeMs;
        if (event->kind == EventKind::Sleep)
            intervals.push_back({event->timeMs + setSinceMs, event->untilMs + setSinceMs});
    }
    std::ranges::sort(intervals, {}, &Interval::sinceMs);
    return intervals;
}

/// Joined to what it touches: a clock that was set back comes by the same times again.
void coverPiece(const Database& database, Interval piece)
{
    if (piece.untilMs <= piece.sinceMs)
        return;
    const std::vector<Interval> touched = coverage(database, {piece.sinceMs - 1, piece.untilMs + 1});
    for (const Interval& other : touched) {
        database.run(QStringLiteral("DELETE FROM coverage WHERE since_ms = ?"), qint64{other.sinceMs});
        piece = {std::min(piece.sinceMs, other.sinceMs), std::max(piece.untilMs, other.untilMs)};
    }
    database.run(QStringLiteral("INSERT INTO coverage VALUES (?, ?)"), qint64{piece.sinceMs}, qint64{piece.untilMs});
}

} // namespace

void cover(const Database& database, const Interval& interval, const std::vector<Event>& events)
{
    std::int64_t from = interval.sinceMs;
    for (const Interval& sleep : sleeps(events)) {
        if (sleep.untilMs <= from || sleep.sinceMs >= interval.untilMs)
            continue;
        coverPiece(database, {from, sleep.sinceMs});
        from = sleep.untilMs;
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
