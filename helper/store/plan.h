// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/store.h"
#include "helper/store/tiers.h"

#include <vector>

/// Which stored buckets answer a question. Pure arithmetic on seconds since the epoch.
namespace bwt::store {

/// What is stored, as far as a question can use it.
struct Stored {
    qint64 minutesFrom = 0; ///< minutes tell what is asked from here on; the start of an hour
    bool tellsProcess = false; ///< from `minutesFrom` on minutes and hours do, where that is asked for
    qint64 hoursFrom = 0; ///< hours are kept from here on; the start of a day
    qint64 hoursUntil = 0;
    std::vector<Span> days; ///< in order of time
    std::vector<Span> months;
};

/// Consecutive buckets of one tier.
struct Segment {
    Tier tier = Tier::Minute;
    Span span;
    friend bool operator==(const Segment&, const Segment&) = default;
};

/// Buckets i = [bounds[i], bounds[i + 1]) of an answer, and the segments that hold everything of theirs exactly once,
/// in order of time. No stored bucket of theirs reaches over a bound.
struct Plan {
    std::vector<qint64> bounds;
    std::vector<Segment> segments;
    [[nodiscard]] std::size_t buckets() const { return bounds.size() - 1; }
};

/// One bucket: the range, widened to what is stored.
[[nodiscard]] Plan planRange(std::int64_t sinceMs, std::int64_t untilMs, const Stored& stored);
/// Whole buckets that hold the range. They are longer where only longer ones are stored; days and months begin at
/// local midnight. LimitExceeded where they are too many for one answer.
[[nodiscard]] Result<Plan> planSeries(
    std::int64_t sinceMs, std::int64_t untilMs, Bucket bucket, const Stored& stored);

} // namespace bwt::store
