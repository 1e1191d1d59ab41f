// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/flattiers.h"

#include "helper/store/tiers.h"

#include <algorithm>
#include <optional>

namespace bwt::store {

namespace {

Sums sumsFrom(const Statement& row, int first)
{
    const auto number = [&](int column) { return row.integer(first + column); };
    const bool hasWire = !row.isNull(first + 4);
    return {number(0), number(1), number(2), number(3), hasWire, number(4), number(5), number(6), number(7)};
}

/// Packs the buckets of a flat tier that begin in a span, into a tier's sheets of a length.
void packTier(
    const Database& database, const TierStates& tiers, Tier from, Tier tier, qint64 length, const Span& span)
{
    Statement rows = database.run(
        QStringLiteral("SELECT start, program, process, channel.id, remote, tx_bytes, rx_bytes, tx_calls, rx_calls, "
                       "tx_packets, rx_packets, tx_wire_bytes, rx_wire_bytes FROM flat_%1 "
                       "JOIN flat_flow ON flat_flow.id = flow JOIN channel USING (protocol, service, scope) "
                       "WHERE start >= ? AND start < ? ORDER BY start")
            .arg(tierName(from)),
        span.start, span.until);
    PackedRows packed;
    Span sheet;
    const auto finish = [&] {
        normalize(packed);
        replaceSheet(database, tiers, tier, sheet, packed);
        packed.clear();
    };
    while (rows.next()) {
        const qint64 start = rows.integer(0);
        if (start >= sheet.until) {
            finish();
            sheet = {floorTo(start, length), floorTo(start, length) + length};
        }
        packed.push_back(
            {{{rows.integer(1), rows.integer(2), rows.integer(3)}, rows.integer(4), sliceAt(tier, sheet, start)},
                sumsFrom(rows, 5)});
    }
    finish();
}

qint64 flatMinutesFrom(const Database& database)
{
    return database.prepare(QStringLiteral("SELECT kept_from FROM flat_tier WHERE name = 'minute'"))
        .find()
        .value_or(0);
}

} // namespace

void packFlatTiers(const Database& database)
{
    database.run(QStringLiteral("INSERT INTO channel (protocol, service, scope, network) "
                                "SELECT DISTINCT protocol, service, scope, 0 FROM flat_flow"));

    // The hour that goes on is in both tiers; from now on only closed ones are.
    TierStates tiers;
    TierState& minutes = tiers[Tier::Minute];
    minutes.keptFrom = minutes.detailFrom = flatMinutesFrom(database);
    const qint64 newest
        = database.prepare(QStringLiteral("SELECT max(start) FROM flat_minute")).find().value_or(minutes.keptFrom);
    TierState& hours = tiers[Tier::Hour];
    hours.completeUntil = std::max(floorTo(newest, hourSeconds), minutes.keptFrom);

    writeTier(database, Tier::Minute, minutes);
    writeTier(database, Tier::Hour, hours);
    const Span closed{minutes.keptFrom, hours.completeUntil};
    packTier(database, tiers, Tier::Minute, Tier::Minute, hourSeconds, closed);
    packTier(database, tiers, Tier::Minute, Tier::Minute, minuteSeconds, {closed.until, newest + minuteSeconds});
    packTier(database, tiers, Tier::Hour, Tier::Hour, hourSeconds, {hours.keptFrom, closed.start});
    packTier(database, tiers, Tier::Minute, Tier::Hour, hourSeconds, closed); // flat hours know no process
}

} // namespace bwt::store
