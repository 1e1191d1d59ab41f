// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1StringView>
#include <QString>

/// The closed list of what a backend can't see. The codes go over the bus and into `--check --json`; never reword
/// one. Append only.
namespace bwt::gap {

inline constexpr auto packetsAndWireBytes = QLatin1StringView("packets-and-wire-bytes");
inline constexpr auto udpUnconnectedRemote = QLatin1StringView("udp-unconnected-remote");
inline constexpr auto spliceRx = QLatin1StringView("splice-rx");
inline constexpr auto ktlsSpliceRx = QLatin1StringView("ktls-splice-rx");
inline constexpr auto tcpZerocopyRx = QLatin1StringView("tcp-zerocopy-rx");
inline constexpr auto sendpageTx = QLatin1StringView("sendpage-tx");
inline constexpr auto udpSendpageTx = QLatin1StringView("udp-sendpage-tx");
inline constexpr auto packetSockets = QLatin1StringView("packet-sockets");
inline constexpr auto kernelTunnels = QLatin1StringView("kernel-tunnels");
inline constexpr auto kernelBypass = QLatin1StringView("kernel-bypass");
inline constexpr auto noIpv6 = QLatin1StringView("no-ipv6");
inline constexpr auto ipv6RawRx = QLatin1StringView("ipv6-raw-rx");
inline constexpr auto callsBeforeAttach = QLatin1StringView("calls-before-attach");
inline constexpr auto preemption = QLatin1StringView("preemption");
inline constexpr auto processLifetime = QLatin1StringView("process-lifetime");
inline constexpr auto streamBegin = QLatin1StringView("stream-begin");
inline constexpr auto udpManySenders = QLatin1StringView("udp-many-senders");
inline constexpr auto rawSockets = QLatin1StringView("raw-sockets");
inline constexpr auto ktls = QLatin1StringView("ktls");
inline constexpr auto mptcp = QLatin1StringView("mptcp");
inline constexpr auto sctp = QLatin1StringView("sctp");
inline constexpr auto sockmap = QLatin1StringView("sockmap");
inline constexpr auto otherProtocols = QLatin1StringView("other-protocols");
inline constexpr auto waitingCalls = QLatin1StringView("waiting-calls");
inline constexpr auto mptcpSpliceRx = QLatin1StringView("mptcp-splice-rx");
inline constexpr auto sctpManyRemotes = QLatin1StringView("sctp-many-remotes");
inline constexpr auto ipFragments = QLatin1StringView("ip-fragments");
inline constexpr auto packetsWithoutSocket = QLatin1StringView("packets-without-socket");
inline constexpr auto hostNames = QLatin1StringView("host-names");

/// What the code means, translated where there are translations; the code itself when it is not ours.
[[nodiscard]] QString text(const QString& code);

} // namespace bwt::gap
