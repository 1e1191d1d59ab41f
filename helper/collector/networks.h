// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/network.h"
#include "helper/collector/snapshot.h"

#include <map>
#include <optional>

namespace bwt {

/// What the interfaces' traffic is called: by the connection, or by the interface where there is none. Interfaces
/// that are gone keep their name for a while, since the last that they carried is told after their end.
class Networks {
public:
    /// The interfaces as they are now.
    void takeInterfaces(const Interfaces& interfaces);
    /// What they are connected to now.
    void setConnections(const NetworkList& connections);
    /// Whether that was ever said.
    [[nodiscard]] bool hasConnections() const { return m_connections.has_value(); }

    /// Ordered by index.
    [[nodiscard]] std::vector<NetworkName> names() const;
    /// The connection's name; null where there is none.
    [[nodiscard]] QString connectionOf(const QString& interface) const;

    /// So many interfaces that are gone are remembered.
    static constexpr std::size_t mostGone = 256;

private:
    struct Known {
        QString name;
        bool isThere = false;
    };

    std::map<std::uint32_t, Known> m_interfaces; ///< by index: newer ones have larger numbers
    std::optional<std::map<QString, QString>> m_connections; ///< by interface
};

/// Null where it is not known.
[[nodiscard]] QString networkName(const Snapshot& snapshot, std::uint32_t ifindex);

/// Two counters of one conversation, whatever they measure. They come one after the other.
[[nodiscard]] bool areOfOneConversation(const FlowKey& one, const FlowKey& other);

/// The interface that most of each conversation's packets have passed. To be asked in the flows' order.
class ConversationInterfaces {
public:
    explicit ConversationInterfaces(const Snapshot& snapshot)
        : m_snapshot(snapshot)
    {
    }

    /// 0 where no packet tells; packets tell their own.
    [[nodiscard]] std::uint32_t of(const Flow& flow);

private:
    const Snapshot& m_snapshot;
    const Flow* m_first = nullptr; ///< of the conversation that was asked about last
    std::uint32_t m_interface = 0;
};

} // namespace bwt
