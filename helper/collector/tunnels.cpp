// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/tunnels.h"

#include "helper/collector/networks.h"

#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <utility>

namespace bwt {

namespace {

/// What has others' packets in it, and none of a program's own (IANA's numbers).
constexpr std::array<std::uint16_t, 6> wrappingProtocols{
    IPPROTO_IPIP, IPPROTO_IPV6, IPPROTO_GRE, IPPROTO_ESP, IPPROTO_AH, 115 /* L2TP */};

/// Kinds of interfaces whose packets the kernel sends on in datagrams of its own.
constexpr std::array wrappingInUdp{"wireguard", "vxlan", "geneve", "bareudp", "amt", "gtp"};

/// A port of a bridge leads to a virtual machine, whose packets nobody here sent.
bool isTunnelEnd(const Interface& interface)
{
    return interface.kind == "tun" && interface.isUp && interface.master == 0;
}

bool wrapsInUdp(const Interface& interface)
{
    return interface.isUp
        && std::ranges::any_of(wrappingInUdp, [&](const char* kind) { return interface.kind == kind; });
}

/// The flows of a process.
auto flowsOf(std::vector<Flow>& flows, const ProcessId& process)
{
    return std::ranges::equal_range(flows, std::pair(process.startNs, process.pid), {},
        [](const Flow& flow) { return std::pair(flow.key.startNs, flow.key.pid); });
}

/// A sum of counters has its scope in its key.
bool mayCarry(const Snapshot& snapshot, const Flow& flow)
{
    return flow.key.netns == snapshot.netns && flow.key.folded == 0
        && (flow.scope == Scope::Internet || flow.scope == Scope::Lan);
}

} // namespace

Tunnels::Tunnels()
    : Tunnels([](const ProcessId&) { return std::vector<QByteArray>(); })
{
}

Tunnels::Tunnels(Holdings holdingsOf)
    : m_holdingsOf(std::move(holdingsOf))
{
}

void Tunnels::take(const Interfaces& interfaces, const std::vector<ProcessInfo>& processes)
{
    m_kernelWrapsInUdp = std::ranges::any_of(interfaces.list, wrapsInUdp);
    std::vector<Device> devices;
    for (const Interface& interface : interfaces.list)
        if (isTunnelEnd(interface))
            devices.push_back({interface.index, interface.name, interface.carrierChanges});
    if (devices != std::exchange(m_devices, devices)) {
        m_examined.clear();
        m_holders.clear();
    }
    if (m_devices.empty())
        return;
    std::set<ProcessId> living;
    for (const ProcessInfo& process : processes)
        if (process.exitNs == 0 && process.id.pid != 0)
            living.insert(process.id);
    forget(living);
    for (auto process = living.begin(); process != living.end() && lacksHolder(); ++process)
        if (m_examined.insert(*process).second)
            examine(*process);
}

void Tunnels::mark(Snapshot& snapshot) const
{
    for (const auto& [process, held] : m_holders)
        mark(snapshot, process, held);
    markKernels(snapshot);
}

void Tunnels::forget(const std::set<ProcessId>& living)
{
    const auto isGone = [&living](const ProcessId& process) { return !living.contains(process); };
    std::erase_if(m_examined, isGone);
    std::erase_if(m_holders, [&](const auto& holder) { return isGone(holder.first); });
}

bool Tunnels::lacksHolder() const
{
    return std::ranges::any_of(m_devices, [this](const Device& device) {
        return std::ranges::none_of(
            m_holders, [&device](const auto& holder) { return holder.second.contains(device.index); });
    });
}

void Tunnels::examine(const ProcessId& process)
{
    for (const QByteArray& name : m_holdingsOf(process)) {
        const auto device = std::ranges::find(m_devices, name, &Device::name);
        if (device != m_devices.end())
            m_holders[process].insert(device->index);
    }
}

void Tunnels::mark(Snapshot& snapshot, const ProcessId& process, const Held& held)
{
    ConversationInterfaces interfaces(snapshot);
    for (Flow& flow : flowsOf(snapshot.flows, process))
        if (mayCarry(snapshot, flow) && !held.contains(interfaces.of(flow)))
            flow.scope = Scope::Tunnel;
}

void Tunnels::markKernels(Snapshot& snapshot) const
{
    for (Flow& flow : flowsOf(snapshot.flows, ProcessId())) {
        const bool wraps = std::ranges::find(wrappingProtocols, flow.key.protocol) != wrappingProtocols.end()
            || (flow.key.protocol == IPPROTO_UDP && m_kernelWrapsInUdp);
        if (wraps && flow.key.measure == Measure::Wire && mayCarry(snapshot, flow))
            flow.scope = Scope::Tunnel;
    }
}

} // namespace bwt
