// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>

/// When to look and when to store. Both follow the wall clock's minutes, so that what one tick or one commit adds
/// belongs to one stored minute.
namespace bwt::tickclock {

/// The next tick after `nowMs`: whole intervals since the minute began, and the beginning of each minute.
[[nodiscard]] std::int64_t nextTickMs(std::int64_t nowMs, std::chrono::milliseconds interval);

/// How long is still to be waited, when the timer for the tick that was due at `dueMs` has fired at `nowMs`: timers
/// may fire a moment early. Nothing else is waited for: a clock that was set back delays no tick.
[[nodiscard]] std::chrono::milliseconds earlyBy(std::int64_t dueMs, std::int64_t nowMs);

/// Whether a commit is due at `nowMs`, when the last one held everything until `lastMs`. Any other ten seconds of the
/// clock than the last commit's will do, so that a clock set back delays nothing.
[[nodiscard]] bool isCommitDue(std::int64_t lastMs, std::int64_t nowMs);

} // namespace bwt::tickclock
