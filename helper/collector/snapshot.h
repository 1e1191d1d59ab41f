// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/book.h"
#include "dbus/event.h"
#include "helper/dns/knownname.h"
#include "helper/source/trafficsource.h"

#include <QString>

#include <memory>
#include <vector>

/// What the collector hands on: the counters with everything that user space knows about them.
namespace bwt {

enum class Scope : std::uint8_t {
    Internet,
    Lan,
    Loopback,
    Tunnel, ///< carries what is counted inside, too, wherever to
};

/// A process as people know it. Names and paths are printable: bytes that are not UTF-8 text read "\xNN".
struct Process {
    ProcessId id;
    std::int64_t startTimeMs = 0; ///< wall time of its start, the same in every snapshot of a boot; none of a group
    std::uint32_t uid = 0;
    QString name; ///< null when unknown
    QString
        exe; ///< path, "…/end/of/path" where that is too long, with " (deleted)" where the file is; null when unknown
    QString appId; ///< App::id, or the name where that is unknown
    QString appName;

    friend bool operator==(const Process&, const Process&) = default;
};

/// What a process calls a remote address. Its text is shared by all that have the same.
struct RemoteName {
    QString text;
    std::int64_t toldMs = 0; ///< wall time
    dns::Basis basis = dns::Basis::Host;

    friend bool operator==(const RemoteName&, const RemoteName&) = default;
};

/// One counter, absolute since its set was made.
struct Flow {
    FlowKey key;
    std::uint64_t bytes = 0;
    std::uint64_t calls = 0;
    std::uint64_t closedBytes = 0; ///< of these, what changes no more and only the history will know
    std::uint64_t closedCalls = 0;
    std::int64_t firstSeenMs = 0;
    std::int64_t lastSeenMs = 0;
    std::uint32_t process = 0; ///< index into Snapshot::processes
    std::uint32_t name = 0; ///< place in Snapshot::names, from 1 on; 0: unknown
    Scope scope = Scope::Internet;
};

/// What an interface counted of one direction and the counters of the wire know of it, when they were last looked at:
/// the next look's growth is taken from here.
struct SeenSide {
    quint64 bytes = 0;
    quint64 packets = 0;
    quint64 programs = 0;
    quint64 kernel = 0;
    quint64 forwarded = 0;
    quint64 knownPackets = 0; ///< of these three
    quint64 bundled = 0;
    quint64 bundledPackets = 0;

    friend bool operator==(const SeenSide&, const SeenSide&) = default;
};

/// An interface's books with what goes on in them.
struct InterfaceBook {
    std::uint32_t index = 0; ///< of the interface
    Book book; ///< since its counters and the set's were first looked at together
    SeenSide seenTx;
    SeenSide seenRx;

    friend bool operator==(const InterfaceBook&, const InterfaceBook&) = default;
};

/// What an interface's traffic is called.
struct NetworkName {
    std::uint32_t index = 0; ///< of the interface
    QString name; ///< the connection's, or the interface's; printable

    friend bool operator==(const NetworkName&, const NetworkName&) = default;
};

/// A counter that went into a sum, and exists no more. Both are of one direction, protocol and scope, and of one
/// process or of one and the group that stands for it.
struct Fold {
    FlowKey from;
    FlowKey into;
};

/// Done at once, between two snapshots.
struct Folds {
    std::uint64_t number = 0; ///< counts from 1; 0 while nothing was folded
    std::vector<Fold> list; ///< ordered by `from`
};

/// One tick. Immutable once made; threads share it by SnapshotPtr.
struct Snapshot {
    CounterSet set;
    QString backend;
    WireCounting wire = WireCounting::Off; ///< whether packets are counted; flows may be there from when they were
    std::int64_t countingSinceMs = 0; ///< when the set was made
    std::int64_t sinceMs = 0; ///< the previous snapshot's untilMs, by the clock as it is now; countingSinceMs,
                              ///< likewise, in the first
    std::int64_t untilMs = 0;
    std::uint64_t bootNs = 0; ///< CLOCK_BOOTTIME at untilMs: what lengths are taken from, since it is never set
    std::int64_t sleptNs = 0; ///< as Moment has it
    std::vector<Process> processes;
    std::vector<Flow> flows; ///< ordered by key
    std::vector<RemoteName> names; ///< one for each process and remote that has one
    SourceLosses losses;
    FlowRoom room;
    std::uint32_t closes = 0; ///< generation up to which the flows' closed parts reach; 0 for none
    Folds folds; ///< the newest that were done in `flows`
    std::uint32_t netns = 0; ///< inode of the network namespace that `books` are of; 0 while it is not known
    std::vector<InterfaceBook> books; ///< ordered by index; none while the wire is not measured
    std::vector<NetworkName> networks; ///< in the interval, by index: of `netns`
    std::vector<Event> events; ///< that the history may not have yet, in the order in which they happened
};

/// The remote's name of a flow; null when unknown.
[[nodiscard]] inline const RemoteName* nameOf(const Snapshot& snapshot, const Flow& flow)
{
    return flow.name == 0 ? nullptr : &snapshot.names[flow.name - 1];
}

/// What a process called a remote when an earlier helper recorded it.
struct PastName {
    ProcessId process;
    Address remote{};
    QString text;
    std::int64_t toldMs = 0;

    friend bool operator==(const PastName&, const PastName&) = default;
};

/// What earlier helpers have recorded of a set of counters and closed.
struct Past {
    std::uint32_t closedGeneration = 0; ///< the source must not yield it again
    std::vector<Process> processes; ///< that `flows` name
    std::vector<Flow> flows; ///< closed parts alone; ordered by key
    std::vector<InterfaceBook> books{}; ///< as last recorded
    std::vector<PastName> names{}; ///< of counters that are closed and of those that go on; ordered by the first two
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

} // namespace bwt
