// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/networks.h"

#include "helper/collector/naming.h"

#include <algorithm>

namespace bwt {

void Networks::takeInterfaces(const Interfaces& interfaces)
{
    for (auto& [index, known] : m_interfaces)
        known.isThere = false;
    for (const Interface& interface : interfaces.list)
        m_interfaces[interface.index] = {printable(interface.name), true};
    auto gone = static_cast<std::size_t>(
        std::ranges::count_if(m_interfaces, [](const auto& entry) { return !entry.second.isThere; }));
    for (auto entry = m_interfaces.begin(); gone > mostGone;) {
        if (entry->second.isThere) {
            ++entry;
            continue;
        }
        entry = m_interfaces.erase(entry);
        --gone;
    }
}

void Networks::setConnections(const NetworkList& connections)
{
    m_connections.emplace();
    for (const Network& connection : connections)
        m_connections->emplace(connection.interface, connection.name);
}

std::vector<NetworkName> Networks::names() const
{
    std::vector<NetworkName> names;
    names.reserve(m_interfaces.size());
    for (const auto& [index, known] : m_interfaces) {
        const QString connection = connectionOf(known.name);
        names.push_back({index, connection.isNull() ? known.name : connection});
    }
    return names;
}

QString Networks::connectionOf(const QString& interface) const
{
    if (!m_connections)
        return {};
    const auto found = m_connections->find(interface);
    return found == m_connections->end() ? QString() : found->second;
}

QString networkName(const Snapshot& snapshot, std::uint32_t ifindex)
{
    const auto found = std::ranges::lower_bound(snapshot.networks, ifindex, {}, &NetworkName::index);
    return found != snapshot.networks.end() && found->index == ifindex ? found->name : QString();
}

bool areOfOneConversation(const FlowKey& one, const FlowKey& other)
{
    return one.process() == other.process() && one.netns == other.netns && one.remote == other.remote
        && one.protocol == other.protocol && one.service == other.service;
}

std::uint32_t ConversationInterfaces::of(const Flow& flow)
{
    if (flow.key.netns != m_snapshot.netns)
        return 0;
    if (flow.key.measure != Measure::Program)
        return flow.key.ifindex;
    if (m_first != nullptr && areOfOneConversation(m_first->key, flow.key))
        return m_interface;
    m_first = &flow;
    m_interface = 0;
    std::uint64_t most = 0;
    const Flow* const end = m_snapshot.flows.data() + m_snapshot.flows.size();
    // Programs' bytes come before packets in each direction, and the first flow of a conversation may be of packets.
    const Flow* begin = &flow;
    while (begin != m_snapshot.flows.data() && areOfOneConversation(std::prev(begin)->key, flow.key))
        --begin;
    for (const Flow* other = begin; other != end && areOfOneConversation(other->key, flow.key); ++other) {
        if (other->key.measure != Measure::Wire || other->bytes <= most)
            continue;
        most = other->bytes;
        m_interface = other->key.ifindex;
    }
    return m_interface;
}

} // namespace bwt
