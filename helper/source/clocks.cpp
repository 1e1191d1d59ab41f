// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/clocks.h"

#include <ctime>

namespace bwt {

namespace {

constexpr std::int64_t nsPerMs = 1'000'000;

std::int64_t read(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

} // namespace

/// The machine may fall asleep, or another task have its turn, between two of the clocks: then they tell of two
/// moments, and are read again.
Moment readClocks()
{
    constexpr std::int64_t atOnceNs = 10 * nsPerMs;
    constexpr int attempts = 5; // a machine that is slower than that has no better moment
    Moment moment;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const std::int64_t before = read(CLOCK_BOOTTIME);
        const std::int64_t monotonic = read(CLOCK_MONOTONIC);
        const std::int64_t wall = read(CLOCK_REALTIME);
        const std::int64_t after = read(CLOCK_BOOTTIME);
        moment = {wall / nsPerMs, static_cast<std::uint64_t>(after), before - monotonic};
        if (after - before <= atOnceNs)
            break;
    }
    return moment;
}

} // namespace bwt
