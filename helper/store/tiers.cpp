// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/tiers.h"

#include <QDateTime>

#include <algorithm>

namespace bwt::store {

namespace {

QDate localDate(qint64 seconds)
{
    return QDateTime::fromSecsSinceEpoch(seconds).date();
}

QDate firstOfMonth(qint64 seconds)
{
    const QDate day = localDate(seconds);
    return {day.year(), day.month(), 1};
}

/// Where clocks go back over midnight, a day begins with the first of the two.
qint64 startOf(QDate day)
{
    constexpr qint64 step = 15 * minuteSeconds; // no clock goes back by less
    qint64 start = day.startOfDay().toSecsSinceEpoch();
    while (localDate(start - 1) == day)
        start -= step;
    return start;
}

/// Whether a tier keeps rows of programs beside those of flows, for quick answers.
bool hasBoth(Tier tier)
{
    return tier == Tier::Day || tier == Tier::Month;
}

} // namespace

qint64 midnight(qint64 seconds)
{
    return startOf(localDate(seconds));
}

qint64 nextMidnight(qint64 seconds)
{
    return startOf(localDate(seconds).addDays(1));
}

qint64 monthStart(qint64 seconds)
{
    return startOf(firstOfMonth(seconds));
}

qint64 nextMonthStart(qint64 seconds)
{
    return startOf(firstOfMonth(seconds).addMonths(1));
}

QString tierName(Tier tier)
{
    static const std::array names{
        QStringLiteral("minute"), QStringLiteral("hour"), QStringLiteral("day"), QStringLiteral("month")};
    return names.at(static_cast<std::size_t>(tier));
}

TierStates readTiers(const Database& database)
{
    TierStates states;
    Statement rows = database.run(QStringLiteral("SELECT name, kept_from, detail_from, complete_until FROM tier"));
    while (rows.next()) {
        const auto* tier = std::ranges::find_if(allTiers, [&](Tier one) { return tierName(one) == rows.text(0); });
        if (tier != allTiers.end())
            states[*tier] = {rows.integer(1), rows.integer(2), rows.integer(3)};
    }
    return states;
}

void writeTier(const Database& database, Tier tier, const TierState& state)
{
    database.run(QStringLiteral("UPDATE tier SET kept_from = ?, detail_from = ?, complete_until = ? WHERE name = ?"),
        state.keptFrom, state.detailFrom, state.completeUntil, tierName(tier));
}

std::vector<Span> spansIn(const Database& database, Tier tier, const Span& span)
{
    // The index holds all that is asked for, so that no page of rows is read.
    std::vector<Span> spans;
    Statement rows = database.run(
        QStringLiteral("SELECT start, until FROM %1 INDEXED BY %1_until WHERE until > ? ORDER BY until")
            .arg(tierName(tier)),
        span.start);
    while (rows.next() && rows.integer(0) < span.until)
        spans.push_back({rows.integer(0), rows.integer(1)});
    return spans;
}

std::optional<Span> firstBucketFrom(const Database& database, Tier tier, qint64 start)
{
    Statement row = database.run(
        QStringLiteral("SELECT start, until FROM %1 WHERE start >= ? ORDER BY start LIMIT 1").arg(tierName(tier)),
        start);
    return row.next() ? std::optional(Span{row.integer(0), row.integer(1)}) : std::nullopt;
}

std::optional<qint64> oldestBucket(const Database& database)
{
    // The finest that goes back as far as any is the closest answer.
    const TierStates states = readTiers(database);
    std::optional<qint64> oldest;
    qint64 finerFrom = 0;
    for (const Tier tier : allTiers) {
        const std::optional<Span> first = firstBucketFrom(database, tier, 0);
        if (first && (!oldest || first->start < finerFrom))
            oldest = first->start;
        finerFrom = states[tier].keptFrom;
    }
    return oldest;
}

BucketReader::BucketReader(const Database& database, Tier tier, Detail detail)
    : m_statement(database.prepare(
          QStringLiteral("SELECT start, until, coalesce(%1) FROM %2 WHERE start >= ? AND start < ? ORDER BY start")
              .arg(detail == Detail::Flows ? QStringLiteral("flows, programs") : QStringLiteral("programs, flows"),
                  tierName(tier))))
{
}

bool BucketReader::next(StoredBucket& bucket)
{
    if (!m_statement.next())
        return false;
    bucket = {{m_statement.integer(0), m_statement.integer(1)}, m_statement.blob(2)};
    return true;
}

void addTo(const Database& database, Tier tier, const TierState& state, const Span& span, const PackedRows& rows)
{
    if (rows.empty())
        return;
    BucketReader reader(database, tier, Detail::Flows);
    reader.seek({span.start, span.start + 1});
    StoredBucket bucket{span, {}};
    const bool isThere = reader.next(bucket);
    replaceBucket(
        database, tier, state, isThere ? bucket.span : span, isThere ? merged(unpacked(bucket.rows), rows) : rows);
}

void replaceBucket(
    const Database& database, Tier tier, const TierState& state, const Span& span, const PackedRows& rows)
{
    if (rows.empty()) {
        database.run(QStringLiteral("DELETE FROM %1 WHERE start = ?").arg(tierName(tier)), span.start);
        return;
    }
    const bool hasFlows = span.start >= state.detailFrom;
    database.run(QStringLiteral("INSERT INTO %1 (start, until, programs, flows) VALUES (?, ?, ?, ?) "
                                "ON CONFLICT DO UPDATE SET programs = excluded.programs, flows = excluded.flows")
                     .arg(tierName(tier)),
        span.start, span.until, hasFlows && !hasBoth(tier) ? QByteArray() : pack(withoutRemotes(rows)),
        hasFlows ? pack(rows) : QByteArray());
}

} // namespace bwt::store
