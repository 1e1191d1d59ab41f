// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/query.h"

#include "dbus/limitedrows.h"
#include "helper/store/plan.h"
#include "helper/store/select.h"

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

TierLimits limitsFor(const Database& database, const HistoryQuery& query)
{
    return {minutesKeptFrom(database), needsProcess(query)};
}

/// Rows know their last bucket; nobody was seen later than was recorded.
std::int64_t recordedUntilMs(const Database& database)
{
    return database.prepare(QStringLiteral("SELECT max(until_ms) FROM coverage")).find().value_or(0);
}

/// The rows of an answer's buckets, biggest first, while there is room for them.
class AnswerRows {
public:
    explicit AnswerRows(quint32 limit)
        : m_limited(limit)
    {
    }

    /// What matters of the row that is added next.
    [[nodiscard]] Select::Keys wanted() const
    {
        return m_limited.isFull() ? Select::Keys::ScopeAlone : Select::Keys::All;
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

tl::unexpected<Error> tooLarge()
{
    return failure(
        ErrorCode::LimitExceeded, QStringLiteral("the answer: ask for fewer rows, larger steps or a shorter range"));
}

using Interval = std::pair<std::int64_t, std::int64_t>;

std::vector<Interval> coverage(const Database& database, std::int64_t sinceMs, std::int64_t untilMs)
{
    std::vector<Interval> intervals;
    Statement rows = database.run(
        QStringLiteral(
            "SELECT since_ms, until_ms FROM coverage WHERE since_ms < ? AND until_ms > ? ORDER BY since_ms"),
        qint64{untilMs}, qint64{sinceMs});
    while (rows.next())
        intervals.emplace_back(rows.integer(0), rows.integer(1));
    return intervals;
}

/// Marks the buckets without rows in which nothing was recorded.
void markGaps(const Database& database, Series& series)
{
    const std::vector<Interval> covered = coverage(database, series.coversFromMs, series.coversToMs);
    for (SeriesBucket& bucket : series.buckets) {
        bucket.gap = bucket.rows.isEmpty() && std::ranges::none_of(covered, [&bucket](const Interval& interval) {
            return interval.first < bucket.endMs && interval.second > bucket.startMs;
        });
    }
}

} // namespace

Result<Frame> queryTop(const Database& database, const HistoryQuery& query)
{
    if (const auto valid = checkRange(query); !valid)
        return tl::unexpected(valid.error());
    const Transaction snapshot(database, Transaction::Kind::Read);
    const Plan plan = planRange(query.sinceMs, query.untilMs, limitsFor(database, query));

    Frame frame;
    frame.sinceMs = query.sinceMs;
    frame.untilMs = query.untilMs;
    frame.coversFromMs = plan.bounds.front() * msPerSecond;
    frame.coversToMs = plan.bounds.back() * msPerSecond;
    const std::int64_t recordedMs = recordedUntilMs(database);
    const Select select(query, plan);
    Statement rows = select.run(database);
    AnswerRows wanted(query.limit);
    while (rows.next()) {
        Row row = select.row(rows, wanted.wanted());
        row.numbers.lastSeenMs = std::min<qint64>(*row.numbers.lastSeenMs, recordedMs);
        if (!wanted.add(row))
            return tooLarge();
    }
    frame.rows = wanted.take();
    return frame;
}

Result<Series> querySeries(const Database& database, const HistoryQuery& query, Bucket bucket)
{
    if (const auto valid = checkRange(query); !valid)
        return tl::unexpected(valid.error());
    const Transaction snapshot(database, Transaction::Kind::Read);
    const auto plan = planSeries(query.sinceMs, query.untilMs, bucket, limitsFor(database, query));
    if (!plan)
        return tl::unexpected(plan.error());

    Series series;
    series.sinceMs = query.sinceMs;
    series.untilMs = query.untilMs;
    series.coversFromMs = plan->bounds.front() * msPerSecond;
    series.coversToMs = plan->bounds.back() * msPerSecond;
    for (std::size_t i = 0; i < plan->buckets(); ++i)
        series.buckets.append({plan->bounds[i] * msPerSecond, plan->bounds[i + 1] * msPerSecond, false, {}});

    const Select select(query, *plan);
    Statement rows = select.run(database);
    AnswerRows wanted(query.limit);
    for (bool more = rows.next(); more;) { // in order of their buckets
        const qint64 bucket = Select::bucket(rows);
        for (; more && Select::bucket(rows) == bucket; more = rows.next()) {
            if (!wanted.add(select.row(rows, wanted.wanted())))
                return tooLarge();
        }
        series.buckets[bucket].rows = wanted.take();
    }
    markGaps(database, series);
    return series;
}

} // namespace bwt::store
