// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace bwt {

/// One moment by the machine's clocks.
struct Moment {
    std::int64_t wallMs = 0; ///< milliseconds since the epoch
    std::uint64_t bootNs = 0; ///< CLOCK_BOOTTIME, which nobody sets
    std::int64_t sleptNs = 0; ///< by which it is ahead of CLOCK_MONOTONIC; grows only while the machine sleeps
};

[[nodiscard]] Moment readClocks();

} // namespace bwt
