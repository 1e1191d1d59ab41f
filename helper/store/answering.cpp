// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/answering.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace bwt::store {

namespace {

/// Which of the answer's buckets a segment's slices of a sheet go to.
Slices slicesOf(const std::vector<qint64>& bounds, const Segment& segment, const Span& sheet)
{
    Slices slices(static_cast<std::size_t>(sliceCount(segment.tier, sheet)));
    for (std::size_t i = 0; i < slices.size(); ++i) {
        const Span span = sliceSpan(segment.tier, sheet, static_cast<qint64>(i));
        const bool isInside = span.start >= segment.span.start && span.until <= segment.span.until;
        const auto bucket = std::ranges::upper_bound(bounds, span.start) - bounds.begin() - 1;
        slices[i] = {span, isInside ? bucket : -1};
    }
    return slices;
}

Error tooLarge()
{
    return {
        ErrorCode::LimitExceeded, QStringLiteral("the answer: ask for fewer rows, larger steps or a shorter range")};
}

qint64 totalOf(const Sums& sums)
{
    return plus(sums.txBytes, sums.rxBytes);
}

Numbers numbersOf(const Sums& sums)
{
    const auto number = [](qint64 sum) { return static_cast<quint64>(sum); };
    Numbers numbers;
    numbers.txBytes = number(sums.txBytes);
    numbers.rxBytes = number(sums.rxBytes);
    numbers.txCalls = number(sums.txCalls);
    numbers.rxCalls = number(sums.rxCalls);
    if (sums.hasWire) {
        numbers.txPackets = number(sums.txPackets);
        numbers.rxPackets = number(sums.rxPackets);
        numbers.txWireBytes = number(sums.txWireBytes);
        numbers.rxWireBytes = number(sums.rxWireBytes);
    }
    return numbers;
}

Dimensions scopeAlone(Dimensions by)
{
    return by.has(Dimension::Scope) ? Dimensions{Dimension::Scope} : Dimensions();
}

} // namespace

Need neededFor(const Database& database, const HistoryQuery& query)
{
    const qint64 processesFrom = readTiers(database)[Tier::Minute].detailFrom;
    const qint64 oldest = oldestBucket(database).value_or(processesFrom);
    return needOf(query, oldest < processesFrom ? processesFrom : 0);
}

Stored storedFor(const Database& database, const HistoryQuery& query, const Need& need)
{
    const TierStates tiers = readTiers(database);
    // Buckets of an answer are as long as a month, or as the one in which the time zone was changed.
    constexpr qint64 widening = 63 * daySeconds;
    const Span span{query.sinceMs / msPerSecond - widening, query.untilMs / msPerSecond + widening};
    return {need.detail != Detail::Programs ? tiers[Tier::Minute].detailFrom : tiers[Tier::Minute].keptFrom,
        need.process, tiers[Tier::Hour].keptFrom, tiers[Tier::Hour].completeUntil,
        sheetsIn(database, Tier::Day, span), sheetsIn(database, Tier::Month, span)};
}

Answering::Answering(const Database& database, Names& names, const HistoryQuery& query, const Deadline& deadline)
    : m_database(database)
    , m_query(query)
    , m_deadline(deadline)
    , m_need(neededFor(database, query))
    , m_stored(storedFor(database, query, m_need))
    , m_names(names)
    , m_grouping(database, query, query.by, m_need.process, m_names)
    , m_whole(database, query, scopeAlone(query.by), false, m_names)
    , m_ranking(m_grouping, query.by.has(Dimension::Direction))
    , m_sums(m_grouping)
    , m_sumsOfWhole(m_whole)
{
}

template <typename Take>
void Answering::readSheets(const Plan& plan, Detail detail, SheetReader::Sums sums, Take take)
{
    std::map<Tier, SheetReader> readers;
    for (const Segment& segment : plan.segments) {
        SheetReader& reader = readers.try_emplace(segment.tier, m_database, segment.tier, detail, sums).first->second;
        reader.seek(segment.span);
        for (Sheet sheet; reader.next(sheet);) {
            m_deadline.check();
            take(segment, sheet);
        }
    }
}

/// It takes to read everything twice, which a day at once isn't worth.
bool Answering::canLeaveOut(const Plan& plan) const
{
    const bool isLong = m_isSeries || plan.bounds.back() - plan.bounds.front() > daySeconds;
    return isLong && m_query.limit != 0 && tellsRemotes(m_query.by) && m_query.filter.remote.isEmpty()
        && !PlaceFilter(m_query.filter).narrows() && !m_query.filter.namesPid();
}

void Answering::rank(const Plan& plan)
{
    const Plan whole = planRange(plan.bounds.front() * msPerSecond, plan.bounds.back() * msPerSecond, m_stored);
    readSheets(whole, m_need.detail, SheetReader::Sums::Unwanted, [&](const Segment& segment, const Sheet& sheet) {
        m_ranking.add(sheet, slicesOf(whole.bounds, segment, sheet.span));
    });
    m_ranking.pick(m_query.limit);
    m_hasRanked = true;
}

void Answering::run(const Plan& plan, const std::function<void(qsizetype bucket, QList<Row> rows)>& take)
{
    m_isSeries = plan.buckets() > 1;
    m_leavesOut = canLeaveOut(plan);
    if (m_leavesOut)
        m_sums.choose(m_ranking);
    if (m_leavesOut || (m_isSeries && m_query.limit != 0))
        rank(plan);
    qsizetype next = 0;
    const auto finishUntil = [&](qint64 second) {
        for (; std::size_t(next) < plan.buckets() && plan.bounds[std::size_t(next) + 1] <= second; ++next)
            take(next, rowsOf(next));
    };
    const auto sums = m_leavesOut ? SheetReader::Sums::Wanted : SheetReader::Sums::Unwanted;
    const Detail detail = m_need.detail == Detail::Remotes ? Detail::Flows : m_need.detail;
    readSheets(plan, detail, sums, [&](const Segment& segment, Sheet& sheet) {
        finishUntil(std::max(sheet.span.start, segment.span.start));
        const Slices slices = slicesOf(plan.bounds, segment, sheet.span);
        m_sums.add(sheet, slices);
        if (!m_leavesOut)
            return;
        if (!sheet.sums.isNull())
            sheet = {sheet.span, Detail::Programs, sheet.sums, {}};
        m_sumsOfWhole.add(sheet, slices);
    });
    finishUntil(plan.bounds.back());
}

QList<Row> Answering::rowsOf(qsizetype bucket)
{
    const std::vector<Summation::Entry> whole = m_sumsOfWhole.take(bucket);
    const std::vector<Summation::Entry> entries = m_sums.take(bucket);
    std::vector<Told> told;
    Rest rest;
    for (const Summation::Entry& entry : whole) {
        const Identity& identity = m_whole.identity(entry.subject.identity);
        if (identity.isHidden)
            told.push_back({&entry, &identity, Side::Both, totalOf(entry.sums)});
        else
            rest[identity.scope] += entry.sums;
    }
    for (const Summation::Entry& entry : entries)
        addSides(told, rest, entry);
    putInOrder(told);
    if (!m_hasRanked && m_query.limit != 0)
        cut(told, rest);
    lookUpNames(told);

    QList<Row> rows;
    for (const Told& one : told)
        rows.append(rowOf(one));
    for (const auto& [scope, sums] : rest) {
        if (!sums.isZero())
            rows.append(rowOfRest(scope, sums));
    }
    for (const Row& row : rows)
        m_roomBytes -= bytesOnBus(row);
    if (m_roomBytes < 0)
        throw DatabaseError{tooLarge()};
    return rows;
}

void Answering::addSides(std::vector<Told>& told, Rest& rest, const Summation::Entry& entry) const
{
    const Identity& identity = m_grouping.identity(entry.subject.identity);
    const auto add = [&](Side side, const Sums& sums) {
        const bool isTold = identity.isHidden || !m_hasRanked || m_ranking.has(entry.subject, side);
        if (isTold)
            told.push_back({&entry, &identity, side, totalOf(sums)});
        if (!isTold && !m_leavesOut)
            rest[identity.scope] += sums;
        if (isTold && m_leavesOut)
            rest[identity.scope] -= sums; // it came with the whole
    };
    // The sides of what is hidden are one row again.
    if (!m_query.by.has(Dimension::Direction) || identity.isHidden) {
        add(Side::Both, entry.sums);
        return;
    }
    for (const Side side : {Side::Tx, Side::Rx}) {
        if (const Sums sums = sideOf(entry.sums, side); !sums.isZero())
            add(side, sums);
    }
}

void Answering::putInOrder(std::vector<Told>& told)
{
    const auto rank = [](const Told& one) { return std::tie(*one.identity, one.entry->subject.remote, one.side); };
    std::ranges::sort(told, [&](const Told& one, const Told& other) {
        return one.total != other.total ? one.total > other.total : rank(one) < rank(other);
    });
}

/// Leaves as many as are wanted, and what is hidden.
void Answering::cut(std::vector<Told>& told, Rest& rest) const
{
    quint32 count = 0;
    std::erase_if(told, [&](const Told& one) {
        if (one.identity->isHidden || count++ < m_query.limit)
            return false;
        rest[one.identity->scope] += sideOf(one.entry->sums, one.side);
        return true;
    });
}

void Answering::lookUpNames(const std::vector<Told>& told)
{
    QSet<qint64> remotes;
    QSet<qint64> processes;
    for (const Told& one : told) {
        if (isNamed(*one.entry))
            continue;
        if (m_query.by.has(Dimension::Remote))
            remotes.insert(one.entry->subject.remote);
        processes.insert(one.identity->process);
    }
    m_names.lookUpRemotes(remotes);
    m_names.lookUpNamings(remotes);
    m_names.lookUpProcesses(processes);
}

Row Answering::rowOf(const Told& told)
{
    Row row;
    row.numbers = numbersOf(sideOf(told.entry->sums, told.side));
    row.numbers.firstSeenMs = told.entry->firstStart * msPerSecond;
    row.numbers.lastSeenMs = told.entry->lastUntil * msPerSecond;
    if (told.identity->isHidden) {
        row.kind = RowKind::OtherUsers;
        row.scope = m_names.word(told.identity->scope);
        return row;
    }
    nameRow(row, *told.entry);
    if (told.side != Side::Both)
        row.direction = told.side == Side::Tx ? QStringLiteral("tx") : QStringLiteral("rx");
    return row;
}

bool Answering::isNamed(const Summation::Entry& entry) const
{
    const auto known = m_named.constFind(entry.subject);
    return known != m_named.cend() && known->program == entry.lastProgram;
}

/// In a series a subject is named once, and its texts are shared.
void Answering::nameRow(Row& row, const Summation::Entry& entry)
{
    if (isNamed(entry)) {
        const Numbers numbers = row.numbers;
        row = m_named.value(entry.subject).row;
        row.numbers = numbers;
        return;
    }
    m_grouping.name(row, entry.subject, entry.lastProgram);
    if (m_isSeries)
        m_named.insert(entry.subject, {entry.lastProgram, row});
}

/// When it was seen is not told.
Row Answering::rowOfRest(qint64 scope, const Sums& sums)
{
    Row row;
    row.kind = RowKind::Rest;
    row.numbers = numbersOf(sums);
    row.scope = m_names.word(scope);
    return row;
}

} // namespace bwt::store
