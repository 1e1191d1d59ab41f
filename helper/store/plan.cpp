// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/plan.h"

#include <algorithm>
#include <limits>

namespace bwt::store {

namespace {

/// A month of minutes, and more than any screen is wide.
constexpr std::size_t mostBuckets = 50'000;

/// The span that begins there; null where none does.
const Span* beginningAt(const std::vector<Span>& spans, qint64 seconds)
{
    const auto span = std::ranges::lower_bound(spans, seconds, {}, &Span::start);
    return span != spans.end() && span->start == seconds ? &*span : nullptr;
}

/// The span that the moment is in.
const Span* around(const std::vector<Span>& spans, qint64 seconds)
{
    const auto after = std::ranges::upper_bound(spans, seconds, {}, &Span::start);
    return after != spans.begin() && seconds < std::prev(after)->until ? &*std::prev(after) : nullptr;
}

/// Where stored buckets begin and end.
class Grid {
public:
    explicit Grid(const Stored& stored)
        : m_stored(stored)
    {
    }

    /// The last bound up to the moment: the moment where minutes tell, else the start of its hour or day.
    [[nodiscard]] qint64 floor(qint64 seconds) const
    {
        if (seconds >= m_stored.minutesFrom)
            return floorTo(seconds, minuteSeconds);
        const Span* day = around(m_stored.days, seconds);
        if (day != nullptr && seconds < m_stored.hoursFrom)
            return day->start;
        const qint64 hour = floorTo(seconds, hourSeconds);
        return day != nullptr ? std::max(hour, day->start) : std::max(hour, endOfDayIn(hour, seconds));
    }

    /// The first bound from the moment on.
    [[nodiscard]] qint64 ceil(qint64 seconds) const
    {
        const qint64 below = floor(seconds);
        if (below == seconds)
            return seconds;
        if (below >= m_stored.minutesFrom)
            return below + minuteSeconds;
        const Span* day = around(m_stored.days, below);
        if (day != nullptr && below < m_stored.hoursFrom)
            return day->until;
        const qint64 hour = floorTo(below, hourSeconds) + hourSeconds;
        return day != nullptr ? std::min(hour, day->until) : std::min(hour, dayStartIn(below, hour));
    }

    /// Whether hours end and begin there.
    [[nodiscard]] bool isHourBound(qint64 seconds) const
    {
        return seconds % hourSeconds == 0 || beginningAt(m_stored.days, seconds) != nullptr
            || endOfDayIn(seconds - 1, seconds) == seconds;
    }

    [[nodiscard]] qint64 nextDayStart(qint64 after) const
    {
        const auto day = std::ranges::upper_bound(m_stored.days, after, {}, &Span::start);
        return day == m_stored.days.end() ? std::numeric_limits<qint64>::max() : day->start;
    }

private:
    /// A day's end in (from, until], or `from`.
    [[nodiscard]] qint64 endOfDayIn(qint64 from, qint64 until) const
    {
        const auto day = std::ranges::upper_bound(m_stored.days, until, {}, &Span::until);
        return day == m_stored.days.begin() ? from : std::max(from, std::prev(day)->until);
    }
    [[nodiscard]] qint64 dayStartIn(qint64 from, qint64 until) const { return std::min(nextDayStart(from), until); }

    const Stored& m_stored;
};

/// Steps through the buckets of one kind, each boundary at one that is stored.
class Calendar {
public:
    Calendar(Bucket bucket, const Grid& grid)
        : m_bucket(bucket)
        , m_grid(grid)
    {
    }

    [[nodiscard]] qint64 start(qint64 seconds) const { return m_grid.floor(exactStart(seconds)); }
    [[nodiscard]] qint64 next(qint64 start) const
    {
        const qint64 exact = exactNext(start);
        const qint64 bound = m_grid.floor(exact);
        return bound > start ? bound : m_grid.ceil(exact);
    }

private:
    [[nodiscard]] qint64 exactStart(qint64 seconds) const
    {
        if (m_bucket.count > 1)
            return partStart(seconds);
        switch (m_bucket.unit) {
        case Bucket::Minute:
            return floorTo(seconds, minuteSeconds);
        case Bucket::Hour:
            return floorTo(seconds, hourSeconds);
        case Bucket::Day:
            return midnight(seconds);
        case Bucket::Month:
            break;
        }
        return monthStart(seconds);
    }
    /// Of the bucket that begins there, rounded down as its start may be.
    [[nodiscard]] qint64 exactNext(qint64 start) const
    {
        if (m_bucket.count > 1)
            return std::min(partStart(start) + partLength(), nextMidnight(start));
        switch (m_bucket.unit) {
        case Bucket::Minute:
            return start + minuteSeconds;
        case Bucket::Hour:
            return floorTo(start, hourSeconds) + hourSeconds;
        case Bucket::Day:
            return nextMidnight(start + hourSeconds);
        case Bucket::Month:
            break;
        }
        return nextMonthStart(start + daySeconds);
    }

    [[nodiscard]] qint64 partLength() const
    {
        return m_bucket.count * (m_bucket.unit == Bucket::Minute ? minuteSeconds : hourSeconds);
    }
    [[nodiscard]] qint64 partStart(qint64 seconds) const
    {
        const qint64 day = midnight(seconds);
        return day + floorTo(seconds - day, partLength());
    }

    Bucket m_bucket;
    const Grid& m_grid;
};

/// Finds the fewest stored buckets that hold a stretch of time.
class Cover {
public:
    Cover(const Stored& stored, const Grid& grid, std::vector<Segment>& segments)
        : m_stored(stored)
        , m_grid(grid)
        , m_segments(segments)
    {
    }

    void add(const Span& span)
    {
        for (qint64 at = span.start; at < span.until;) {
            if (const Span* month = usable(m_stored.months, at, span.until))
                at = append(Tier::Month, *month);
            else if (const Span* day = usable(m_stored.days, at, span.until))
                at = append(Tier::Day, *day);
            else
                at = addHours({at, std::min(span.until, m_grid.nextDayStart(at))});
        }
    }

private:
    [[nodiscard]] const Span* usable(const std::vector<Span>& spans, qint64 at, qint64 until) const
    {
        const Span* span = beginningAt(spans, at);
        const bool isUsable = span != nullptr && span->until <= until
            && !(m_stored.tellsProcess && span->until > m_stored.minutesFrom);
        return isUsable ? span : nullptr;
    }

    /// Hours where they are whole, and minutes at the edges.
    qint64 addHours(const Span& span)
    {
        const qint64 first = m_grid.isHourBound(span.start) ? span.start : ceilTo(span.start, hourSeconds);
        const qint64 end = m_grid.isHourBound(span.until) ? span.until : floorTo(span.until, hourSeconds);
        const qint64 last = std::min(end, m_stored.hoursUntil);
        if (first >= last)
            return append(Tier::Minute, span);
        append(Tier::Minute, {span.start, first});
        append(Tier::Hour, {first, last});
        return append(Tier::Minute, {last, span.until});
    }

    /// Joined to the segment before where that goes on alike.
    qint64 append(Tier tier, const Span& span)
    {
        if (span.start >= span.until)
            return span.until;
        if (!m_segments.empty() && m_segments.back().tier == tier && m_segments.back().span.until == span.start)
            m_segments.back().span.until = span.until;
        else
            m_segments.push_back({tier, span});
        return span.until;
    }

    const Stored& m_stored;
    const Grid& m_grid;
    std::vector<Segment>& m_segments;
};

qint64 secondsUp(std::int64_t ms)
{
    return ceilTo(ms, msPerSecond) / msPerSecond;
}

} // namespace

Plan planRange(std::int64_t sinceMs, std::int64_t untilMs, const Stored& stored)
{
    const Grid grid(stored);
    Plan plan{{grid.floor(sinceMs / msPerSecond), grid.ceil(secondsUp(untilMs))}, {}};
    Cover(stored, grid, plan.segments).add({plan.bounds.front(), plan.bounds.back()});
    return plan;
}

Result<Plan> planSeries(std::int64_t sinceMs, std::int64_t untilMs, Bucket bucket, const Stored& stored)
{
    const Grid grid(stored);
    const Calendar calendar(bucket, grid);
    Plan plan{{calendar.start(sinceMs / msPerSecond)}, {}};
    Cover cover(stored, grid, plan.segments);
    for (const qint64 until = secondsUp(untilMs); plan.bounds.back() < until;) {
        if (plan.bounds.size() > mostBuckets)
            return failure(ErrorCode::LimitExceeded,
                QStringLiteral("more than %1 buckets: ask for larger ones or a shorter range").arg(mostBuckets));
        const qint64 first = plan.bounds.back();
        plan.bounds.push_back(calendar.next(first));
        cover.add({first, plan.bounds.back()});
    }
    return plan;
}

} // namespace bwt::store
