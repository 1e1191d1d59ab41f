// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"

#include <unordered_map>

namespace bwt {

/// Turns readings into snapshots: gives processes their names and apps, remotes their scope, times their zone.
/// Used from the counting thread alone.
class Collector {
public:
    /// `bootTimeMs` is the wall time of this boot as the history knows it, so that a process keeps its start time
    /// when the clock is set or the helper restarted.
    Collector(SourceInfo source, std::int64_t bootTimeMs);

    /// Takes one reading. Readings come in order of time; a clock set back yields an interval of length 0.
    [[nodiscard]] SnapshotPtr take(const Reading& reading);

private:
    struct Known;
    SourceInfo m_source;
    std::int64_t m_bootTimeMs;
    std::int64_t m_lastUntilMs;
};

} // namespace bwt
