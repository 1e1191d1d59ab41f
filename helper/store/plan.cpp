// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/plan.h"

#include <QDateTime>

#include <algorithm>

namespace bwt::store {

namespace {

/// A month of minutes, and more than any screen is wide.
constexpr std::size_t mostBuckets = 50'000;

/// Steps through the buckets of one kind, each boundary at one that is stored.
class Calendar {
public:
    Calendar(Bucket bucket, const TierLimits& limits)
        : m_bucket(bucket)
        , m_limits(limits)
    {
    }

    [[nodiscard]] qint64 start(qint64 seconds) const
    {
        switch (m_bucket) {
        case Bucket::Minute:
            return floorTo(seconds, stored(seconds));
        case Bucket::Hour:
            return floorTo(seconds, hourSeconds);
        case Bucket::Day:
            return midnight(localDate(seconds));
        case Bucket::Month:
            break;
        }
        return midnight(firstOfMonth(localDate(seconds)));
    }

    [[nodiscard]] qint64 next(qint64 start) const
    {
        switch (m_bucket) {
        case Bucket::Minute:
            return start + stored(start);
        case Bucket::Hour:
            return start + hourSeconds;
        case Bucket::Day:
            return midnight(localDate(inside(start)).addDays(1));
        case Bucket::Month:
            break;
        }
        return midnight(firstOfMonth(localDate(inside(start))).addMonths(1));
    }

private:
    /// Midnight, or where a zone has it within an hour that is only stored whole, the start of that hour.
    [[nodiscard]] qint64 midnight(QDate day) const
    {
        const qint64 exact = day.startOfDay().toSecsSinceEpoch();
        return floorTo(exact, stored(exact));
    }
    /// A moment surely in the local day that begins at `start`, rounded down as it may be.
    [[nodiscard]] static qint64 inside(qint64 start) { return start + hourSeconds; }
    [[nodiscard]] static QDate localDate(qint64 seconds) { return QDateTime::fromSecsSinceEpoch(seconds).date(); }
    [[nodiscard]] static QDate firstOfMonth(QDate day) { return {day.year(), day.month(), 1}; }
    [[nodiscard]] qint64 stored(qint64 seconds) const
    {
        return seconds < m_limits.minutesFrom ? hourSeconds : minuteSeconds;
    }

    Bucket m_bucket;
    TierLimits m_limits;
};

/// Adds [first, last) of the bucket, joined to the segment before it where that goes on alike.
void append(std::vector<Segment>& segments, Tier tier, qint64 bucket, qint64 first, qint64 last, qint64 step)
{
    if (first >= last)
        return;
    segments.push_back({tier, bucket, first, last, step});
    if (segments.size() < 2)
        return;
    Segment& before = segments[segments.size() - 2];
    const Segment& added = segments.back();
    const bool isWhole = last - first == step && (before.last - before.first) % before.step == 0;
    if (before.tier == tier && before.last == first && before.step == step && isWhole
        && before.bucket + (before.last - before.first) / step == bucket) {
        before.last = added.last;
        segments.pop_back();
    }
}

/// Adds a bucket, taken from hours where whole ones lie in it, and from minutes at its edges.
void appendBucket(std::vector<Segment>& segments, qint64 bucket, qint64 first, qint64 last, const TierLimits& limits)
{
    const qint64 step = last - first;
    const qint64 minutesFirst = std::clamp(limits.minutesFrom, first, last);
    append(segments, Tier::Hour, bucket, first, minutesFirst, step);
    const qint64 hoursFirst = ceilTo(minutesFirst, hourSeconds);
    const qint64 hoursLast = floorTo(last, hourSeconds);
    if (limits.preferMinutes || hoursFirst >= hoursLast) {
        append(segments, Tier::Minute, bucket, minutesFirst, last, step);
        return;
    }
    append(segments, Tier::Minute, bucket, minutesFirst, hoursFirst, step);
    append(segments, Tier::Hour, bucket, hoursFirst, hoursLast, step);
    append(segments, Tier::Minute, bucket, hoursLast, last, step);
}

qint64 secondsUp(std::int64_t ms)
{
    return ceilTo(ms, msPerSecond) / msPerSecond;
}

} // namespace

Plan planRange(std::int64_t sinceMs, std::int64_t untilMs, const TierLimits& limits)
{
    const qint64 since = sinceMs / msPerSecond;
    const qint64 until = secondsUp(untilMs);
    const qint64 first = floorTo(since, since < limits.minutesFrom ? hourSeconds : minuteSeconds);
    const qint64 last = ceilTo(until, until < limits.minutesFrom ? hourSeconds : minuteSeconds);
    Plan plan{{first, last}, {}};
    appendBucket(plan.segments, 0, first, last, limits);
    return plan;
}

Result<Plan> planSeries(std::int64_t sinceMs, std::int64_t untilMs, Bucket bucket, const TierLimits& limits)
{
    const Calendar calendar(bucket, limits);
    Plan plan{{calendar.start(sinceMs / msPerSecond)}, {}};
    for (const qint64 until = secondsUp(untilMs); plan.bounds.back() < until;) {
        if (plan.bounds.size() > mostBuckets)
            return failure(ErrorCode::LimitExceeded,
                QStringLiteral("more than %1 buckets: ask for larger ones or a shorter range").arg(mostBuckets));
        const qint64 first = plan.bounds.back();
        plan.bounds.push_back(calendar.next(first));
        appendBucket(plan.segments, static_cast<qint64>(plan.buckets()) - 1, first, plan.bounds.back(), limits);
    }
    return plan;
}

} // namespace bwt::store
