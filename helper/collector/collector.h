// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/apps/appresolver.h"
#include "helper/collector/bookkeeper.h"
#include "helper/collector/chronicle.h"
#include "helper/collector/networks.h"
#include "helper/collector/remotenames.h"
#include "helper/collector/scope.h"
#include "helper/collector/snapshot.h"
#include "helper/collector/tunnels.h"

#include <functional>

namespace bwt {

/// Turns readings into snapshots: gives processes their names and apps, remotes their scope and name, times their
/// zone. Used from the counting thread alone.
class Collector {
public:
    /// `bootTimeMs` is the wall time of this boot as the history knows it, so that a process keeps its start time
    /// when the clock is set or the helper restarted.
    Collector(SourceInfo source, std::int64_t bootTimeMs,
        std::function<HostAddresses()> readAddresses = &readHostAddresses,
        AppResolver apps = AppResolver::ofRecording(), Tunnels tunnels = {});

    /// The look with which the source was opened, of which there is no snapshot: what happens from here on is told.
    /// Without it that is from the first snapshot on.
    void begin(const Reading& opening);

    /// Adds what earlier helpers counted with the same set. Before the first reading.
    void resume(const Past& past);

    /// Takes one reading. Readings come in order of time. An interval is as long as it was, whatever the clock was
    /// set to.
    /// A flow keeps the scope of its first sight, since a counter that moved between scopes would make one shrink,
    /// but for what turns out to carry a tunnel: that was never anything else.
    [[nodiscard]] SnapshotPtr take(const Reading& reading);

    /// What the interfaces are connected to from here on, until which nobody knew, or something else held: then the
    /// last snapshot has what passed before.
    void setConnections(const NetworkList& connections);
    [[nodiscard]] bool hasConnections() const { return m_networks.hasConnections(); }

    /// The history has recorded one of the snapshots: what that closes the source yields no more, and it goes on in
    /// the snapshots that follow, as its events don't.
    void noteRecorded(const Snapshot& recorded);

    /// More closed counters than these are not kept apart: the oldest are summed (folds.h).
    static constexpr std::size_t mostClosed = 16'384;

private:
    void foldClosed();
    /// Gives flows what is known of them from before.
    void recall(std::vector<Flow>& flows, std::uint64_t nowNs);
    [[nodiscard]] const HostAddresses& hostAddresses(std::uint64_t nowNs);

    SourceInfo m_source;
    std::int64_t m_bootTimeMs;
    std::function<HostAddresses()> m_readAddresses;
    AppResolver m_apps;
    RemoteNames m_names;
    HostAddresses m_addresses;
    std::uint64_t m_addressesReadNs = 0; ///< CLOCK_BOOTTIME, 0 for never
    std::vector<FlowCounter> m_closed; ///< sums over the closed generations; ordered by key
    std::shared_ptr<const ClosedCounters> m_closing; ///< of the last reading
    std::vector<ProcessId> m_living; ///< at the last reading; ordered
    Folds m_folds; ///< the newest
    std::uint64_t m_foldsRecorded = 0; ///< number of the newest that the history has
    SnapshotPtr m_previous; ///< what is known about flows seen before
    Bookkeeper m_bookkeeper;
    Networks m_networks;
    Tunnels m_tunnels;
    Chronicle m_chronicle;
};

} // namespace bwt
