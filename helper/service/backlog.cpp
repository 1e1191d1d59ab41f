// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/backlog.h"

#include "helper/collector/networks.h"

#include <algorithm>
#include <utility>

namespace bwt {

namespace {

/// The later one then tells all that the earlier one would: also on which networks it was.
bool areOfOneMinute(const Snapshot& earlier, const Snapshot& later)
{
    constexpr std::int64_t minuteMs = 60'000;
    const auto isStill = [&later](const NetworkName& network) {
        const QString name = networkName(later, network.index);
        return name.isNull() || name == network.name;
    };
    return earlier.untilMs / minuteMs == later.untilMs / minuteMs && std::ranges::all_of(earlier.networks, isStill);
}

} // namespace

void Backlog::push(SnapshotPtr snapshot)
{
    if (!m_snapshots.empty() && areOfOneMinute(*m_snapshots.back(), *snapshot)) {
        m_flows -= m_snapshots.back()->flows.size();
        m_snapshots.pop_back();
    }
    m_flows += snapshot->flows.size();
    m_snapshots.push_back(std::move(snapshot));
    while (m_flows > mostFlows && m_snapshots.size() > 2)
        thin();
}

void Backlog::pop()
{
    m_flows -= m_snapshots.front()->flows.size();
    m_snapshots.pop_front();
}

/// Every other one goes, and the newest stays.
void Backlog::thin()
{
    std::deque<SnapshotPtr> kept;
    bool isKept = true;
    for (auto snapshot = m_snapshots.rbegin(); snapshot != m_snapshots.rend(); ++snapshot, isKept = !isKept) {
        if (isKept) {
            kept.push_front(std::move(*snapshot));
            continue;
        }
        m_flows -= (*snapshot)->flows.size();
        ++m_mergedMinutes;
    }
    m_snapshots = std::move(kept);
}

} // namespace bwt
