// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/gaps.h"

#include <algorithm>
#include <array>

namespace bwt::gap {

namespace {

struct Wording {
    QLatin1StringView code;
    const char* text;
};

constexpr std::array wordings{
    Wording{packetsAndWireBytes, "packets, headers and retransmissions: bytes are counted at the socket alone"},
    Wording{udpUnconnectedRemote, "the remote address of datagrams on unconnected sockets; their bytes are counted"},
    Wording{spliceRx, "bytes that splice() takes straight out of a TCP socket"},
    Wording{ktlsSpliceRx, "bytes that splice() takes out of a TLS or MPTCP socket"},
    Wording{tcpZerocopyRx, "bytes received into mapped pages (TCP_ZEROCOPY_RECEIVE, io_uring's RECV_ZC)"},
    Wording{sendpageTx, "bytes that sendfile() and splice() send on this kernel"},
    Wording{udpSendpageTx, "bytes that sendfile() and splice() send by UDP on this kernel"},
    Wording{packetSockets, "what is sent through packet sockets"},
    Wording{kernelTunnels, "what the kernel wraps for others (WireGuard, VXLAN); the wrapped traffic is counted"},
    Wording{kernelBypass, "programs that drive the network card themselves (AF_XDP, DPDK)"},
    Wording{noIpv6, "IPv6: this kernel's IPv6 functions can't be watched"},
    Wording{ipv6RawRx, "what raw and ping sockets receive by IPv6"},
    Wording{callsBeforeAttach, "calls that were waiting when counting began"},
    Wording{preemption, "calls made while the kernel preempted a counting program: see recursion misses"},
    Wording{processLifetime, "changes of a process's name or executable, and its end"},
};

} // namespace

QString text(const QString& code)
{
    const auto* found = std::ranges::find(wordings, code, &Wording::code);
    return found == wordings.end() ? code : QString::fromLatin1(found->text);
}

} // namespace bwt::gap
