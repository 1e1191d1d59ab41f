// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"

#include <vector>

/// Sums that stand for counters which were closed long ago: what keeps a set of counters small, however many
/// processes and remotes come and go while the machine is up.
namespace bwt {

/// What a set of folds makes of the closed counters.
struct Folding {
    std::vector<Fold> list; ///< ordered by `from`
    std::vector<Process> groups; ///< that sums are of and that were none before; ordered by id
};

/// Where more counters than `most` are closed, and nothing of them open: all but the newest half of that go into
/// sums. There is one for each process, protocol, direction and scope; where those are too many, one for each
/// program, which then stands for its processes that have ended; and at last one for each user. `living` is ordered.
[[nodiscard]] Folding foldingOf(const Snapshot& now, const std::vector<ProcessId>& living, std::size_t most);

/// Does to flows what a later snapshot has done: both are then of the same counters. Flows and folds are ordered.
void fold(std::vector<Flow>& flows, const std::vector<Fold>& folds);

/// The scope of what a sum has summed.
[[nodiscard]] Scope scopeOfSum(const FlowKey& key);

} // namespace bwt
