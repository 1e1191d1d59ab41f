// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace bwt {

/// What this process costs.
struct OwnUsage {
    std::uint64_t cpuNs = 0; ///< processor time of all its threads since its start
    std::uint64_t residentBytes = 0;
};

[[nodiscard]] OwnUsage ownUsage();

} // namespace bwt
