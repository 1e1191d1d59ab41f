// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/query.h"

#include "helper/store/answering.h"
#include "helper/store/coverage.h"

#include <algorithm>
#include <utility>

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

} // namespace

Result<Frame> queryTop(const Database& database, Names& names, const HistoryQuery& query, const Deadline& deadline)
{
    if (const auto valid = checkRange(query); !valid)
        return tl::unexpected(valid.error());
    const Transaction snapshot(database, Transaction::Kind::Read);
    names.refresh();
    Answering answering(database, names, query, deadline);
    const Plan plan = planRange(query.sinceMs, query.untilMs, answering.stored());

    Frame frame;
    frame.sinceMs = query.sinceMs;
    frame.untilMs = query.untilMs;
    frame.coversFromMs = plan.bounds.front() * msPerSecond;
    frame.coversToMs = plan.bounds.back() * msPerSecond;
    const std::int64_t recordedMs = recordedUntilMs(database);
    answering.run(plan, [&](qsizetype /*bucket*/, QList<Row> rows) {
        // Rows know their last bucket; nobody was seen later than was recorded.
        for (Row& row : rows) {
            if (std::optional<qint64>& seenMs = row.numbers.lastSeenMs)
                seenMs = std::min<qint64>(*seenMs, recordedMs);
        }
        frame.rows = std::move(rows);
    });
    return frame;
}

Result<Series> querySeries(
    const Database& database, Names& names, const HistoryQuery& query, Bucket bucket, const Deadline& deadline)
{
    if (const auto valid = checkRange(query); !valid)
        return tl::unexpected(valid.error());
    const Transaction snapshot(database, Transaction::Kind::Read);
    names.refresh();
    Answering answering(database, names, query, deadline);
    const auto plan = planSeries(query.sinceMs, query.untilMs, bucket, answering.stored());
    if (!plan)
        return tl::unexpected(plan.error());

    Series series;
    series.sinceMs = query.sinceMs;
    series.untilMs = query.untilMs;
    series.coversFromMs = plan->bounds.front() * msPerSecond;
    series.coversToMs = plan->bounds.back() * msPerSecond;
    for (std::size_t i = 0; i < plan->buckets(); ++i)
        series.buckets.append({plan->bounds[i] * msPerSecond, plan->bounds[i + 1] * msPerSecond, false, {}});

    answering.run(*plan, [&series](qsizetype i, QList<Row> rows) { series.buckets[i].rows = std::move(rows); });
    markGaps(database, series);
    return series;
}

} // namespace bwt::store
