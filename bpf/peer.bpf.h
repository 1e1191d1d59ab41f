/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* Whom a socket without a peer of its own talks to: unconnected UDP, raw and ping sockets. Hooks of the cgroup root
 * see the addresses, and the event that counts the call looks here for them. They let everything pass, unaltered. */
#ifndef BWT_PEER_BPF_H
#define BWT_PEER_BPF_H

#include "maps.bpf.h"
#include "socket.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

struct bwt_peer {
	__u8 address[16]; /* as in bwt_flow_key */
	__u16 port; /* host order; 0 where there are no ports */
	__u16 is_known;
};

/* The addresses that the thread's newest calls gave or asked for. */
struct bwt_call_peers {
	__u64 sender; /* cookie of the socket that `sent` is about */
	__u64 receiver;
	struct bwt_peer sent;
	struct bwt_peer received;
	__u32 is_sending; /* the call has yet to return */
	__u32 is_receiving;
};

/* Of the newest packets that passed. */
struct bwt_socket_peers {
	struct bwt_peer sent; /* raw and ping sockets only */
	struct bwt_peer received;
};

/* Hints, not counters: what is evicted was not used for long, and costs an address, never a byte. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64); /* pid and tgid */
	__type(value, struct bwt_call_peers);
} call_peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64); /* cookie */
	__type(value, struct bwt_socket_peers);
} socket_peers SEC(".maps");

static __always_inline void set_address4(struct bwt_peer *peer, __be32 address)
{
	__builtin_memset(peer->address, 0, 10);
	peer->address[10] = 0xff;
	peer->address[11] = 0xff;
	__builtin_memcpy(peer->address + 12, &address, sizeof(address));
}

static __always_inline struct bwt_call_peers *known_call_peers(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&call_peers, &thread);
}

static __always_inline struct bwt_call_peers *current_call_peers(void)
{
	struct bwt_call_peers *peers = known_call_peers();
	struct bwt_call_peers fresh = {};
	__u64 thread;

	if (peers)
		return peers;
	thread = bpf_get_current_pid_tgid();
	bpf_map_update_elem(&call_peers, &thread, &fresh, BPF_NOEXIST);
	return known_call_peers();
}

static __always_inline struct bwt_socket_peers *peers_of_socket(__u64 cookie)
{
	struct bwt_socket_peers *peers = bpf_map_lookup_elem(&socket_peers, &cookie);
	struct bwt_socket_peers fresh = {};

	if (peers)
		return peers;
	bpf_map_update_elem(&socket_peers, &cookie, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&socket_peers, &cookie);
}

/* The calls' addresses. */

static __always_inline struct bwt_peer peer4(const struct bpf_sock_addr *ctx)
{
	struct bwt_peer peer = {.port = bpf_ntohs(ctx->user_port), .is_known = 1};

	set_address4(&peer, ctx->user_ip4);
	return peer;
}

static __always_inline struct bwt_peer peer6(const struct bpf_sock_addr *ctx)
{
	struct bwt_peer peer = {.port = bpf_ntohs(ctx->user_port), .is_known = 1};
	__u32 words[4] = {ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]};

	__builtin_memcpy(peer.address, words, sizeof(words));
	return peer;
}

static __always_inline void note_sent(struct bpf_sock_addr *ctx, struct bwt_peer peer)
{
	struct bwt_call_peers *call = current_call_peers();

	if (!call)
		return;
	call->sender = bpf_get_socket_cookie(ctx);
	call->sent = peer;
	call->is_sending = 1;
}

static __always_inline void note_received(struct bpf_sock_addr *ctx, struct bwt_peer peer)
{
	struct bpf_sock *sk = ctx->sk;
	struct bwt_call_peers *call;

	if (!sk || sk->state == TCP_ESTABLISHED)
		return;
	call = current_call_peers();
	if (!call)
		return;
	call->receiver = bpf_get_socket_cookie(ctx);
	call->received = peer;
	call->is_receiving = 1;
}

SEC("cgroup/sendmsg4")
int on_sendmsg4(struct bpf_sock_addr *ctx)
{
	note_sent(ctx, peer4(ctx));
	return PASS;
}

SEC("cgroup/sendmsg6")
int on_sendmsg6(struct bpf_sock_addr *ctx)
{
	note_sent(ctx, peer6(ctx));
	return PASS;
}

SEC("cgroup/recvmsg4")
int on_recvmsg4(struct bpf_sock_addr *ctx)
{
	note_received(ctx, peer4(ctx));
	return PASS;
}

SEC("cgroup/recvmsg6")
int on_recvmsg6(struct bpf_sock_addr *ctx)
{
	note_received(ctx, peer6(ctx));
	return PASS;
}

/* The packets' addresses. */

#define IP_SOURCE 12
#define IP_DESTINATION 16
#define IP6_NEXT_HEADER 6
#define IP6_SOURCE 8
#define IP6_DESTINATION 24
#define IP6_HEADER_BYTES 40

/* The first of a packet's UDP ports, its source. 0 behind extension headers. */
static __always_inline __u16 source_port(const struct __sk_buff *skb)
{
	__u8 first = 0;
	__u8 next = 0;
	__be16 port = 0;
	__u32 offset = IP6_HEADER_BYTES;

	bpf_skb_load_bytes(skb, 0, &first, sizeof(first));
	if (first >> 4 == 4)
		offset = (first & 0xf) * 4;
	else if (bpf_skb_load_bytes(skb, IP6_NEXT_HEADER, &next, sizeof(next)) || next != IPPROTO_UDP)
		return 0;
	bpf_skb_load_bytes(skb, offset, &port, sizeof(port));
	return bpf_ntohs(port);
}

/* Whoever is at the packet's other end; those offsets are the address's in IPv4 and IPv6. */
static __always_inline void read_packet_peer(const struct __sk_buff *skb, __u32 offset4, __u32 offset6,
					     struct bwt_peer *peer)
{
	__be32 address = 0;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		if (bpf_skb_load_bytes(skb, offset4, &address, sizeof(address)))
			return;
		set_address4(peer, address);
	} else if (bpf_skb_load_bytes(skb, offset6, peer->address, sizeof(peer->address))) {
		return;
	}
	peer->is_known = 1;
}

static __always_inline int is_raw_or_ping(const struct bpf_sock *sk)
{
	return sk->type == SOCK_RAW || sk->protocol == IPPROTO_ICMP || sk->protocol == IPPROTO_ICMPV6;
}

static __always_inline int is_udp(const struct bpf_sock *sk)
{
	return sk->type != SOCK_RAW && (sk->protocol == IPPROTO_UDP || sk->protocol == IPPROTO_UDPLITE);
}

/* The packet's socket if it may have many peers, else NULL. */
static __always_inline struct bpf_sock *socket_of_many(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk || sk->state == TCP_ESTABLISHED)
		return NULL;
	sk = bpf_sk_fullsock(sk);
	return sk && (is_udp(sk) || is_raw_or_ping(sk)) ? sk : NULL;
}

static __always_inline void note_sender_of(struct __sk_buff *skb)
{
	struct bpf_sock *sk = socket_of_many(skb);
	struct bwt_socket_peers *peers = sk ? peers_of_socket(bpf_get_socket_cookie(skb)) : NULL;
	struct bwt_peer peer = {};

	if (!peers)
		return;
	read_packet_peer(skb, IP_SOURCE, IP6_SOURCE, &peer);
	if (is_udp(sk))
		peer.port = source_port(skb);
	peers->received = peer;
}

/* UDP's sends say themselves where to. */
static __always_inline void note_receiver_of(struct __sk_buff *skb)
{
	struct bpf_sock *sk = socket_of_many(skb);
	struct bwt_socket_peers *peers = sk && !is_udp(sk) ? peers_of_socket(bpf_get_socket_cookie(skb)) : NULL;
	struct bwt_peer peer = {};

	if (!peers)
		return;
	read_packet_peer(skb, IP_DESTINATION, IP6_DESTINATION, &peer);
	peers->sent = peer;
}

/* What the events that count ask. */

/* Whom the current thread sent to by `sk` in the call that returns now. An address given to this call counts for
 * connected sockets too; a call without one adds to a datagram that an earlier one began. */
static __always_inline struct bwt_peer *sent_peer(const struct sock *sk, int is_connected)
{
	__u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	struct bwt_call_peers *call = known_call_peers();
	struct bwt_socket_peers *packets;

	if (call && call->sender == cookie && (call->is_sending || !is_connected)) {
		call->is_sending = 0;
		return &call->sent;
	}
	if (is_connected)
		return NULL;
	packets = bpf_map_lookup_elem(&socket_peers, &cookie);
	return packets ? &packets->sent : NULL;
}

/* A call that failed sent nothing to the address that it was given. */
static __always_inline void forget_sent_peer(void)
{
	struct bwt_call_peers *call = known_call_peers();

	if (call)
		call->is_sending = 0;
}

/* Whom the current thread received from by `sk`, which isn't connected. A call that didn't ask gets the newest
 * sender. */
static __always_inline struct bwt_peer *received_peer(const struct sock *sk)
{
	__u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	struct bwt_call_peers *call = known_call_peers();
	struct bwt_socket_peers *packets;

	if (call && call->receiver == cookie && call->is_receiving) {
		call->is_receiving = 0;
		return &call->received;
	}
	packets = bpf_map_lookup_elem(&socket_peers, &cookie);
	return packets ? &packets->received : NULL;
}

/* The peer of the call that returns now, if it isn't the socket's own. */
static __always_inline struct bwt_peer *peer_of_call(const struct sock *sk, enum bwt_direction direction)
{
	int is_connected = BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_ESTABLISHED;
	struct bwt_peer *peer = NULL;

	if (direction == BWT_TX)
		peer = sent_peer(sk, is_connected);
	else if (!is_connected)
		peer = received_peer(sk);
	return peer && peer->is_known ? peer : NULL;
}

#endif
