// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/retention.h"

#include "helper/store/plan.h"

#include <algorithm>

namespace bwt::store {

namespace {

constexpr qint64 daySeconds = 24 * hourSeconds;

qint64 dropRows(const Database& database, const QString& tier, qint64 first, qint64 last)
{
    return database.run(QStringLiteral("DELETE FROM %1 WHERE start >= ? AND start < ?").arg(tier), first, last)
        .affectedRows();
}

/// The books of the same buckets.
QString booksOf(const QString& tier)
{
    return QStringLiteral("book_") + tier;
}

/// Keeps a tier from the given bucket on, and remembers it.
qint64 keepFrom(const Database& database, const QString& tier, qint64 start)
{
    database.run(QStringLiteral("UPDATE tier SET kept_from = max(kept_from, ?) WHERE name = ?"), start, tier);
    return dropRows(database, tier, 0, start) + dropRows(database, booksOf(tier), 0, start);
}

/// Drops hours, and makes those anew of which minutes are left: where minutes are kept they hold all of an hour.
qint64 dropHours(const Database& database, qint64 first, qint64 last)
{
    const qint64 dropped = dropRows(database, QStringLiteral("hour"), first, last);
    const Statement remade = database.run(
        QStringLiteral("INSERT INTO hour SELECT minute.start - minute.start % %1 AS hour_start, coarse.id, "
                       "sum(tx_bytes), sum(rx_bytes), sum(tx_calls), sum(rx_calls), sum(tx_packets), "
                       "sum(rx_packets), sum(tx_wire_bytes), sum(rx_wire_bytes) FROM minute "
                       "JOIN flow AS fine ON fine.id = minute.flow "
                       "JOIN flow AS coarse ON coarse.process = 0 AND coarse.program = fine.program "
                       "AND coarse.remote = fine.remote AND coarse.protocol = fine.protocol "
                       "AND coarse.service = fine.service AND coarse.scope = fine.scope "
                       "WHERE minute.start >= ? AND minute.start < ? GROUP BY hour_start, coarse.id")
            .arg(hourSeconds),
        first, last);
    return dropped - remade.affectedRows();
}

/// As dropHours, of the books.
qint64 dropBookHours(const Database& database, qint64 first, qint64 last)
{
    const qint64 dropped = dropRows(database, QStringLiteral("book_hour"), first, last);
    const Statement remade = database.run(
        QStringLiteral(
            "INSERT INTO book_hour SELECT start - start % %1 AS hour_start, interface, direction, "
            "sum(bytes), sum(packets), sum(programs), sum(kernel), sum(forwarded), sum(headers), sum(bundled), "
            "sum(rest) "
            "FROM book_minute WHERE start >= ? AND start < ? GROUP BY hour_start, interface, direction")
            .arg(hourSeconds),
        first, last);
    return dropped - remade.affectedRows();
}

/// Nothing is recorded in [since, until) any more.
void uncover(const Database& database, std::int64_t sinceMs, std::int64_t untilMs)
{
    const qint64 since = sinceMs;
    const qint64 until = untilMs;
    database.run(QStringLiteral("INSERT INTO coverage SELECT ?, max(until_ms) FROM coverage "
                                "WHERE since_ms < ? AND until_ms > ? HAVING count(*) > 0 "
                                "ON CONFLICT DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)"),
        until, until, until);
    database.run(
        QStringLiteral("UPDATE coverage SET until_ms = ? WHERE since_ms < ? AND until_ms > ?"), since, since, since);
    database.run(QStringLiteral("DELETE FROM coverage WHERE since_ms >= ? AND since_ms < ?"), since, until);
}

/// Forgets names that no row has any more: what was cleared must not be readable.
void dropOrphans(const Database& database)
{
    for (const char* sql : {
             "DELETE FROM flow WHERE id NOT IN (SELECT flow FROM minute UNION SELECT flow FROM hour)",
             "DELETE FROM process WHERE id NOT IN (SELECT process FROM flow)",
             "DELETE FROM remote WHERE id NOT IN (SELECT remote FROM flow)",
             "DELETE FROM program WHERE id NOT IN (SELECT program FROM flow UNION SELECT program FROM baseline)",
             "DELETE FROM app WHERE id NOT IN (SELECT app FROM program)",
         })
        database.run(QString::fromLatin1(sql));
}

/// Hands free pages to the file system and empties the log, which holds what was deleted.
void giveSpaceBack(const Database& database)
{
    // A step frees one page, and Qt takes one step alone where a statement has no columns.
    Transaction transaction(database);
    Statement vacuum = database.prepare(QStringLiteral("PRAGMA incremental_vacuum"));
    for (qint64 pages = database.prepare(QStringLiteral("PRAGMA freelist_count")).find().value_or(0); pages > 0;
        --pages)
        vacuum.run().finish();
    transaction.commit();
    database.run(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
}

} // namespace

void BelievedTime::advance(std::uint64_t bootNs)
{
    m_firstNs = m_firstNs.value_or(bootNs);
    m_lastNs = std::max(m_lastNs, bootNs);
}

std::int64_t BelievedTime::latest(std::int64_t nowMs) const
{
    constexpr std::uint64_t nsPerMs = 1'000'000;
    const auto passedMs = static_cast<std::int64_t>((m_lastNs - m_firstNs.value_or(m_lastNs)) / nsPerMs);
    if (m_newestMs == 0 || passedMs >= daySeconds * msPerSecond)
        return nowMs;
    return std::min(nowMs, m_newestMs + passedMs);
}

std::int64_t newestMs(const Database& database)
{
    return database
        .prepare(QStringLiteral("SELECT max(until_ms) FROM "
                                "(SELECT until_ms FROM coverage UNION ALL SELECT until_ms FROM counter_set)"))
        .find()
        .value_or(0);
}

quint64 dropExpired(const Database& database, const Retention& retention, std::int64_t nowMs)
{
    using std::chrono::seconds;
    const qint64 now = std::min<qint64>(nowMs, newestMs(database)) / msPerSecond;
    const auto cutoff = [now](std::chrono::days kept) {
        return floorTo(std::max<qint64>(0, now - seconds(kept).count()), hourSeconds);
    };

    Transaction transaction(database);
    const qint64 keptFrom = minutesKeptFrom(database);
    qint64 dropped = keepFrom(database, QStringLiteral("minute"), cutoff(retention.minutes));
    dropped += keepFrom(database, QStringLiteral("hour"), cutoff(retention.hours));
    if (dropped > 0)
        uncover(database, 0, cutoff(retention.hours) * msPerSecond);
    // Looking for them reads the whole history: once in each day that goes.
    if (dropped > 0 && floorTo(keptFrom, daySeconds) != floorTo(minutesKeptFrom(database), daySeconds))
        dropOrphans(database);
    transaction.commit();
    if (dropped > 0)
        giveSpaceBack(database);
    return static_cast<quint64>(dropped);
}

quint64 dropRange(const Database& database, std::int64_t sinceMs, std::int64_t untilMs)
{
    Transaction transaction(database);
    const Plan plan = planRange(sinceMs, untilMs, {minutesKeptFrom(database), false});
    const qint64 first = plan.bounds.front();
    const qint64 last = plan.bounds.back();
    qint64 dropped = dropRows(database, QStringLiteral("minute"), first, last);
    dropped += dropRows(database, QStringLiteral("book_minute"), first, last);
    dropped += dropHours(database, floorTo(first, hourSeconds), ceilTo(last, hourSeconds));
    dropped += dropBookHours(database, floorTo(first, hourSeconds), ceilTo(last, hourSeconds));
    uncover(database, first * msPerSecond, last * msPerSecond);
    dropOrphans(database);
    transaction.commit();
    giveSpaceBack(database);
    return static_cast<quint64>(dropped);
}

} // namespace bwt::store
