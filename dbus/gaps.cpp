// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/gaps.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace bwt::gap {

namespace {

struct Wording {
    QLatin1StringView code;
    const char* text;
};

constexpr std::array wordings{
    Wording{packetsAndWireBytes,
        QT_TRANSLATE_NOOP("bwt::gap", "packets, headers and retransmissions: bytes are counted at the socket alone")},
    Wording{ipFragments,
        QT_TRANSLATE_NOOP("bwt::gap",
            "what the network takes in several pieces, since it is too large: it counts as one packet on the wire")},
    Wording{udpUnconnectedRemote,
        QT_TRANSLATE_NOOP(
            "bwt::gap", "the remote address of datagrams on unconnected sockets; their bytes are counted")},
    Wording{spliceRx, QT_TRANSLATE_NOOP("bwt::gap", "bytes that splice() takes straight out of a TCP socket")},
    Wording{ktlsSpliceRx,
        QT_TRANSLATE_NOOP("bwt::gap", "bytes that splice() takes out of a socket whose TLS is the kernel's (kTLS)")},
    Wording{tcpZerocopyRx,
        QT_TRANSLATE_NOOP("bwt::gap", "bytes received into mapped pages (TCP_ZEROCOPY_RECEIVE, io_uring's RECV_ZC)")},
    Wording{sendpageTx, QT_TRANSLATE_NOOP("bwt::gap", "bytes that sendfile() and splice() send on this kernel")},
    Wording{udpSendpageTx,
        QT_TRANSLATE_NOOP("bwt::gap", "bytes that sendfile() and splice() send by UDP on this kernel")},
    Wording{packetSockets, QT_TRANSLATE_NOOP("bwt::gap", "what is sent through packet sockets")},
    Wording{kernelTunnels,
        QT_TRANSLATE_NOOP(
            "bwt::gap", "what the kernel wraps for others (WireGuard, VXLAN); the wrapped traffic is counted")},
    Wording{kernelBypass,
        QT_TRANSLATE_NOOP("bwt::gap", "programs that drive the network card themselves (AF_XDP, DPDK)")},
    Wording{noIpv6, QT_TRANSLATE_NOOP("bwt::gap", "IPv6: this kernel's IPv6 functions can't be watched")},
    Wording{ipv6RawRx, QT_TRANSLATE_NOOP("bwt::gap", "what raw and ping sockets receive by IPv6")},
    Wording{callsBeforeAttach, QT_TRANSLATE_NOOP("bwt::gap", "calls that were waiting when counting began")},
    Wording{preemption,
        QT_TRANSLATE_NOOP(
            "bwt::gap", "calls made while the kernel preempted a counting program: see recursion misses")},
    Wording{processLifetime, QT_TRANSLATE_NOOP("bwt::gap", "changes of a process's name or executable, and its end")},
    Wording{streamBegin,
        QT_TRANSLATE_NOOP("bwt::gap",
            "what splice() or mapped pages take first out of a TCP socket that nothing was received by before")},
    Wording{udpManySenders,
        QT_TRANSLATE_NOOP("bwt::gap",
            "which of several senders a datagram came from, where the program doesn't ask; its bytes are counted")},
    Wording{rawSockets, QT_TRANSLATE_NOOP("bwt::gap", "what raw and ping sockets send and receive")},
    Wording{ktls, QT_TRANSLATE_NOOP("bwt::gap", "connections that the kernel itself encrypts (kTLS)")},
    Wording{mptcp, QT_TRANSLATE_NOOP("bwt::gap", "MPTCP")},
    Wording{sctp, QT_TRANSLATE_NOOP("bwt::gap", "SCTP")},
    Wording{sockmap,
        QT_TRANSLATE_NOOP("bwt::gap", "bytes that a BPF program passes on from one socket to another (sockmap)")},
    Wording{otherProtocols,
        QT_TRANSLATE_NOOP("bwt::gap", "protocols besides TCP, MPTCP, UDP, UDP-Lite, SCTP, ICMP and raw IP")},
    Wording{waitingCalls,
        QT_TRANSLATE_NOOP("bwt::gap", "more than 4,096 calls that wait at once: the others are counted as not seen")},
    Wording{mptcpSpliceRx, QT_TRANSLATE_NOOP("bwt::gap", "bytes that splice() takes out of an MPTCP socket")},
    Wording{sctpManyRemotes,
        QT_TRANSLATE_NOOP("bwt::gap", "the remote addresses of one-to-many SCTP sockets; their bytes are counted")},
    Wording{packetsWithoutSocket,
        QT_TRANSLATE_NOOP(
            "bwt::gap", "packets that the kernel sends, answers or forwards itself: ARP, ICMP, routing")},
    Wording{hostNames, QT_TRANSLATE_NOOP("bwt::gap", "what name servers answer: addresses have no names")},
};

} // namespace

QString text(const QString& code)
{
    const auto* found = std::ranges::find(wordings, code, &Wording::code);
    return found == wordings.end() ? code : QCoreApplication::translate("bwt::gap", found->text);
}

} // namespace bwt::gap
