// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/folds.h"

#include <QCryptographicHash>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>

namespace bwt {

namespace {

/// What a sum still tells of who counted.
enum class Detail { Process, Program, User };

/// The same for the same words in every helper, and never the kernel's.
ProcessId groupId(const QStringList& words)
{
    constexpr std::uint64_t positive = 0x7fff'ffff'ffff'ffff; // the history's numbers have a sign
    const QByteArray digest = QCryptographicHash::hash(words.join(QChar(u'\0')).toUtf8(), QCryptographicHash::Sha256);
    ProcessId id;
    std::memcpy(&id.startNs, digest.constData(), sizeof id.startNs);
    id.startNs = (id.startNs & positive) | 1U;
    return id;
}

/// What stands for the process when no more than that is told of it.
Process groupOf(const Process& process, Detail detail)
{
    Process group;
    group.uid = process.uid;
    if (detail == Detail::Program) {
        group.name = process.name;
        group.exe = process.exe;
        group.appId = process.appId;
        group.appName = process.appName;
    }
    group.id = groupId({QString::number(group.uid), group.name, group.exe, group.appId});
    return group;
}

FlowKey sumKey(const FlowKey& key, const ProcessId& process, Scope scope)
{
    FlowKey sum;
    sum.startNs = process.startNs;
    sum.pid = process.pid;
    sum.protocol = key.protocol;
    sum.direction = key.direction;
    sum.measure = key.measure;
    if (key.measure != Measure::Program) { // an interface's books name it
        sum.netns = key.netns;
        sum.ifindex = key.ifindex;
        sum.copied = key.copied;
    }
    sum.folded = static_cast<std::uint8_t>(1 + static_cast<int>(scope));
    return sum;
}

bool isClosed(const Flow& flow)
{
    return flow.bytes == flow.closedBytes && flow.calls == flow.closedCalls;
}

/// Those that go into sums.
std::vector<const Flow*> oldestClosed(const std::vector<Flow>& flows, std::size_t most)
{
    std::vector<const Flow*> closed;
    for (const Flow& flow : flows)
        if (isClosed(flow))
            closed.push_back(&flow);
    if (closed.size() <= most)
        return {};
    std::ranges::stable_sort(closed, {}, &Flow::lastSeenMs);
    closed.resize(closed.size() - most / 2);
    return closed;
}

/// The folding at one level of detail.
class Attempt {
public:
    Attempt(Detail detail, const std::vector<Process>& processes, const std::vector<ProcessId>& living)
        : m_detail(detail)
        , m_processes(processes)
        , m_living(living)
    {
    }

    void take(const Flow& flow)
    {
        const FlowKey into = sumKey(flow.key, heirOf(m_processes[flow.process]), flow.scope);
        m_sums.insert(into);
        if (into != flow.key)
            m_folding.list.push_back({flow.key, into});
    }
    [[nodiscard]] std::size_t sums() const { return m_sums.size(); }
    [[nodiscard]] Folding folding()
    {
        std::ranges::sort(m_folding.list, {}, &Fold::from);
        for (const auto& [id, group] : m_groups)
            m_folding.groups.push_back(group);
        return std::move(m_folding);
    }

private:
    [[nodiscard]] bool keepsItsOwn(const ProcessId& id) const
    {
        return m_detail == Detail::Process || (m_detail == Detail::Program && id.isGroup())
            || std::ranges::binary_search(m_living, id);
    }
    ProcessId heirOf(const Process& process)
    {
        if (keepsItsOwn(process.id))
            return process.id;
        const Process group = groupOf(process, m_detail);
        if (!std::ranges::binary_search(m_processes, group.id, {}, &Process::id))
            m_groups.try_emplace(group.id, group);
        return group.id;
    }

    Detail m_detail;
    const std::vector<Process>& m_processes;
    const std::vector<ProcessId>& m_living;
    Folding m_folding;
    std::map<ProcessId, Process> m_groups;
    std::set<FlowKey> m_sums;
};

} // namespace

Folding foldingOf(const Snapshot& now, const std::vector<ProcessId>& living, std::size_t most)
{
    const std::vector<const Flow*> closed = oldestClosed(now.flows, most);
    Folding folding;
    for (const Detail detail : {Detail::Process, Detail::Program, Detail::User}) {
        Attempt attempt(detail, now.processes, living);
        for (const Flow* flow : closed)
            attempt.take(*flow);
        folding = attempt.folding();
        if (attempt.sums() <= most / 2)
            break;
    }
    return folding;
}

void fold(std::vector<Flow>& flows, const std::vector<Fold>& folds)
{
    const auto into = [&folds](const FlowKey& key) {
        const auto found = std::ranges::lower_bound(folds, key, {}, &Fold::from);
        return found != folds.end() && found->from == key ? found->into : key;
    };
    for (Flow& flow : flows)
        flow.key = into(flow.key);
    std::ranges::stable_sort(flows, {}, &Flow::key);
    std::size_t kept = 0;
    for (std::size_t i = 1; i < flows.size(); ++i) {
        if (flows[i].key != flows[kept].key) {
            flows[++kept] = flows[i];
            continue;
        }
        Flow& sum = flows[kept];
        sum.bytes += flows[i].bytes;
        sum.calls += flows[i].calls;
        sum.closedBytes += flows[i].closedBytes;
        sum.closedCalls += flows[i].closedCalls;
        sum.firstSeenMs = std::min(sum.firstSeenMs, flows[i].firstSeenMs);
        sum.lastSeenMs = std::max(sum.lastSeenMs, flows[i].lastSeenMs);
    }
    flows.resize(std::min(kept + 1, flows.size()));
}

Scope scopeOfSum(const FlowKey& key)
{
    return static_cast<Scope>(key.folded - 1);
}

} // namespace bwt
