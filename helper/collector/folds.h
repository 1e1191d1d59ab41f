// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"

#include <vector>

/// Sums that stand for counters which no one will add to: what keeps a set of counters small, however many processes
/// and remotes come and go while the machine is up.
namespace bwt {

/// What a set of folds makes of the closed counters.
struct Folding {
    std::vector<Fold> list; ///< ordered by `from`
    std::vector<Process> groups; ///< that sums are of and that were none before; ordered by id
};

/// Sums for the closed counters of processes that are not `active`, no finer than `most` counters ask for: one for
/// each process, protocol, direction and scope; else for each program, which then stands for its processes that
/// ended; else for each user. `flows` know each counter's scope, and `processes` who it was. All are ordered.
[[nodiscard]] Folding foldingOf(const std::vector<FlowCounter>& closed, const std::vector<ProcessId>& active,
    const std::vector<Flow>& flows, const std::vector<Process>& processes, std::size_t most);

/// Does to flows what a later snapshot has done: both are then of the same counters. Flows and folds are ordered.
void fold(std::vector<Flow>& flows, const std::vector<Fold>& folds);

/// The scope of what a sum has summed.
[[nodiscard]] Scope scopeOfSum(const FlowKey& key);

} // namespace bwt
