// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/tiers.h"

#include "helper/store/names.h"

#include <QDateTime>

#include <algorithm>
#include <limits>
#include <utility>

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

/// Whether a sheet has the sums of programs beside its flows.
bool hasBoth(const TierStates& tiers, Tier tier, const Span& sheet)
{
    return tier >= Tier::Day || (tier == Tier::Hour && sheet.start >= tiers[Tier::Minute].keptFrom);
}

/// Length of a slice; of all there is, where a sheet is one bucket.
qint64 sliceLength(Tier tier)
{
    switch (tier) {
    case Tier::Minute:
        return minuteSeconds;
    case Tier::Hour:
        return hourSeconds;
    case Tier::Day:
    case Tier::Month:
        break;
    }
    return std::numeric_limits<qint64>::max();
}

/// Where rows of that detail are, and what takes their place where there are none.
std::pair<QString, QString> columnsOf(Detail detail)
{
    const QString programs = QStringLiteral("programs");
    const QString flows = QStringLiteral("flows");
    switch (detail) {
    case Detail::Programs:
        return {programs, flows};
    case Detail::Remotes:
        return {QStringLiteral("remotes"), programs}; // months without the one have no flows, either
    case Detail::Flows:
        break;
    }
    return {flows, programs};
}

/// Who of a user's remotes has how many bytes.
PackedRows bytesOfRemotes(const Database& database, PackedRows rows)
{
    Names names(database);
    for (PackedRow& row : rows) {
        GroupKey& group = row.key.group;
        group = {names.program(group.program).uid, 0, names.channel(group.channel).scope};
        row.sums = {.txBytes = row.sums.txBytes, .rxBytes = row.sums.rxBytes};
    }
    normalize(rows);
    return rows;
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

qint64 sliceAt(Tier tier, const Span& sheet, qint64 second)
{
    const qint64 length = sliceLength(tier);
    return (second - floorTo(sheet.start, length)) / length;
}

Span sliceSpan(Tier tier, const Span& sheet, qint64 slice)
{
    const qint64 length = sliceLength(tier);
    const qint64 start = floorTo(sheet.start, length);
    if (slice < 0 || slice > (sheet.until - start) / length) // none of ours: it must do no harm
        return {sheet.until, sheet.until};
    if (length > sheet.until - start)
        return sheet;
    return {std::max(sheet.start, start + slice * length), std::min(sheet.until, start + (slice + 1) * length)};
}

qint64 sliceCount(Tier tier, const Span& sheet)
{
    return sliceAt(tier, sheet, sheet.until - 1) + 1;
}

std::vector<Span> sheetsIn(const Database& database, Tier tier, const Span& span)
{
    // The index holds all that is asked for, so that no page of rows is read.
    std::vector<Span> sheets;
    Statement rows = database.run(
        QStringLiteral("SELECT start, until FROM %1 INDEXED BY %1_until WHERE until > ? ORDER BY until")
            .arg(tierName(tier)),
        span.start);
    while (rows.next() && rows.integer(0) < span.until)
        sheets.push_back({rows.integer(0), rows.integer(1)});
    return sheets;
}

std::optional<Span> firstSheetFrom(const Database& database, Tier tier, qint64 start)
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
        const std::optional<Span> first = firstSheetFrom(database, tier, 0);
        if (first && (!oldest || first->start < finerFrom))
            oldest = first->start;
        finerFrom = states[tier].keptFrom;
    }
    return oldest;
}

SheetReader::SheetReader(const Database& database, Tier tier, Detail detail, Sums sums)
    : m_detail(detail == Detail::Remotes && tier != Tier::Month ? Detail::Flows : detail)
    , m_statement(database.prepare(QStringLiteral(
          "SELECT start, until, %1, CASE WHEN %1 IS NULL THEN %2 END, %3 FROM %4 "
          "WHERE start >= coalesce((SELECT max(start) FROM %4 WHERE start <= ?), 0) AND start < ? AND until > ? "
          "ORDER BY start")
              .arg(columnsOf(m_detail).first, columnsOf(m_detail).second,
                  sums == Sums::Wanted ? QStringLiteral("programs") : QStringLiteral("NULL"), tierName(tier))))
{
}

bool SheetReader::next(Sheet& sheet)
{
    if (!m_statement.next())
        return false;
    sheet = {{m_statement.integer(0), m_statement.integer(1)}, m_detail, m_statement.blob(2), m_statement.blob(4)};
    if (sheet.rows.isNull()) {
        sheet.detail = Detail::Flows;
        sheet.rows = m_statement.blob(3);
    }
    return true;
}

void addTo(const Database& database, const TierStates& tiers, Tier tier, const Span& bucket, const PackedRows& rows)
{
    if (rows.empty())
        return;
    SheetReader reader(database, tier, Detail::Flows);
    reader.seek({bucket.start, bucket.start + 1});
    Sheet sheet;
    if (!reader.next(sheet)) {
        replaceSheet(database, tiers, tier, bucket, rows);
        return;
    }
    const PackedRows placed = inSlice(rows, sliceAt(tier, sheet.span, bucket.start));
    replaceSheet(database, tiers, tier, sheet.span, merged(unpacked(sheet.rows), placed));
}

void replaceSheet(
    const Database& database, const TierStates& tiers, Tier tier, const Span& sheet, const PackedRows& rows)
{
    if (rows.empty()) {
        database.run(QStringLiteral("DELETE FROM %1 WHERE start = ?").arg(tierName(tier)), sheet.start);
        return;
    }
    const bool hasFlows = sheet.start >= tiers[tier].detailFrom;
    const QByteArray programs = hasFlows && !hasBoth(tiers, tier, sheet) ? QByteArray() : pack(withoutRemotes(rows));
    const QByteArray flows = hasFlows ? pack(rows) : QByteArray();
    if (tier != Tier::Month) {
        database.run(QStringLiteral("INSERT OR REPLACE INTO %1 (start, until, programs, flows) VALUES (?, ?, ?, ?)")
                         .arg(tierName(tier)),
            sheet.start, sheet.until, programs, flows);
        return;
    }
    const QByteArray remotes = hasFlows ? pack(bytesOfRemotes(database, rows)) : QByteArray();
    database.run(QStringLiteral(
                     "INSERT OR REPLACE INTO month (start, until, programs, remotes, flows) VALUES (?, ?, ?, ?, ?)"),
        sheet.start, sheet.until, programs, remotes, flows);
}

void joinSheets(const Database& database, const TierStates& tiers, Tier tier, const Span& span)
{
    PackedRows rows;
    SheetReader reader(database, tier, Detail::Flows);
    reader.seek(span);
    for (Sheet sheet; reader.next(sheet);) {
        for (PackedRow& row : unpacked(sheet.rows)) {
            row.key.slice = sliceAt(tier, span, sliceSpan(tier, sheet.span, row.key.slice).start);
            rows.push_back(row);
        }
    }
    normalize(rows);
    database.run(
        QStringLiteral("DELETE FROM %1 WHERE start >= ? AND start < ?").arg(tierName(tier)), span.start, span.until);
    replaceSheet(database, tiers, tier, span, rows);
}

} // namespace bwt::store
