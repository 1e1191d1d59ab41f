// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/query.h"

#include "dbus/limitedrows.h"
#include "helper/store/coverage.h"
#include "helper/store/plan.h"
#include "helper/store/summation.h"

#include <algorithm>
#include <map>

namespace bwt::store {

namespace {

/// 9999-12-31: past it dates have no standard text, and sums no sense.
constexpr std::int64_t lastMs = 253'402'300'799'999;

Result<void> checkRange(const HistoryQuery& query)
{
    if (query.sinceMs < 0 || query.untilMs > lastMs || query.sinceMs >= query.untilMs)
        return failure(ErrorCode::InvalidArgument, QStringLiteral("the range ends before it begins"));
    return {};
}

/// Which of the answer's buckets a segment's slices of a sheet go to.
std::vector<Summation::Slice> slicesOf(const Plan& plan, const Segment& segment, const Span& sheet)
{
    std::vector<Summation::Slice> slices(static_cast<std::size_t>(sliceCount(segment.tier, sheet)));
    for (std::size_t i = 0; i < slices.size(); ++i) {
        const Span span = sliceSpan(segment.tier, sheet, static_cast<qint64>(i));
        const bool isInside = span.start >= segment.span.start && span.until <= segment.span.until;
        const auto bucket = std::ranges::upper_bound(plan.bounds, span.start) - plan.bounds.begin() - 1;
        slices[i] = {span, isInside ? bucket : -1};
    }
    return slices;
}

/// Sums a plan's segments in order of time. `pass` is told how far that is: the answer's buckets before are complete.
template <typename Pass>
void sumUp(
    const Database& database, const Plan& plan, Detail detail, const Deadline& deadline, Summation& sums, Pass pass)
{
    std::map<Tier, SheetReader> readers;
    for (const Segment& segment : plan.segments) {
        SheetReader& reader = readers.try_emplace(segment.tier, database, segment.tier, detail).first->second;
        reader.seek(segment.span);
        for (Sheet sheet; reader.next(sheet);) {
            deadline.check();
            pass(std::max(sheet.span.start, segment.span.start));
            sums.add(sheet, slicesOf(plan, segment, sheet.span));
        }
    }
}

/// The rows of an answer's buckets, biggest first, while there is room for them.
class AnswerRows {
public:
    explicit AnswerRows(quint32 limit)
        : m_limited(limit)
    {
    }

    /// What matters of the row that is added next.
    [[nodiscard]] Summation::Keys wanted() const
    {
        return m_limited.isFull() ? Summation::Keys::ScopeAlone : Summation::Keys::All;
    }
    /// Whether there is still room after one more row.
    [[nodiscard]] bool add(const Row& row)
    {
        if (!m_limited.isFull() || row.kind == RowKind::OtherUsers)
            m_roomBytes -= bytesOnBus(row);
        m_limited.add(row);
        return m_roomBytes >= 0;
    }
    /// Those of one bucket; the next one begins.
    [[nodiscard]] QList<Row> take() { return m_limited.take(); }

private:
    LimitedRows m_limited;
    qint64 m_roomBytes = mostBytesInAnswer;
};

Error tooLarge()
{
    return {
        ErrorCode::LimitExceeded, QStringLiteral("the answer: ask for fewer rows, larger steps or a shorter range")};
}

/// Marks the buckets without rows in which nothing was recorded.
void markGaps(const Database& database, Series& series)
{
    const std::vector<Interval> covered = coverage(database, {series.coversFromMs, series.coversToMs});
    for (SeriesBucket& bucket : series.buckets) {
        bucket.gap = bucket.rows.isEmpty() && std::ranges::none_of(covered, [&bucket](const Interval& interval) {
            return interval.sinceMs < bucket.endMs && interval.untilMs > bucket.startMs;
        });
    }
}

Need neededFor(const Database& database, const HistoryQuery& query)
{
    const qint64 processesFrom = readTiers(database)[Tier::Minute].detailFrom;
    const qint64 oldest = oldestBucket(database).value_or(processesFrom);
    return needOf(query, oldest < processesFrom ? processesFrom : 0);
}

} // namespace

Stored storedFor(const Database& database, const HistoryQuery& query, const Need& need)
{
    const TierStates tiers = readTiers(database);
    // Buckets of an answer are as long as a month, or as the one in which the time zone was changed.
    constexpr qint64 widening = 63 * daySeconds;
    const Span span{query.sinceMs / msPerSecond - widening, query.untilMs / msPerSecond + widening};
    return {need.detail == Detail::Flows ? tiers[Tier::Minute].detailFrom : tiers[Tier::Minute].keptFrom, need.process,
        tiers[Tier::Hour].keptFrom, tiers[Tier::Hour].completeUntil, sheetsIn(database, Tier::Day, span),
        sheetsIn(database, Tier::Month, span)};
}

Result<Frame> queryTop(const Database& database, const HistoryQuery& query, const Deadline& deadline)
{
    if (const auto valid = checkRange(query); !valid)
        return tl::unexpected(valid.error());
    const Transaction snapshot(database, Transaction::Kind::Read);
    const Need need = neededFor(database, query);
    const Plan plan = planRange(query.sinceMs, query.untilMs, storedFor(database, query, need));

    Frame frame;
    frame.sinceMs = query.sinceMs;
    frame.untilMs = query.untilMs;
    frame.coversFromMs = plan.bounds.front() * msPerSecond;
    frame.coversToMs = plan.bounds.back() * msPerSecond;
    Names names(database);
    Summation sums(database, query, need.process, names);
    sumUp(database, plan, need.detail, deadline, sums, [](qint64 /*second*/) { });

    const std::int64_t recordedMs = recordedUntilMs(database);
    AnswerRows wanted(query.limit);
    const auto take = [&](Row row) {
        // Rows know their last bucket; nobody was seen later than was recorded.
        row.numbers.lastSeenMs = std::min<qint64>(*row.numbers.lastSeenMs, recordedMs);
        return wanted.add(row);
    };
    if (!sums.finish(0, [&wanted] { return wanted.wanted(); }, take))
        return tl::unexpected(tooLarge());
    frame.rows = wanted.take();
    return frame;
}

Result<Series> querySeries(
    const Database& database, const HistoryQuery& query, Bucket bucket, const Deadline& deadline)
{
    if (const auto valid = checkRange(query); !valid)
        return tl::unexpected(valid.error());
    const Transaction snapshot(database, Transaction::Kind::Read);
    const Need need = neededFor(database, query);
    const auto plan = planSeries(query.sinceMs, query.untilMs, bucket, storedFor(database, query, need));
    if (!plan)
        return tl::unexpected(plan.error());

    Series series;
    series.sinceMs = query.sinceMs;
    series.untilMs = query.untilMs;
    series.coversFromMs = plan->bounds.front() * msPerSecond;
    series.coversToMs = plan->bounds.back() * msPerSecond;
    for (std::size_t i = 0; i < plan->buckets(); ++i)
        series.buckets.append({plan->bounds[i] * msPerSecond, plan->bounds[i + 1] * msPerSecond, false, {}});

    Names names(database);
    Summation sums(database, query, need.process, names);
    AnswerRows wanted(query.limit);
    const auto finishUntil = [&](qint64 second) {
        for (qsizetype i = sums.firstBucket(); i >= 0 && plan->bounds[std::size_t(i) + 1] <= second;
            i = sums.firstBucket()) {
            if (!sums.finish(
                    i, [&wanted] { return wanted.wanted(); }, [&](const Row& row) { return wanted.add(row); }))
                throw DatabaseError{tooLarge()};
            series.buckets[i].rows = wanted.take();
        }
    };
    sumUp(database, *plan, need.detail, deadline, sums, finishUntil);
    finishUntil(plan->bounds.back());
    markGaps(database, series);
    return series;
}

} // namespace bwt::store
