// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/store.h"
#include "helper/store/tiers.h"

#include <vector>

/// Which stored buckets answer a question. Pure arithmetic on seconds since the epoch.
namespace bwt::store {

enum class Tier { Minute, Hour };

/// What the tiers hold, and what a question needs of them.
struct TierLimits {
    qint64 minutesFrom = 0; ///< before this only hours are left; a whole hour
    bool preferMinutes = false; ///< only minutes know the process
};

/// Consecutive buckets of one length, read from one tier.
struct Segment {
    Tier tier = Tier::Hour;
    qint64 bucket = 0; ///< number of the first
    qint64 first = 0;
    qint64 last = 0; ///< exclusive
    qint64 step = 0; ///< length of each bucket
    friend bool operator==(const Segment&, const Segment&) = default;
};

/// Buckets i = [bounds[i], bounds[i + 1]), and the segments that hold each stored row of theirs exactly once.
struct Plan {
    std::vector<qint64> bounds;
    std::vector<Segment> segments;
    [[nodiscard]] std::size_t buckets() const { return bounds.size() - 1; }
};

/// One bucket: the range, widened to what is stored.
[[nodiscard]] Plan planRange(std::int64_t sinceMs, std::int64_t untilMs, const TierLimits& limits);
/// Whole buckets that hold the range. Minutes are hours where only these are left; days and months begin at local
/// midnight. LimitExceeded where they are too many for one answer.
[[nodiscard]] Result<Plan> planSeries(
    std::int64_t sinceMs, std::int64_t untilMs, Bucket bucket, const TierLimits& limits);

} // namespace bwt::store
