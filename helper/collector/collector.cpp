// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/collector.h"

#include "dbus/gaps.h"
#include "helper/collector/folds.h"
#include "helper/collector/naming.h"
#include "helper/source/addup.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bwt {

namespace {

using namespace std::chrono_literals;

/// How long what the interfaces said is believed: less than a tick, since new flows keep the scope that it gives
/// them.
constexpr std::uint64_t addressesValidNs = std::chrono::nanoseconds(500ms).count();

constexpr std::int64_t nsPerMs = 1'000'000;

constexpr ProcessId kernel{};

/// `app` is null where it isn't known.
Process describe(const ProcessInfo& info, const AppPtr& app, std::int64_t bootTimeMs)
{
    Process process;
    process.id = info.id;
    if (!info.id.isGroup())
        process.startTimeMs = bootTimeMs + static_cast<std::int64_t>(info.id.startNs) / nsPerMs;
    process.uid = info.uid;
    if (info.id == kernel)
        process.name = QStringLiteral("[kernel]");
    else if (!info.name.isEmpty())
        process.name = printable(info.name);
    if (!info.exe.path.isEmpty())
        process.exe = executableText(info.exe);
    process.appId = app ? printable(app->id) : process.name;
    process.appName = app ? printable(app->name) : process.name;
    return process;
}

/// A process that has a counter but was never seen itself.
Process undescribed(const ProcessId& id, std::int64_t bootTimeMs)
{
    ProcessInfo info;
    info.id = id;
    if (id == kernel)
        info.uid = 0;
    return describe(info, nullptr, bootTimeMs);
}

void sortById(std::vector<Process>& processes)
{
    std::ranges::sort(processes, {}, &Process::id);
}

/// The process's place, or that of the next one.
std::vector<Process>::const_iterator find(const ProcessId& id, const std::vector<Process>& sorted)
{
    return std::ranges::lower_bound(sorted, id, {}, &Process::id);
}

bool contains(const std::vector<Process>& sorted, const ProcessId& id)
{
    const auto found = find(id, sorted);
    return found != sorted.end() && found->id == id;
}

/// Every process that the reading or a flow names, ordered by id: as the reading has it, else as it was known before.
std::vector<Process> describeAll(const Reading& reading, const std::vector<AppPtr>& apps,
    const std::vector<FlowCounter>& flows, const std::vector<Process>& known, std::int64_t bootTimeMs)
{
    std::vector<Process> processes;
    processes.reserve(reading.processes.size());
    for (std::size_t i = 0; i < reading.processes.size(); ++i)
        processes.push_back(describe(reading.processes[i], apps[i], bootTimeMs));
    sortById(processes);

    std::vector<ProcessId> missing;
    for (const FlowCounter& counter : flows)
        if (!contains(processes, counter.key.process()))
            missing.push_back(counter.key.process());
    std::ranges::sort(missing);
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    for (const ProcessId& id : missing)
        processes.push_back(contains(known, id) ? *find(id, known) : undescribed(id, bootTimeMs));
    sortById(processes);
    return processes;
}

std::vector<FlowCounter> sumOf(std::vector<FlowCounter> one, const std::vector<FlowCounter>& other)
{
    one.insert(one.end(), other.begin(), other.end());
    addUp(one);
    return one;
}

/// Wall time of a moment on the boot clock. The newest calls may be younger than the look itself.
std::int64_t wallTimeMs(std::uint64_t ns, const Reading& reading)
{
    return reading.wallMs - std::max<std::int64_t>(0, static_cast<std::int64_t>(reading.bootNs - ns) / nsPerMs);
}

/// The counters as flows; what is known of their past is still open.
std::vector<Flow> flowsOf(
    const std::vector<FlowCounter>& counters, const std::vector<Process>& processes, const Reading& reading)
{
    std::vector<Flow> flows;
    flows.reserve(counters.size());
    for (const FlowCounter& counter : counters) {
        Flow flow;
        flow.key = counter.key;
        flow.bytes = counter.bytes;
        flow.calls = counter.calls;
        flow.lastSeenMs = wallTimeMs(counter.lastNs, reading);
        flow.process = static_cast<std::uint32_t>(find(counter.key.process(), processes) - processes.begin());
        flows.push_back(flow);
    }
    return flows;
}

/// Has the flows tell how much of them was closed; both are ordered by key.
void markClosed(std::vector<Flow>& flows, const std::vector<FlowCounter>& closed)
{
    auto counter = closed.begin();
    for (Flow& flow : flows) {
        while (counter != closed.end() && counter->key < flow.key)
            ++counter;
        if (counter == closed.end())
            return;
        if (counter->key != flow.key)
            continue;
        flow.closedBytes = counter->bytes;
        flow.closedCalls = counter->calls;
    }
}

std::vector<ProcessId> livingIn(const Reading& reading)
{
    std::vector<ProcessId> living{kernel};
    for (const ProcessInfo& process : reading.processes)
        if (process.exitNs == 0 && process.id != kernel)
            living.push_back(process.id);
    std::ranges::sort(living);
    return living;
}

} // namespace

Collector::Collector(SourceInfo source, std::int64_t bootTimeMs, std::function<HostAddresses()> readAddresses,
    AppResolver apps, Tunnels tunnels)
    : m_source(std::move(source))
    , m_bootTimeMs(bootTimeMs)
    , m_readAddresses(std::move(readAddresses))
    , m_apps(std::move(apps))
    , m_tunnels(std::move(tunnels))
    , m_chronicle(bootTimeMs)
{
    resume({});
}

void Collector::begin(const Reading& opening)
{
    static_cast<void>(m_chronicle.take(opening, m_networks)); // the clock has nothing to be held against yet
    m_names.learn(opening);
}

void Collector::resume(const Past& past)
{
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->untilMs = m_chronicle.byLastLook(m_source.sinceMs);
    snapshot->processes = past.processes;
    snapshot->flows = past.flows;
    m_previous = std::move(snapshot);
    m_closed.clear();
    for (const Flow& flow : past.flows)
        m_closed.push_back({flow.key, flow.closedBytes, flow.closedCalls, 0});
    m_bookkeeper.resume(past.books);
    m_names.resume(past.names);
}

SnapshotPtr Collector::take(const Reading& reading)
{
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->set = m_source.set;
    snapshot->backend = m_source.backend;
    snapshot->wire = m_source.gaps.contains(gap::packetsAndWireBytes) ? WireCounting::Off : WireCounting::On;
    snapshot->countingSinceMs = m_source.sinceMs;
    snapshot->sinceMs = std::min(m_previous->untilMs + m_chronicle.take(reading, m_networks), reading.wallMs);
    snapshot->untilMs = reading.wallMs;
    snapshot->bootNs = reading.bootNs;
    snapshot->sleptNs = reading.sleptNs;
    snapshot->events = m_chronicle.events();
    snapshot->losses = reading.losses;
    snapshot->room = reading.room;
    m_closing = reading.closing;
    const std::vector<FlowCounter> counters = sumOf(reading.flows, m_closed);
    const std::vector<AppPtr> apps = m_apps.resolve(reading.processes, reading.bootNs);
    snapshot->processes = describeAll(reading, apps, counters, m_previous->processes, m_bootTimeMs);
    snapshot->flows = flowsOf(counters, snapshot->processes, reading);
    markClosed(snapshot->flows, m_closing ? sumOf(m_closing->flows, m_closed) : m_closed);
    if (m_closing)
        snapshot->closes = m_closing->generation;
    snapshot->folds = m_folds;
    m_living = livingIn(reading);
    recall(snapshot->flows, reading.bootNs);
    m_names.learn(reading);
    m_names.name(*snapshot, *m_previous, reading);
    snapshot->netns = reading.interfaces ? reading.interfaces->netns : m_previous->netns;
    if (reading.interfaces) {
        m_networks.takeInterfaces(*reading.interfaces);
        m_tunnels.take(*reading.interfaces, reading.processes);
    }
    m_tunnels.mark(*snapshot);
    snapshot->networks = m_networks.names();
    snapshot->books = m_bookkeeper.take(snapshot->wire, reading.interfaces, snapshot->flows);
    m_previous = snapshot;
    return snapshot;
}

void Collector::setConnections(const NetworkList& connections)
{
    const bool isFirst = !m_networks.hasConnections();
    m_networks.setConnections(connections);
    if (isFirst)
        m_chronicle.learnConnections(m_networks);
    else
        m_chronicle.takeConnections(m_networks);
}

void Collector::noteRecorded(const Snapshot& recorded)
{
    m_chronicle.noteRecorded(recorded.events);
    m_foldsRecorded = recorded.folds.number;
    if (recorded.closes == 0 || !m_closing || m_closing->generation > recorded.closes)
        return;
    m_closed = sumOf(m_closing->flows, m_closed);
    m_closing.reset();
    if (m_closed.size() > mostClosed && m_foldsRecorded == m_folds.number)
        foldClosed();
}

void Collector::foldClosed()
{
    Folding folding = foldingOf(*m_previous, m_living, mostClosed);
    if (folding.list.empty())
        return;
    for (FlowCounter& counter : m_closed) {
        const auto found = std::ranges::lower_bound(folding.list, counter.key, {}, &Fold::from);
        if (found != folding.list.end() && found->from == counter.key)
            counter.key = found->into;
    }
    addUp(m_closed);
    auto folded = std::make_shared<Snapshot>(*m_previous);
    fold(folded->flows, folding.list);
    folded->processes.insert(folded->processes.end(), folding.groups.begin(), folding.groups.end());
    sortById(folded->processes); // which flows find by id, in the next snapshot
    m_previous = std::move(folded);
    m_folds = {m_folds.number + 1, std::move(folding.list)};
}

/// Both are ordered by key, so one walk beside the previous flows finds each one's past.
void Collector::recall(std::vector<Flow>& flows, std::uint64_t nowNs)
{
    auto past = m_previous->flows.begin();
    for (Flow& flow : flows) {
        while (past != m_previous->flows.end() && past->key < flow.key)
            ++past;
        if (past != m_previous->flows.end() && past->key == flow.key) {
            flow.firstSeenMs = past->firstSeenMs;
            flow.scope = past->scope;
            if (flow.calls == past->calls && flow.bytes == past->bytes) // whatever the clocks did since
                flow.lastSeenMs = past->lastSeenMs;
        } else {
            flow.firstSeenMs = flow.lastSeenMs; // the earliest moment at which it is known to have been
            flow.scope = flow.key.folded != 0 ? scopeOfSum(flow.key) : scopeOf(flow.key.remote, hostAddresses(nowNs));
        }
    }
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
