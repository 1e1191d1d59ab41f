// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/tickclock.h"

#include <algorithm>

namespace bwt::tickclock {

namespace {

constexpr std::int64_t minuteMs = 60'000;
constexpr std::int64_t commitMs = 10'000; // divides a minute
constexpr std::int64_t earlyMs = 50; // more than any timer is early

} // namespace

std::int64_t nextTickMs(std::int64_t nowMs, std::chrono::milliseconds interval)
{
    const std::int64_t minute = nowMs - nowMs % minuteMs;
    const std::int64_t next = minute + ((nowMs - minute) / interval.count() + 1) * interval.count();
    return std::min(next, minute + minuteMs);
}

std::chrono::milliseconds earlyBy(std::int64_t dueMs, std::int64_t nowMs)
{
    const std::int64_t aheadMs = dueMs - nowMs;
    return std::chrono::milliseconds(aheadMs > 0 && aheadMs < earlyMs ? aheadMs : 0);
}

bool isCommitDue(std::int64_t lastMs, std::int64_t nowMs)
{
    return lastMs / commitMs != nowMs / commitMs;
}

} // namespace bwt::tickclock
