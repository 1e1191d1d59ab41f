/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* Counting one packet, for whoever owns its socket: IP bytes and IP packets as they are on the wire, where what the
 * kernel handles as one may be many. Packets come at any moment, on top of any other program: nothing here is done in
 * two steps that another packet mustn't come between. */
#ifndef BWT_WIRE_BPF_H
#define BWT_WIRE_BPF_H

#include "owner.bpf.h"

#include <bpf/bpf_endian.h>

#define IPPROTO_HOPOPTS 0
#define IPPROTO_ROUTING 43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_DSTOPTS 60

#define MOST_EXTENSIONS 6 /* of an IPv6 header: one more than there are kinds that packets on their way have */

#define UDP_HEADER_BYTES 8
#define SCTP_HEADER_BYTES 12
#define TCP_OFFSET_BYTE 12 /* its upper half is the header's length in words */

#define GSO_BY_FRAGS 0xffff /* SCTP's: segments are of any size, and their number is known */

struct ip4_header {
	__u8 words : 4;
	__u8 version : 4;
	__u8 tos;
	__be16 length;
	__be16 id;
	__be16 fragment;
	__u8 ttl;
	__u8 protocol;
	__be16 checksum;
	__be32 source;
	__be32 destination;
};

struct ip6_header {
	__u8 version_class_label[4];
	__be16 length;
	__u8 next;
	__u8 hops;
	__u8 source[16];
	__u8 destination[16];
};

/* A packet's addresses as they are seen from the host, and how long its headers are. */
struct bwt_packet {
	__u8 remote[16];
	__u16 remote_port;
	__u16 local_port;
	__u32 headers; /* IP's and, where it is to be cut, the transport's */
	__u32 protocol; /* the transport's */
};

/* The key's counter, begun if it isn't there; NULL when the map has no room. Whoever owns the socket was described
 * when that became known. */
static __always_inline struct bwt_flow_value *find_wire_counter(enum bwt_flow_map slot,
								const struct bwt_flow_key *key)
{
	void *map = flow_map(slot);
	struct bwt_flow_value *counter = map ? bpf_map_lookup_elem(map, key) : NULL;
	struct bwt_flow_value fresh = {};

	if (!map || counter)
		return counter;
	bpf_map_update_elem(map, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

/* Adds to the counter of a key that is filled in; its measure is not BWT_PROGRAM. From any context. */
static __always_inline void add_to_wire(struct bwt_flow_key *key, __u64 bytes, __u64 packets)
{
	struct bwt_flow_value *counter = find_wire_counter(BWT_WIRES, key);

	if (!counter) {
		add_health(BWT_HEALTH_WIRE_COARSE, packets);
		__builtin_memset(key->remote, 0, sizeof(key->remote));
		key->service = 0;
		counter = find_wire_counter(BWT_COARSE_WIRES, key);
	}
	if (counter)
		grow(counter, bytes, packets);
	else
		add_health(key->direction == BWT_TX ? BWT_HEALTH_LOST_WIRE_TX_BYTES : BWT_HEALTH_LOST_WIRE_RX_BYTES,
			   bytes);
}

static __always_inline __u32 transport_header(const struct __sk_buff *skb, __u8 protocol, __u32 offset)
{
	__u8 length = 0;

	switch (protocol) {
	case IPPROTO_TCP:
		bpf_skb_load_bytes(skb, offset + TCP_OFFSET_BYTE, &length, sizeof(length));
		return (length >> 4) * 4;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return UDP_HEADER_BYTES;
	case IPPROTO_SCTP:
		return SCTP_HEADER_BYTES;
	default:
		return 0;
	}
}

static __always_inline void read_transport(const struct __sk_buff *skb, enum bwt_direction direction, __u8 protocol,
					   __u32 offset, struct bwt_packet *packet)
{
	__be16 ports[2] = {};

	if (has_ports(0, protocol))
		bpf_skb_load_bytes(skb, offset, ports, sizeof(ports));
	packet->remote_port = bpf_ntohs(direction == BWT_TX ? ports[1] : ports[0]);
	packet->local_port = bpf_ntohs(direction == BWT_TX ? ports[0] : ports[1]);
	packet->protocol = protocol;
	packet->headers = offset;
	if (skb->gso_size)
		packet->headers += transport_header(skb, protocol, offset);
}

static __always_inline void read_packet4(const struct __sk_buff *skb, enum bwt_direction direction,
					 struct bwt_packet *packet)
{
	struct ip4_header ip;
	__be32 remote;

	if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)))
		return;
	remote = direction == BWT_TX ? ip.destination : ip.source;
	packet->remote[10] = 0xff;
	packet->remote[11] = 0xff;
	__builtin_memcpy(packet->remote + 12, &remote, sizeof(remote));
	read_transport(skb, direction, ip.protocol, ip.words * 4, packet);
}

/* Steps over the headers between IPv6's own and the transport's. Returns the transport's protocol. */
static __always_inline __u8 skip_extensions(const struct __sk_buff *skb, __u8 protocol, __u32 *offset)
{
	__u8 extension[2]; /* next, and length in units of 8 without the first */

#pragma clang loop unroll(full)
	for (int i = 0; i < MOST_EXTENSIONS; ++i) {
		if (protocol != IPPROTO_HOPOPTS && protocol != IPPROTO_ROUTING && protocol != IPPROTO_FRAGMENT &&
		    protocol != IPPROTO_DSTOPTS)
			break;
		if (bpf_skb_load_bytes(skb, *offset, extension, sizeof(extension)))
			break;
		*offset += protocol == IPPROTO_FRAGMENT ? 8 : (extension[1] + 1) * 8;
		protocol = extension[0];
	}
	return protocol;
}

static __always_inline void read_packet6(const struct __sk_buff *skb, enum bwt_direction direction,
					 struct bwt_packet *packet)
{
	struct ip6_header ip;
	__u32 offset = sizeof(ip);
	__u8 protocol;

	if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)))
		return;
	__builtin_memcpy(packet->remote, direction == BWT_TX ? ip.destination : ip.source, sizeof(packet->remote));
	protocol = skip_extensions(skb, ip.next, &offset);
	read_transport(skb, direction, protocol, offset, packet);
}

/* How many packets the wire has of one that is told to be of several. Some drivers tell only how large each is. */
static __always_inline __u32 segments_of(__u32 length, __u32 headers, __u32 size, __u32 count)
{
	if (count)
		return count;
	if (size == GSO_BY_FRAGS || length <= headers)
		return 1;
	return (length - headers + size - 1) / size;
}

static __always_inline __u32 segments(const struct __sk_buff *skb, __u32 headers)
{
	return skb->gso_size ? segments_of(skb->len, headers, skb->gso_size, skb->gso_segs) : 1;
}

/* Whether a call of the current task's sends the packet, and no interrupt that came over it. While a call has locked
 * a connection, nothing else sends for it; but for those that are only asked for, which no lock guards. Datagrams are
 * sent by their call, unless the kernel has wrapped them in others. */
static __always_inline int is_sent_by_call(struct bpf_sock *given, const struct sock *sk,
					   const struct bwt_packet *packet)
{
	if (given->state == TCP_LISTEN)
		return 0;
	if (!is_datagram(given->protocol))
		return BPF_CORE_READ(sk, sk_lock.owned) != 0;
	if (has_ports(given->type, given->protocol))
		return packet->local_port == given->src_port;
	return packet->protocol == given->protocol;
}

static __always_inline void fill_in(struct bwt_flow_key *key, const struct bwt_owner *owner)
{
	key->start_ns = owner->start_ns;
	key->tgid = owner->tgid;
	key->netns = owner->netns;
}

/* The first call of a new owner is known by its packets before it returns. */
static __always_inline void take_over(struct bwt_flow_key *key, const struct sock *sk)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();
	struct bwt_process_key process;
	struct bwt_owner owner;

	if ((__u32)BPF_CORE_READ(task, tgid) == key->tgid)
		return;
	process = process_of(task);
	if (!process.tgid)
		return;
	owner = make_owner(&process, key->netns);
	set_owner(sk, &owner);
	fill_in(key, &owner);
}

/* What of ICMP and its like a program is given are copies of what the kernel answers. */
static __always_inline int is_answered_by_kernel(__u16 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6 || protocol == IPPROTO_IGMP;
}

/* Whether others may have been given the same packet: what comes for everyone, for the kernel itself, or for another
 * socket, which a raw one listens in on. */
static __always_inline int is_copy(const struct __sk_buff *skb, const struct bpf_sock *sk)
{
	return skb->pkt_type != PACKET_HOST || is_answered_by_kernel(sk->protocol) ||
	       (sk->type == SOCK_RAW && has_ports(0, sk->protocol));
}

/* Fills in whose the packet is. Returns 0 where that should be known, and is not. */
static __always_inline int describe_owner(struct bwt_flow_key *key, struct bpf_sock *given,
					  const struct bwt_packet *packet)
{
	const struct sock *sk = address_of(given);
	const struct sock *mptcp = mptcp_of(given, sk);
	const struct bwt_owner *owner = owner_of(given, sk, mptcp);

	key->protocol = mptcp ? IPPROTO_MPTCP : given->protocol;
	if (owner) {
		fill_in(key, owner);
	} else {
		key->netns = network_namespace(sk);
		if (!mptcp && is_kernels(sk))
			return 1;
	}
	if (key->direction == BWT_TX && is_sent_by_call(given, sk, packet))
		take_over(key, sk);
	return owner || key->tgid;
}

static __always_inline void count_packet(struct __sk_buff *skb, enum bwt_direction direction)
{
	struct bwt_flow_key key = {.measure = BWT_WIRE, .direction = direction};
	struct bwt_packet packet = {};
	struct bpf_sock *sk = skb->sk;
	int is_known;
	__u32 count;

	if (!is_on(BWT_SWITCH_WIRE) || !sk)
		return;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		read_packet4(skb, direction, &packet);
	else
		read_packet6(skb, direction, &packet);
	is_known = describe_owner(&key, sk, &packet);
	__builtin_memcpy(key.remote, packet.remote, sizeof(key.remote));
	if (has_ports(sk->type, key.protocol))
		key.service = service_port(packet.remote_port, packet.local_port);
	key.copied = direction == BWT_RX && is_copy(skb, sk);
	key.ifindex = skb->ifindex ? skb->ifindex : skb->ingress_ifindex;
	count = segments(skb, packet.headers);
	if (!is_known)
		add_health(BWT_HEALTH_UNKNOWN_OWNER, count);
	add_to_wire(&key, skb->len + (count - 1) * (__u64)packet.headers, count);
}

#endif
