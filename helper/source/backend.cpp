// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/backend.h"

#include "dbus/gaps.h"
#include "helper/source/kernelfacts.h"

#include <fexit.skel.h>
#include <kprobe.skel.h>
#include <tracepoint.skel.h>

#include <bpf/libbpf.h>

#include <QCryptographicHash>

#include <algorithm>

namespace bwt {

namespace {

template <auto open, auto destroy> Skeleton openSkeleton()
{
    auto* skeleton = open();
    const auto close = [](void* opened) { destroy(static_cast<decltype(skeleton)>(opened)); };
    return {{skeleton, close}, skeleton ? skeleton->obj : nullptr};
}

template <auto bytes> QByteArrayView file()
{
    std::size_t size = 0;
    const void* object = bytes(&size);
    return {static_cast<const char*>(object), qsizetype(size)};
}

std::vector<Hook> withLifetime(std::vector<Hook> counting)
{
    for (const char* section :
        {"tracepoint/sched/sched_process_exec", "tracepoint/task/task_rename", "tracepoint/sched/sched_process_exit"})
        counting.push_back({section, Hook::Role::Lifetime, gap::processLifetime});
    return counting;
}

/// What bpf/stream.bpf.h needs. Bases come after what counts from them, lest bytes taken in between count twice.
std::vector<Hook> withStreams(std::vector<Hook> counting)
{
    counting.insert(counting.end(),
        {
            {"tracepoint/tcp/tcp_rcv_space_adjust", Hook::Role::Extra, gap::spliceRx, gap::tcpZerocopyRx},
            {"raw_tp/tcp_destroy_sock", Hook::Role::Extra, gap::streamBegin},
            {"raw_tp/inet_sock_set_state", Hook::Role::Extra, gap::streamBegin},
            {"iter/task_file", Hook::Role::Extra, gap::streamBegin},
        });
    return counting;
}

/// What bpf/owner.bpf.h needs. Before the walk over what was there earlier, or a socket could be seen by neither.
std::vector<Hook> withOwners(std::vector<Hook> counting)
{
    for (const char* section : {"cgroup/sock_create", "cgroup/sock_release"})
        counting.push_back({section, Hook::Role::Extra, gap::packetsAndWireBytes});
    return counting;
}

/// What bpf/packet.bpf.h, bpf/peer.bpf.h and bpf/lookup.bpf.h need.
std::vector<Hook> withPackets(std::vector<Hook> counting)
{
    for (const char* section : {"cgroup/sendmsg4", "cgroup/sendmsg6", "cgroup/recvmsg4", "cgroup/recvmsg6"})
        counting.push_back({section, Hook::Role::Extra, gap::udpUnconnectedRemote});
    for (const char* section : {"cgroup_skb/ingress", "cgroup_skb/egress"})
        counting.push_back({section, Hook::Role::Extra, gap::udpUnconnectedRemote, gap::packetsAndWireBytes, nullptr,
            gap::hostNames});
    return counting;
}

/// What bpf/books.bpf.h needs.
std::vector<Hook> withBooks(std::vector<Hook> counting)
{
    for (const char* section : {"raw_tp/net_dev_start_xmit", "raw_tp/netif_receive_skb"})
        counting.push_back({section, Hook::Role::Extra, gap::packetsWithoutSocket});
    return counting;
}

Backend tracepoint()
{
    return {
        QLatin1StringView("tracepoint"),
        openSkeleton<tracepoint_bpf__open, tracepoint_bpf__destroy>,
        file<tracepoint_bpf__elf_bytes>,
        withLifetime(withBooks(withPackets(withStreams(withOwners({
            {"tracepoint/sock/sock_send_length", Hook::Role::Vital, {}},
            {"tracepoint/sock/sock_recv_length", Hook::Role::Vital, {}},
        }))))),
        {gap::udpManySenders, gap::sctpManyRemotes, gap::ktlsSpliceRx, gap::kernelTunnels, gap::kernelBypass},
    };
}

Backend fexit()
{
    return {
        QLatin1StringView("fexit"),
        openSkeleton<fexit_bpf__open, fexit_bpf__destroy>,
        file<fexit_bpf__elf_bytes>,
        withLifetime(withBooks(withPackets(withStreams(withOwners({
            {"fexit/inet_sendmsg", Hook::Role::Vital, {}},
            {"fexit/inet_recvmsg", Hook::Role::Vital, {}},
            {"fexit/inet6_sendmsg", Hook::Role::Extra, gap::noIpv6},
            {"fexit/inet6_recvmsg", Hook::Role::Extra, gap::noIpv6},
            {"fexit/sock_common_recvmsg", Hook::Role::Extra, gap::ipv6RawRx},
            {"fexit/packet_sendmsg", Hook::Role::Extra, gap::packetSockets},
            {"fexit/inet_sendpage", Hook::Role::Historic, gap::sendpageTx},
        }))))),
        {gap::udpManySenders, gap::sctpManyRemotes, gap::ktlsSpliceRx, gap::kernelTunnels, gap::kernelBypass,
            gap::callsBeforeAttach},
    };
}

kprobe_bpf* openKprobe()
{
    auto* skeleton = kprobe_bpf__open();
    if (skeleton)
        skeleton->rodata->recvmsg_arguments = KernelFunctions().argumentsOf("tcp_recvmsg");
    return skeleton;
}

/// One function's probes: the end's before the beginning's, so that no beginning is kept whose end goes unseen.
struct Probes {
    const char* end = nullptr;
    const char* beginning = nullptr;
    Hook::Role role = Hook::Role::Vital;
    QLatin1StringView gap{};
    const char* module = nullptr;
};
#define BWT_PROBES(function) "kretprobe/" function, "kprobe/" function

Backend kprobe()
{
    std::vector<Hook> hooks;
    for (const Probes& probes : {
             Probes{BWT_PROBES("tcp_sendmsg")},
             Probes{BWT_PROBES("tcp_recvmsg")},
             Probes{BWT_PROBES("udp_sendmsg")},
             Probes{BWT_PROBES("udp_recvmsg")},
             Probes{BWT_PROBES("udpv6_sendmsg"), Hook::Role::Extra, gap::noIpv6},
             Probes{BWT_PROBES("udpv6_recvmsg"), Hook::Role::Extra, gap::noIpv6},
             Probes{BWT_PROBES("raw_sendmsg"), Hook::Role::Extra, gap::rawSockets},
             Probes{BWT_PROBES("raw_recvmsg"), Hook::Role::Extra, gap::rawSockets},
             Probes{BWT_PROBES("rawv6_sendmsg"), Hook::Role::Extra, gap::rawSockets},
             Probes{BWT_PROBES("rawv6_recvmsg"), Hook::Role::Extra, gap::rawSockets},
             Probes{BWT_PROBES("ping_v4_sendmsg"), Hook::Role::Extra, gap::rawSockets},
             Probes{BWT_PROBES("ping_v6_sendmsg"), Hook::Role::Extra, gap::rawSockets},
             Probes{BWT_PROBES("ping_recvmsg"), Hook::Role::Extra, gap::rawSockets},
             Probes{BWT_PROBES("packet_sendmsg"), Hook::Role::Extra, gap::packetSockets},
             Probes{BWT_PROBES("tcp_sendpage"), Hook::Role::Historic, gap::sendpageTx},
             Probes{BWT_PROBES("udp_sendpage"), Hook::Role::Historic, gap::udpSendpageTx},
             Probes{BWT_PROBES("mptcp_sendmsg"), Hook::Role::Historic, gap::mptcp},
             Probes{BWT_PROBES("mptcp_recvmsg"), Hook::Role::Historic, gap::mptcp},
             Probes{BWT_PROBES("sctp_sendmsg"), Hook::Role::Historic, gap::sctp, "sctp"},
             Probes{BWT_PROBES("sctp_recvmsg"), Hook::Role::Historic, gap::sctp, "sctp"},
             Probes{BWT_PROBES("tls_sw_sendmsg"), Hook::Role::Historic, gap::ktls, "tls"},
             Probes{BWT_PROBES("tls_sw_sendpage"), Hook::Role::Historic, gap::ktls, "tls"},
             Probes{BWT_PROBES("tls_sw_recvmsg"), Hook::Role::Historic, gap::ktls, "tls"},
             Probes{BWT_PROBES("tls_sw_splice_read"), Hook::Role::Historic, gap::ktlsSpliceRx, "tls"},
             Probes{BWT_PROBES("tls_device_sendmsg"), Hook::Role::Historic, {}, "tls"}, // not in every such module
             Probes{BWT_PROBES("tls_device_sendpage"), Hook::Role::Historic, {}, "tls"},
             Probes{BWT_PROBES("tcp_bpf_sendmsg"), Hook::Role::Historic, gap::sockmap},
             Probes{BWT_PROBES("tcp_bpf_sendpage"), Hook::Role::Historic, gap::sockmap},
             Probes{BWT_PROBES("tcp_bpf_recvmsg"), Hook::Role::Historic, gap::sockmap},
             Probes{BWT_PROBES("tcp_bpf_recvmsg_parser"), Hook::Role::Historic, gap::sockmap},
             Probes{BWT_PROBES("udp_bpf_recvmsg"), Hook::Role::Historic, gap::sockmap},
         })
        for (const char* section : {probes.end, probes.beginning})
            hooks.push_back({section, probes.role, probes.gap, {}, probes.module});
    return {
        QLatin1StringView("kprobe"),
        openSkeleton<openKprobe, kprobe_bpf__destroy>,
        file<kprobe_bpf__elf_bytes>,
        withLifetime(withBooks(withPackets(withStreams(withOwners(std::move(hooks)))))),
        {gap::udpManySenders, gap::sctpManyRemotes, gap::otherProtocols, gap::kernelTunnels, gap::kernelBypass,
            gap::callsBeforeAttach, gap::waitingCalls},
    };
}

bool isMissed(const Hook& hook, const HookReport& report)
{
    return report.state == HookState::Refused
        || (report.state == HookState::Absent && hook.role != Hook::Role::Historic);
}

/// Gaps that depend on more than one hook's fate.
std::vector<QLatin1StringView> gapsOfThisKernel(const Backend& backend)
{
    const KernelFunctions functions;
    const bool hasSendpage = functions.contains("inet_sendpage");
    std::vector<QLatin1StringView> gaps;
    if (functions.contains("mptcp_splice_read")) // before it, splice() took from MPTCP by recvmsg
        gaps.push_back(gap::mptcpSpliceRx);
    if (backend.name == QLatin1StringView("tracepoint")) {
        if (hasSendpage)
            gaps.push_back(gap::sendpageTx);
        return gaps;
    }
    if (functions.isKnown() && !functions.contains("skb_send_sock")) // which passes on by sendmsg
        gaps.push_back(gap::sockmap);
    if (backend.name == QLatin1StringView("kprobe")) // runs with preemption off, and knows both sendpage functions
        return gaps;
    if (hasSendpage)
        gaps.push_back(gap::udpSendpageTx);
    if (kernelPreempts())
        gaps.push_back(gap::preemption);
    return gaps;
}

} // namespace

const std::vector<Backend>& backends()
{
    static const std::vector<Backend> all{tracepoint(), fexit(), kprobe()};
    return all;
}

QByteArray digestOf(const Backend& backend)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(backend.file());
    const Skeleton skeleton = backend.open();
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, skeleton.object)
    {
        std::size_t size = 0;
        if (const void* values = bpf_map__initial_value(map, &size))
            hash.addData(QByteArrayView(static_cast<const char*>(values), qsizetype(size)));
    }
    return hash.result().toHex();
}

QStringList gapsOf(const Backend& backend, const QList<HookReport>& hooks, WireCounting wire)
{
    QStringList gaps;
    const auto add = [&gaps](QLatin1StringView code) {
        if (!code.isEmpty() && !gaps.contains(code))
            gaps.append(code);
    };
    std::ranges::for_each(backend.gaps, add);
    std::ranges::for_each(gapsOfThisKernel(backend), add);
    if (wire == WireCounting::Off)
        add(gap::packetsAndWireBytes);
    for (qsizetype i = 0; i < hooks.size(); ++i)
        if (isMissed(backend.hooks[i], hooks[i])) {
            add(backend.hooks[i].gap);
            add(backend.hooks[i].secondGap);
            add(backend.hooks[i].thirdGap);
        }
    if (!gaps.contains(gap::packetsAndWireBytes))
        add(gap::ipFragments);
    return gaps;
}

} // namespace bwt
