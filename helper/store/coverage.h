// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/event.h"
#include "helper/store/database.h"

#include <cstdint>
#include <vector>

/// When recording went on: what tells a gap from no traffic. Times are milliseconds since the epoch.
namespace bwt::store {

/// Half-open.
struct Interval {
    std::int64_t sinceMs = 0;
    std::int64_t untilMs = 0;
    friend bool operator==(const Interval&, const Interval&) = default;
};

/// Recording went on, but for where the machine slept; `events` are in the order in which they happened.
void cover(const Database& database, const Interval& interval, const std::vector<Event>& events);
/// Nothing is recorded of the interval any more.
void uncover(const Database& database, const Interval& interval);
/// The recorded intervals that reach into one, in order of time.
[[nodiscard]] std::vector<Interval> coverage(const Database& database, const Interval& interval);
/// End of the newest; 0 where there is none.
[[nodiscard]] std::int64_t recordedUntilMs(const Database& database);

} // namespace bwt::store
