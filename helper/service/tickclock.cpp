// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/tickclock.h"

#include <algorithm>

namespace bwt::tickclock {

namespace {

constexpr std::int64_t minuteMs = 60'000;
constexpr std::int64_t commitMs = 10'000; // divides a minute

} // namespace

std::int64_t nextTickMs(std::int64_t nowMs, std::chrono::milliseconds interval)
{
    const std::int64_t minute = nowMs - nowMs % minuteMs;
    const std::int64_t next = minute + ((nowMs - minute) / interval.count() + 1) * interval.count();
    return std::min(next, minute + minuteMs);
}

bool isCommitDue(std::int64_t lastMs, std::int64_t nowMs)
{
    return lastMs / commitMs != nowMs / commitMs;
}

} // namespace bwt::tickclock
