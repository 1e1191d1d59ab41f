// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/collector.h"

#include "helper/collector/naming.h"

#include <algorithm>
#include <chrono>

namespace bwt {

namespace {

using namespace std::chrono_literals;

/// How long what the interfaces said is believed.
constexpr std::uint64_t addressesValidNs = std::chrono::nanoseconds(3s).count();

constexpr std::int64_t nsPerMs = 1'000'000;

constexpr ProcessId kernel{};

Process describe(const ProcessInfo& info, std::int64_t bootTimeMs)
{
    Process process;
    process.id = info.id;
    process.startTimeMs = bootTimeMs + static_cast<std::int64_t>(info.id.startNs) / nsPerMs;
    process.uid = info.uid;
    if (info.id == kernel)
        process.name = QStringLiteral("[kernel]");
    else if (!info.name.isEmpty())
        process.name = printable(info.name);
    if (!info.exe.isEmpty())
        process.exe = printable(info.exe.toUtf8());
    process.appId = process.exe.isEmpty() ? process.name : process.exe;
    process.appName = process.exe.isEmpty() ? process.name : process.exe.section(QLatin1Char('/'), -1);
    return process;
}

/// A process that has a counter but was never seen itself.
Process undescribed(const ProcessId& id, std::int64_t bootTimeMs)
{
    return describe({id, id == kernel ? 0 : unknownUid, {}, {}, 0}, bootTimeMs);
}

void sortById(std::vector<Process>& processes)
{
    std::ranges::sort(processes, {}, &Process::id);
}

std::size_t indexOf(const ProcessId& id, const std::vector<Process>& sorted)
{
    return static_cast<std::size_t>(std::ranges::lower_bound(sorted, id, {}, &Process::id) - sorted.begin());
}

/// Every process that the reading names, ordered by id.
std::vector<Process> describeAll(const Reading& reading, std::int64_t bootTimeMs)
{
    std::vector<Process> processes;
    processes.reserve(reading.processes.size());
    for (const ProcessInfo& info : reading.processes)
        processes.push_back(describe(info, bootTimeMs));
    sortById(processes);

    std::vector<ProcessId> missing;
    for (const FlowCounter& counter : reading.flows) {
        const ProcessId id = counter.key.process();
        const std::size_t index = indexOf(id, processes);
        if (index == processes.size() || processes[index].id != id)
            missing.push_back(id);
    }
    std::ranges::sort(missing);
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    for (const ProcessId& id : missing)
        processes.push_back(undescribed(id, bootTimeMs));
    sortById(processes);
    return processes;
}

/// Wall time of a moment on the boot clock. The newest calls may be younger than the look itself.
std::int64_t wallTimeMs(std::uint64_t ns, const Reading& reading)
{
    return reading.wallMs - std::max<std::int64_t>(0, static_cast<std::int64_t>(reading.bootNs - ns) / nsPerMs);
}

/// The flows as counted, ordered by key; first sight and scope are still open.
std::vector<Flow> sortedFlows(const Reading& reading, const std::vector<Process>& processes)
{
    std::vector<Flow> flows;
    flows.reserve(reading.flows.size());
    for (const FlowCounter& counter : reading.flows) {
        Flow flow;
        flow.key = counter.key;
        flow.bytes = counter.bytes;
        flow.calls = counter.calls;
        flow.lastSeenMs = wallTimeMs(counter.lastNs, reading);
        flow.process = static_cast<std::uint32_t>(indexOf(counter.key.process(), processes));
        flows.push_back(flow);
    }
    std::ranges::sort(flows, {}, &Flow::key);
    return flows;
}

} // namespace

Collector::Collector(SourceInfo source, std::int64_t bootTimeMs, std::function<HostAddresses()> readAddresses)
    : m_source(std::move(source))
    , m_bootTimeMs(bootTimeMs)
    , m_readAddresses(std::move(readAddresses))
{
}

SnapshotPtr Collector::take(const Reading& reading)
{
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->set = m_source.set;
    snapshot->backend = m_source.backend;
    snapshot->countingSinceMs = m_source.sinceMs;
    snapshot->sinceMs = std::min(m_previous ? m_previous->untilMs : m_source.sinceMs, reading.wallMs);
    snapshot->untilMs = reading.wallMs;
    snapshot->bootNs = reading.bootNs;
    snapshot->losses = reading.losses;
    snapshot->processes = describeAll(reading, m_bootTimeMs);
    snapshot->flows = sortedFlows(reading, snapshot->processes);

    // Both are ordered by key, so one walk beside the previous flows finds each one's past.
    static const std::vector<Flow> none;
    const std::vector<Flow>& known = m_previous ? m_previous->flows : none;
    auto past = known.begin();
    for (Flow& flow : snapshot->flows) {
        while (past != known.end() && past->key < flow.key)
            ++past;
        if (past != known.end() && past->key == flow.key) {
            flow.firstSeenMs = past->firstSeenMs;
            flow.scope = past->scope;
            if (flow.calls == past->calls && flow.bytes == past->bytes) // whatever the clocks did since
                flow.lastSeenMs = past->lastSeenMs;
        } else {
            flow.firstSeenMs = flow.lastSeenMs; // the earliest moment at which it is known to have been
            flow.scope = scopeOf(flow.key.remote, hostAddresses(reading.bootNs));
        }
    }
    m_previous = snapshot;
    return snapshot;
}

const HostAddresses& Collector::hostAddresses(std::uint64_t nowNs)
{
    if (m_addressesReadNs == 0 || nowNs - m_addressesReadNs >= addressesValidNs) {
        m_addresses = m_readAddresses();
        m_addressesReadNs = nowNs;
    }
    return m_addresses;
}

} // namespace bwt
