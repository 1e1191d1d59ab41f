// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/naming.h"
#include "helper/collector/snapshot.h"

#include <map>

/// Made-up counters that grow, and the snapshots of them.
namespace bwt::test {

inline constexpr std::int64_t minuteMs = 60'000;
inline constexpr std::int64_t hourMs = 60 * minuteMs;
inline constexpr std::int64_t dayMs = 24 * hourMs;
/// 2026-03-10 12:00:00 UTC, a whole hour.
inline constexpr std::int64_t noonMs = 1'773'144'000'000;

inline Process makeProcess(std::uint32_t pid, const QString& name, std::uint32_t uid = 1000)
{
    const QString exe = QStringLiteral("/usr/bin/") + name;
    return {{pid, pid * 1'000'000'000ULL}, noonMs - dayMs + pid * 1000, uid, name, exe, exe, name};
}

inline FlowKey makeKey(const Process& process, const QString& remote, Direction direction, std::uint16_t protocol = 6,
    std::uint16_t service = 443)
{
    FlowKey key;
    key.startNs = process.id.startNs;
    key.pid = process.id.pid;
    key.netns = 1;
    key.remote = addressFromText(remote).value_or(Address{});
    key.protocol = protocol;
    key.service = service;
    key.direction = direction;
    return key;
}

/// A set of counters.
class Counters {
public:
    explicit Counters(QString id = QStringLiteral("set-1"), QString boot = QStringLiteral("boot-1"))
        : m_set{std::move(boot), std::move(id)}
    {
    }

    void add(const Process& process, const FlowKey& key, std::uint64_t bytes, Scope scope = Scope::Internet)
    {
        m_processes.insert_or_assign(process.id, process);
        Flow& flow = m_flows[key];
        flow.key = key;
        flow.bytes += bytes;
        flow.calls += 1;
        flow.scope = scope;
    }

    /// As add(), of packets.
    void addPackets(const Process& process, FlowKey key, std::uint64_t bytes, std::uint64_t packets,
        Measure measure = Measure::Wire)
    {
        key.measure = measure;
        key.ifindex = 2;
        add(process, key, bytes);
        m_flows[key].calls += packets - 1;
    }

    /// From now on the process calls the remote so.
    void name(const Process& process, const QString& remote, const QString& text, std::int64_t toldMs)
    {
        m_names[{process.id, addressFromText(remote).value_or(Address{})}] = {text, toldMs, dns::Basis::Asked};
    }

    /// What was counted so far changes no more: the snapshots that follow close it.
    void close()
    {
        ++m_closes;
        for (auto& [key, flow] : m_flows) {
            flow.closedBytes = flow.bytes;
            flow.closedCalls = flow.calls;
        }
    }

    /// The counter goes into another.
    void fold(const FlowKey& from, const FlowKey& into)
    {
        Flow flow = m_flows.extract(from).mapped();
        flow.key = into;
        if (const auto [place, isNew] = m_flows.try_emplace(into, flow); !isNew) {
            place->second.bytes += flow.bytes;
            place->second.calls += flow.calls;
            place->second.closedBytes += flow.closedBytes;
            place->second.closedCalls += flow.closedCalls;
        }
        m_folds.number += 1;
        m_folds.list = {{from, into}};
    }

    [[nodiscard]] Snapshot snapshot(std::int64_t sinceMs, std::int64_t untilMs) const
    {
        Snapshot snapshot;
        snapshot.set = m_set;
        snapshot.backend = QStringLiteral("replay");
        snapshot.countingSinceMs = noonMs - dayMs;
        snapshot.sinceMs = sinceMs;
        snapshot.untilMs = untilMs;
        snapshot.bootNs = static_cast<std::uint64_t>(untilMs - snapshot.countingSinceMs) * 1'000'000;
        snapshot.closes = m_closes;
        snapshot.folds = m_folds;
        std::map<ProcessId, std::uint32_t> index;
        for (const auto& [id, process] : m_processes) {
            index.emplace(id, static_cast<std::uint32_t>(snapshot.processes.size()));
            snapshot.processes.push_back(process);
        }
        for (const auto& [key, flow] : m_flows) {
            snapshot.flows.push_back(flow);
            snapshot.flows.back().process = index.at(key.process());
            if (const auto name = m_names.find({key.process(), key.remote}); name != m_names.end()) {
                snapshot.names.push_back(name->second);
                snapshot.flows.back().name = static_cast<std::uint32_t>(snapshot.names.size());
            }
        }
        return snapshot;
    }

private:
    CounterSet m_set;
    std::map<ProcessId, Process> m_processes;
    std::map<FlowKey, Flow> m_flows;
    std::map<std::pair<ProcessId, Address>, RemoteName> m_names;
    std::uint32_t m_closes = 0;
    Folds m_folds;
};

} // namespace bwt::test
