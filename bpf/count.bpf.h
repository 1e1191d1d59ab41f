/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* Counting one call, alike in every backend. What is counted is what the call returned. */
#ifndef BWT_COUNT_BPF_H
#define BWT_COUNT_BPF_H

#include "owner.bpf.h"
#include "peer.bpf.h"
#include "process.bpf.h"
#include "socket.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

static __always_inline void read_remote4(const struct sock *sk, __u8 *remote)
{
	__be32 address = BPF_CORE_READ(sk, __sk_common.skc_daddr);

	if (!address)
		return;
	remote[10] = 0xff;
	remote[11] = 0xff;
	__builtin_memcpy(remote + 12, &address, sizeof(address));
}

static __always_inline void read_remote6(const struct sock *sk, __u8 *remote)
{
	if (bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) /* CONFIG_IPV6 */
		bpf_core_read(remote, 16, &sk->__sk_common.skc_v6_daddr);
}

/* Fills in the socket's half of a zeroed key. Returns 0 for families that we don't count. */
static __always_inline int describe_socket(struct bwt_flow_key *key, const struct sock *sk)
{
	switch (BPF_CORE_READ(sk, __sk_common.skc_family)) {
	case AF_INET:
		read_remote4(sk, key->remote);
		break;
	case AF_INET6:
		read_remote6(sk, key->remote);
		break;
	case AF_PACKET:
		if (key->direction != BWT_TX) /* a copy of what others receive, not traffic */
			return 0;
		key->protocol = BWT_PROTOCOL_PACKET;
		key->netns = network_namespace(sk);
		return 1;
	default:
		return 0;
	}
	key->protocol = BPF_CORE_READ(sk, sk_protocol);
	if (has_ports(BPF_CORE_READ(sk, sk_type), key->protocol))
		key->service = service_port(bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport)), local_port(sk));
	key->netns = network_namespace(sk);
	return 1;
}

/* Fills in the other side, where the call has one that isn't the socket's. */
static __always_inline void describe_call(struct bwt_flow_key *key, const struct sock *sk)
{
	struct bwt_peer *peer;

	if (!is_datagram(key->protocol))
		return;
	peer = peer_of_call(sk, key->direction);
	if (!peer)
		return;
	__builtin_memcpy(key->remote, peer->address, sizeof(key->remote));
	if (has_ports(BPF_CORE_READ(sk, sk_type), key->protocol))
		key->service = service_port(peer->port, local_port(sk));
}

/* The key's counter, begun if it isn't there; NULL when the map has no room. */
static __always_inline struct bwt_flow_value *find_counter(enum bwt_flow_map slot, const struct bwt_flow_key *key)
{
	void *map = flow_map(slot);
	struct bwt_flow_value *counter = map ? bpf_map_lookup_elem(map, key) : NULL;
	struct bwt_process_key process = {.start_ns = key->start_ns, .tgid = key->tgid};
	struct bwt_flow_value fresh = {};

	if (!map || counter)
		return counter;
	describe_process(&process);
	read_leader_name(fresh.name);
	/* Looked up again, so that whoever loses the race to insert adds to the winner's counter. */
	bpf_map_update_elem(map, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

static __always_inline struct bwt_flow_value *find_coarse_counter(struct bwt_flow_key *key)
{
	add_health(BWT_HEALTH_FLOW_COARSE, 1);
	__builtin_memset(key->remote, 0, sizeof(key->remote));
	key->service = 0;
	return find_counter(BWT_COARSE, key);
}

/* Adds to the counter of a key that is filled in. */
static __always_inline void add_to_flow(struct bwt_flow_key *key, __u64 bytes, __u64 calls)
{
	struct bwt_flow_value *counter = find_counter(BWT_FLOWS, key);

	if (!counter)
		counter = find_coarse_counter(key);
	if (!counter) {
		add_health(key->direction == BWT_TX ? BWT_HEALTH_LOST_TX_BYTES : BWT_HEALTH_LOST_RX_BYTES, bytes);
		return;
	}
	grow(counter, bytes, calls);
}

/* The current process moved `bytes`, more than none, through `sk`. */
static __always_inline void count(const struct sock *sk, enum bwt_direction direction, __u64 bytes, __u64 calls)
{
	struct bwt_flow_key key = {.direction = direction};
	struct bwt_process_key process;

	if (!describe_socket(&key, sk)) /* first, since a desktop's local sockets are the busiest */
		return;
	describe_call(&key, sk);
	process = current_process();
	key.start_ns = process.start_ns;
	key.tgid = process.tgid;
	if (key.protocol != BWT_PROTOCOL_PACKET) /* whose packets don't pass where they are counted */
		note_owner((__u64)sk, key.start_ns, key.tgid, key.netns);
	add_to_flow(&key, bytes, calls);
}

/* Nothing moves when a call fails or sends no bytes. An empty datagram can't be told from the end of a stream, so
 * neither counts as a call. */
static __always_inline void count_send(const struct sock *sk, long result)
{
	if (result > 0)
		count(sk, BWT_TX, result, 1);
	else
		forget_sent_peer();
}

/* Whether the call took what it returned: peeked bytes count when they are taken, and the error queue holds copies of
 * what was sent. */
static __always_inline int has_received(long result, int flags)
{
	return result > 0 && !(flags & (MSG_PEEK | MSG_ERRQUEUE));
}

#endif
