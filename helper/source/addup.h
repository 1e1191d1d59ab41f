// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"

#include <algorithm>
#include <vector>

namespace bwt {

/// Orders counters by key and adds up those of one key.
inline void addUp(std::vector<FlowCounter>& counters)
{
    std::ranges::sort(counters, {}, &FlowCounter::key);
    std::size_t kept = 0;
    for (std::size_t i = 1; i < counters.size(); ++i) {
        if (counters[i].key != counters[kept].key) {
            counters[++kept] = counters[i];
            continue;
        }
        counters[kept].bytes += counters[i].bytes;
        counters[kept].calls += counters[i].calls;
        counters[kept].lastNs = std::max(counters[kept].lastNs, counters[i].lastNs);
    }
    counters.resize(std::min(kept + 1, counters.size()));
}

} // namespace bwt
