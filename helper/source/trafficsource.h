// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/checkreport.h"
#include "dbus/event.h"
#include "dbus/result.h"
#include "helper/source/clocks.h"
#include "helper/source/descriptorstore.h"
#include "helper/source/interfaces.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

/// The edge to whatever counts: the kernel's programs or a recording. Everything behind it is plain values.
namespace bwt {

/// A process is its pid and its start: pids come round again. {0, 0} is the kernel.
struct ProcessId {
    std::uint32_t pid = 0; ///< thread-group id in the initial pid namespace
    std::uint64_t startNs = 0; ///< CLOCK_BOOTTIME at the start of the thread-group leader

    /// Stands for many that have ended and are no longer told apart; then startNs is no time.
    [[nodiscard]] bool isGroup() const { return pid == 0 && startNs != 0; }
    friend auto operator<=>(const ProcessId&, const ProcessId&) = default;
};

enum class Direction : std::uint8_t { Tx, Rx };

/// What a counter measures. Never added together.
enum class Measure : std::uint8_t {
    Program, ///< bytes and calls at the socket
    Wire, ///< IP bytes and packets that passed the stack for a program's sockets, or for the kernel
    Forwarded, ///< IP bytes and packets that passed through from one interface to another
    Bundled, ///< headers, and packets, that an interface was spared since the kernel handed over many as one
};

/// Whether packets are counted, too.
enum class WireCounting : std::uint8_t { Off, On };

/// IPv6, or IPv4 mapped into ::ffff:0:0/96 (RFC 4291, 2.5.5.2). All zero means unknown.
using Address = std::array<std::uint8_t, 16>;

/// IP protocol numbers (IANA), plus one value of our own.
namespace protocol {
inline constexpr std::uint16_t packetSocket = 0xffff;
} // namespace protocol

/// What one counter counts. Has no padding, so that its bytes are its identity (the store keeps them).
struct FlowKey {
    std::uint64_t startNs = 0;
    std::uint32_t pid = 0;
    std::uint32_t netns = 0;
    Address remote{};
    std::uint16_t protocol = 0;
    std::uint16_t service = 0; ///< port below 1024: the remote's, else the local one; else 0
    Direction direction = Direction::Tx;
    std::uint8_t folded = 0; ///< 0 for a counter of the source's; the collector's sums of counters have other values
    Measure measure = Measure::Program;
    std::uint8_t copied = 0; ///< 1 where other counters of the wire hold the same packets: they passed once
    std::uint32_t ifindex = 0; ///< of the interface in `netns`; 0 for programs' bytes
    std::uint32_t reserved2 = 0;

    [[nodiscard]] ProcessId process() const { return {pid, startNs}; }
    friend auto operator<=>(const FlowKey&, const FlowKey&) = default;
};
static_assert(sizeof(FlowKey) == 48);

/// A counter's state. Never shrinks, but for what is closed.
struct FlowCounter {
    FlowKey key;
    std::uint64_t bytes = 0;
    std::uint64_t calls = 0; ///< packets, but for Measure::Program
    std::uint64_t lastNs = 0; ///< CLOCK_BOOTTIME of the newest
};

/// Nobody's uid (it is what chown(2) takes for "leave as it is"), so that no user is shown what may not be theirs.
inline constexpr std::uint32_t unknownUid = 0xffffffff;

/// What a process runs, when it was first seen or since its newest exec.
struct Executable {
    QByteArray path; ///< absolute: any bytes but zero; null when it could not be learnt
    bool isTail = false; ///< `path` is only the end of it, and begins with the "/" between two folders
    bool isDeleted = false; ///< the file had no name any more: `path` is its last one
    std::uint64_t inode = 0; ///< of the file, and its device, as in /proc/PID/maps; 0 when unknown
    std::uint64_t device = 0;

    friend bool operator==(const Executable&, const Executable&) = default;
};

/// A process that has a counter.
struct ProcessInfo {
    ProcessId id;
    std::uint32_t uid = unknownUid; ///< real uid in the initial user namespace
    QByteArray name; ///< the leader's, as the kernel has it: any bytes
    Executable exe{};
    std::uint64_t exitNs = 0; ///< CLOCK_BOOTTIME, 0 while it lives
    ProcessId parent{}; ///< when it was first seen; {0, 0} when it had none, or none is known
    std::uint64_t cgroup = 0; ///< inode of its directory in the cgroup2 file system; 0 when unknown
};

/// Everything that could not be counted in full. Each grows only.
struct SourceLosses {
    std::uint64_t coarseCalls = 0; ///< counted without remote address: the map was full
    std::uint64_t lostTxBytes = 0; ///< counted without owner: the coarse map was full too
    std::uint64_t lostRxBytes = 0;
    std::uint64_t unknownProcesses = 0; ///< flows begun by processes that there was no room to describe
    std::uint64_t recursionMisses = 0; ///< calls that the kernel did not show to our programs, or not their end
    std::uint64_t uncertainReceipts = 0; ///< pieces of TCP streams that count only if recvmsg took them: no room
    std::uint64_t coarsePackets = 0; ///< as coarseCalls
    std::uint64_t lostTxWireBytes = 0; ///< as lostTxBytes
    std::uint64_t lostRxWireBytes = 0;
    std::uint64_t ownerlessPackets = 0; ///< counted as the kernel's, since nobody knows whose socket it was
    std::uint64_t unnotedOwners = 0; ///< calls that made someone a socket's owner, which there was no room to note
    std::uint64_t countersGivenUp = 0; ///< sets that were replaced by this one, with what was not recorded of them
    std::uint64_t missedAnswers = 0; ///< of name servers: no room, or in several packets of a stream
};

/// How full the kernel's map of flows is; {0, 0} where there is none.
struct FlowRoom {
    std::uint32_t used = 0;
    std::uint32_t capacity = 0; ///< grows when it is crowded
};

/// What a name server told a process that had asked, as it came.
struct NameAnswer {
    std::uint64_t atNs = 0; ///< CLOCK_BOOTTIME
    ProcessId asker; ///< {0, 0} for the kernel
    std::uint32_t netns = 0; ///< inode of its socket's network namespace
    bool isStream = false; ///< several messages may follow one another, each with its length before it
    QByteArray bytes; ///< their beginning, at most mostAnswerBytes
};
inline constexpr std::size_t mostAnswerBytes = 1232; ///< what resolvers take by UDP (RFC 9715)

/// What was counted between two exchanges of the kernel's maps. Changes no more.
struct ClosedCounters {
    std::uint32_t generation = 0; ///< counts from 1
    std::vector<FlowCounter> flows; ///< ordered by key, each once
};

/// One look at all counters, and when it was.
struct Reading : Moment {
    /// In no order, each key once, without what generations counted that were recorded whole (noteRecorded). Coarse
    /// counters have an unknown remote.
    std::vector<FlowCounter> flows;
    /// That part of `flows` which the source wants to close; null while there is none.
    std::shared_ptr<const ClosedCounters> closing;
    FlowRoom room;
    std::vector<ProcessInfo> processes; ///< at least those named by flows
    SourceLosses losses;
    std::optional<Interfaces> interfaces; ///< at the same moment; nothing where they can't be read
    std::vector<Event> events{}; ///< that a recording tells, since the reading before; in order of time
    std::vector<NameAnswer> answers{}; ///< since the reading before, in order of time
};

/// Wall time of the boot that the reading's CLOCK_BOOTTIME counts from. A recording has a boot of its own: take it
/// from here, never from this machine's clocks.
[[nodiscard]] constexpr std::int64_t bootTimeMs(const Reading& reading)
{
    return reading.wallMs - static_cast<std::int64_t>(reading.bootNs / 1'000'000);
}

/// In place of a boot's id, where the counters are a recording's.
inline constexpr QLatin1StringView recordedBoot("replay");

/// Names one set of counters: the boot and a random id given when the set was made.
struct CounterSet {
    QString bootId; ///< /proc/sys/kernel/random/boot_id, or recordedBoot
    QString id; ///< a UUID
    friend bool operator==(const CounterSet&, const CounterSet&) = default;
};

/// What a source is, constant while it lives.
struct SourceInfo {
    QString backend; ///< "tracepoint", "fexit", "kprobe", "replay"
    QString kernel; ///< uname -r
    CounterSet set;
    std::int64_t sinceMs = 0; ///< wall time at which the set was made
    QStringList gaps; ///< codes of what it can't see (gaps.h)
    QList<BackendReport> tried{}; ///< best first, until one was chosen
    bool isRecorded = false; ///< an earlier process had a history record the set
    bool outlives = false; ///< counting goes on when this process is gone, until the service manager ends it
};

/// Used from the counting thread alone.
class TrafficSource {
public:
    TrafficSource() = default;
    TrafficSource(const TrafficSource&) = delete;
    TrafficSource& operator=(const TrafficSource&) = delete;
    virtual ~TrafficSource() = default;

    [[nodiscard]] virtual SourceInfo info() const = 0;
    /// Reads every counter. A failure leaves the counters as they were; the next call may succeed.
    [[nodiscard]] virtual Result<Reading> read() = 0;
    /// The history has recorded the set, and all that generations up to this one have counted (0 for none): the next
    /// reading is without that.
    virtual void noteRecorded(std::uint32_t generation) = 0;
    /// Ends the counting, so that nothing of it outlives this process. There is nothing to read any more.
    virtual void end() = 0;
};

/// Makes the source that `--backend` names: auto, tracepoint, fexit, kprobe or replay:FILE[?loop]. What an earlier
/// process has kept in the store goes on to count, where it is what is asked for; else it is thrown out.
[[nodiscard]] Result<std::unique_ptr<TrafficSource>> makeTrafficSource(
    const QString& backend, DescriptorStore store = {}, WireCounting wire = WireCounting::On);

} // namespace bwt
