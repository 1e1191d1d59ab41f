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
    }
    sum.folded = static_cast<std::uint8_t>(1 + static_cast<int>(scope));
    return sum;
}

Scope scopeOf(const FlowKey& key, const std::vector<Flow>& flows)
{
    if (key.folded != 0)
        return scopeOfSum(key);
    const auto flow = std::ranges::lower_bound(flows, key, {}, &Flow::key);
    return flow != flows.end() && flow->key == key ? flow->scope : Scope::Internet;
}

/// The folding at one level of detail, and how many counters it leaves.
class Attempt {
public:
    Attempt(Detail detail, const std::vector<ProcessId>& active, const std::vector<Flow>& flows,
        const std::vector<Process>& processes)
        : m_detail(detail)
        , m_active(active)
        , m_flows(flows)
        , m_processes(processes)
    {
    }

    void take(const FlowKey& key)
    {
        if (std::ranges::binary_search(m_active, key.process())) {
            m_left.insert(key);
            return;
        }
        const FlowKey into = sumKey(key, heirOf(key.process()), scopeOf(key, m_flows));
        m_left.insert(into);
        if (into != key)
            m_folding.list.push_back({key, into});
    }
    [[nodiscard]] std::size_t left() const { return m_left.size(); }
    [[nodiscard]] Folding folding()
    {
        for (const auto& [id, group] : m_groups)
            m_folding.groups.push_back(group);
        return std::move(m_folding);
    }

private:
    ProcessId heirOf(const ProcessId& id)
    {
        if (m_detail == Detail::Process || (m_detail == Detail::Program && id.isGroup()))
            return id;
        const auto known = std::ranges::lower_bound(m_processes, id, {}, &Process::id);
        const Process group = groupOf(known != m_processes.end() && known->id == id ? *known : Process(), m_detail);
        if (!std::ranges::binary_search(m_processes, group.id, {}, &Process::id))
            m_groups.try_emplace(group.id, group);
        return group.id;
    }

    Detail m_detail;
    const std::vector<ProcessId>& m_active;
    const std::vector<Flow>& m_flows;
    const std::vector<Process>& m_processes;
    Folding m_folding;
    std::map<ProcessId, Process> m_groups;
    std::set<FlowKey> m_left;
};

} // namespace

Folding foldingOf(const std::vector<FlowCounter>& closed, const std::vector<ProcessId>& active,
    const std::vector<Flow>& flows, const std::vector<Process>& processes, std::size_t most)
{
    Folding folding;
    for (const Detail detail : {Detail::Process, Detail::Program, Detail::User}) {
        Attempt attempt(detail, active, flows, processes);
        for (const FlowCounter& counter : closed)
            attempt.take(counter.key);
        folding = attempt.folding();
        if (attempt.left() <= most / 2) // lest the next close is already one too many
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
