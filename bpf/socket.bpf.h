/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* What a socket is, as far as a counter's key tells it. */
#ifndef BWT_SOCKET_BPF_H
#define BWT_SOCKET_BPF_H

#include "kernel.h"
#include "traffic.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define WELL_KNOWN_PORTS 1024

#define PASS 1 /* the only answer that hooks of control groups may give */

/* Raw sockets keep their protocol, and ping sockets their identifier, where others have the local port. */
static __always_inline int has_ports(__u32 type, __u32 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_DCCP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
	case IPPROTO_MPTCP:
		return type != SOCK_RAW;
	default:
		return 0;
	}
}

static __always_inline __u16 local_port(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_num);
}

static __always_inline __u16 service_port(__u16 remote, __u16 local)
{
	if (remote && remote < WELL_KNOWN_PORTS)
		return remote;
	return local < WELL_KNOWN_PORTS ? local : 0;
}

static __always_inline __u32 network_namespace(const struct sock *sk)
{
	if (bpf_core_field_exists(sk->__sk_common.skc_net.net)) /* CONFIG_NET_NS */
		return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	return 0;
}

/* Sockets of these protocols can talk to many. */
static __always_inline int is_datagram(__u32 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_MPTCP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case BWT_PROTOCOL_PACKET:
		return 0;
	default:
		return 1;
	}
}

/* The socket that a hook of a control group is given, as a plain address: the verifier lets those be keys, and be
 * read from as everywhere else. */
static __always_inline const struct sock *address_of(const struct bpf_sock *given)
{
	const struct sock *sk = NULL;

	bpf_probe_read_kernel(&sk, sizeof(sk), &given);
	return sk;
}

#endif
