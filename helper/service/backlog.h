// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"

#include <cstddef>
#include <deque>

namespace bwt {

/// Snapshots that the history has not taken yet: one for each minute, so that what came about while it could not be
/// written has its time there, too. Bytes are not at stake: each snapshot holds all that was counted before it.
class Backlog {
public:
    /// Takes the place of the one before where both are of one minute.
    void push(SnapshotPtr snapshot);
    [[nodiscard]] bool isEmpty() const { return m_snapshots.empty(); }
    [[nodiscard]] const Snapshot& front() const { return *m_snapshots.front(); }
    void pop();

    /// Minutes that went, since there was no room: what they had will be recorded with the minutes before them.
    [[nodiscard]] std::uint64_t mergedMinutes() const { return m_mergedMinutes; }

    /// Counters in all snapshots together: about 8 MB. Two snapshots are kept however large.
    static constexpr std::size_t mostFlows = 80'000;

private:
    void thin();

    std::deque<SnapshotPtr> m_snapshots; ///< in order of time
    std::size_t m_flows = 0; ///< in all of them
    std::uint64_t m_mergedMinutes = 0;
};

} // namespace bwt
