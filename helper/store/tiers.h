// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"

/// The buckets that the history is stored in: whole minutes and hours of UTC, in seconds since the epoch.
namespace bwt::store {

inline constexpr qint64 msPerSecond = 1000;
inline constexpr qint64 minuteSeconds = 60;
inline constexpr qint64 hourSeconds = 3600;

[[nodiscard]] constexpr qint64 floorTo(qint64 seconds, qint64 step)
{
    return seconds - seconds % step;
}
[[nodiscard]] constexpr qint64 ceilTo(qint64 seconds, qint64 step)
{
    return floorTo(seconds + step - 1, step);
}

/// Before this only hours are left.
[[nodiscard]] qint64 minutesKeptFrom(const Database& database);
/// Start of the oldest bucket; nothing in an empty history.
[[nodiscard]] std::optional<qint64> oldestBucket(const Database& database);

} // namespace bwt::store
