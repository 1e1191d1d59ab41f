/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* What interfaces carry that no socket sends or is given, so that their own counters can be told whole: what the
 * kernel sends and answers itself, what it passes on, and what comes for everyone.
 *
 * A packet that comes for everyone (broadcast, multicast) or for the kernel (ARP, ICMP, IGMP) is counted once, as the
 * kernel's, where it arrives: any number of sockets may be given copies, or none. Their counters say that they are
 * copies (wire.bpf.h). Any other is its socket's or, once it leaves again, forwarded; one that nobody wants is never
 * counted. What leaves and is a socket's was counted before it got here. */
#ifndef BWT_BOOKS_BPF_H
#define BWT_BOOKS_BPF_H

#include "successor.bpf.h"
#include "wire.bpf.h"

#define IP4_PROTOCOL_BYTE 9
#define IP6_NEXT_BYTE 6

/* Bits of gso_type. */
#define SKB_GSO_TCPV4 0x1
#define SKB_GSO_TCPV6 0x10

static __always_inline __u8 byte_at(const unsigned char *address)
{
	__u8 byte = 0;

	bpf_probe_read_kernel(&byte, sizeof(byte), address);
	return byte;
}

/* The protocol above IP, behind one header between them: routers' alerts and fragments have one. Other packets are
 * like a packet socket's. */
static __always_inline __u16 protocol_of(__be16 type, const unsigned char *network)
{
	__u8 next;

	if (type == bpf_htons(ETH_P_IP))
		return byte_at(network + IP4_PROTOCOL_BYTE);
	if (type != bpf_htons(ETH_P_IPV6))
		return BWT_PROTOCOL_PACKET;
	next = byte_at(network + IP6_NEXT_BYTE);
	if (next == IPPROTO_HOPOPTS || next == IPPROTO_FRAGMENT)
		next = byte_at(network + sizeof(struct ip6_header));
	return next;
}

static __always_inline void read_remote(struct bwt_flow_key *key, __be16 type, const unsigned char *network)
{
	const int is_tx = key->direction == BWT_TX;

	if (type == bpf_htons(ETH_P_IP)) {
		key->remote[10] = 0xff;
		key->remote[11] = 0xff;
		network += is_tx ? offsetof(struct ip4_header, destination) : offsetof(struct ip4_header, source);
		bpf_probe_read_kernel(key->remote + 12, 4, network);
	} else if (type == bpf_htons(ETH_P_IPV6)) {
		network += is_tx ? offsetof(struct ip6_header, destination) : offsetof(struct ip6_header, source);
		bpf_probe_read_kernel(key->remote, 16, network);
	}
}

/* Whether it was counted where it arrived. */
static __always_inline int is_for_all_or_kernel(const struct sk_buff *skb, __u16 protocol)
{
	switch (BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type)) {
	case PACKET_BROADCAST:
	case PACKET_MULTICAST:
		return 1;
	case PACKET_HOST:
		return protocol == BWT_PROTOCOL_PACKET || is_answered_by_kernel(protocol);
	default: /* to others, or sent here and never on the wire */
		return 0;
	}
}

struct bwt_frame {
	__u32 netns;
	__u32 ifindex;
	__u32 length; /* without the link's header */
	__u32 spared; /* packets that the frame stands for beside itself */
	__u32 headers; /* IP's and the transport's of each */
};

static __always_inline __u32 namespace_of(const struct net_device *dev)
{
	if (bpf_core_field_exists(dev->nd_net.net)) /* CONFIG_NET_NS */
		return BPF_CORE_READ(dev, nd_net.net, ns.inum);
	return 0;
}

static __always_inline __u32 segment_headers(const struct sk_buff *skb, unsigned int gso_type)
{
	const __u16 transport = BPF_CORE_READ(skb, transport_header);
	const __u32 ip = transport - BPF_CORE_READ(skb, network_header);

	if (gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6))
		return ip + (byte_at(BPF_CORE_READ(skb, head) + transport + TCP_OFFSET_BYTE) >> 4) * 4;
	return ip + UDP_HEADER_BYTES;
}

static __always_inline const struct skb_shared_info *shared_of(const struct sk_buff *skb)
{
	return (const struct skb_shared_info *)(BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end));
}

/* `size` is that of each segment, 0 where there is but one packet. */
static __always_inline struct bwt_frame describe_frame(const struct sk_buff *skb, const struct net_device *dev,
						       __u32 length, __u32 size)
{
	struct bwt_frame frame = {
		.netns = namespace_of(dev), .ifindex = BPF_CORE_READ(dev, ifindex), .length = length};

	if (size) {
		const struct skb_shared_info *shared = shared_of(skb);

		frame.headers = segment_headers(skb, BPF_CORE_READ(shared, gso_type));
		frame.spared = segments_of(length, frame.headers, size, BPF_CORE_READ(shared, gso_segs)) - 1;
	}
	return frame;
}

/* Counts what the frame stands for. */
static __always_inline void count_frame(struct bwt_flow_key *key, const struct bwt_frame *frame)
{
	key->netns = frame->netns;
	add_to_wire(key, frame->length + (__u64)frame->spared * frame->headers, 1 + frame->spared);
}

/* Some interfaces count such a frame as what it stands for, some as one packet: both can be told. */
static __always_inline void count_bundle(const struct bwt_frame *frame, enum bwt_direction direction)
{
	struct bwt_flow_key key = {
		.measure = BWT_BUNDLED, .direction = direction, .netns = frame->netns, .ifindex = frame->ifindex};

	if (frame->spared)
		add_to_wire(&key, (__u64)frame->spared * frame->headers, frame->spared);
}

/* Whether the answers to those who call listening IPv6 sockets were seen at their socket, which kernels before 6.6
 * don't show: the first that leaves would have been seen before. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} answers6_seen SEC(".maps");

static __always_inline __u32 *find_answers6_seen(void)
{
	__u32 index = 0;

	return bpf_map_lookup_elem(&answers6_seen, &index);
}

static __always_inline void note_answer6(const struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk ? bpf_sk_fullsock(skb->sk) : NULL;
	__u32 *seen;

	if (!sk || sk->state != TCP_LISTEN || sk->family != AF_INET6 || skb->protocol != bpf_htons(ETH_P_IPV6))
		return;
	seen = find_answers6_seen();
	if (seen && !*seen)
		*seen = 1;
}

static __always_inline int are_answers6_seen(void)
{
	const __u32 *seen = find_answers6_seen();

	return seen && *seen;
}

/* Whether it was counted for its socket, or would have been where that can be: what packet sockets send passes no
 * hook that counts, and stays unknown. A connection that waits for its end has but a rest of a socket, one that is
 * being made has none yet. */
static __always_inline int is_of_socket(const struct sock *sk, __be16 type)
{
	if (!sk)
		return 0;
	switch (BPF_CORE_READ(sk, __sk_common.skc_state)) {
	case TCP_TIME_WAIT:
		return 0;
	case TCP_NEW_SYN_RECV:
		return type != bpf_htons(ETH_P_IPV6) || are_answers6_seen();
	default:
		return 1;
	}
}

static __always_inline void count_forwarded(const struct sk_buff *skb, const struct bwt_frame *frame, __u16 protocol,
					    __u32 from)
{
	struct bwt_flow_key key = {.measure = BWT_FORWARDED, .protocol = protocol};

	key.direction = BWT_TX;
	key.ifindex = frame->ifindex;
	count_frame(&key, frame);
	if (is_for_all_or_kernel(skb, protocol))
		return;
	key.direction = BWT_RX;
	key.ifindex = from;
	count_frame(&key, frame);
}

static __always_inline void count_own(const struct bwt_frame *frame, __u16 protocol, __be16 type,
				      const unsigned char *network)
{
	struct bwt_flow_key key = {
		.measure = BWT_WIRE, .direction = BWT_TX, .protocol = protocol, .ifindex = frame->ifindex};

	read_remote(&key, type, network);
	count_frame(&key, frame);
}

/* What passes there does not leave, and has no books. */
static __always_inline int is_loopback(const struct net_device *dev)
{
	return BPF_CORE_READ(dev, type) == ARPHRD_LOOPBACK;
}

/* Each frame that is handed to an interface, once, as the interface counts it: after the queues, which drop and cut
 * up what doesn't fit. Most are a socket's, and done with soon. */
SUCCESSOR_OF(on_transmit);
SEC("raw_tp/net_dev_start_xmit")
int on_transmit(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sk_buff *skb = (const struct sk_buff *)ctx->args[0];
	const struct net_device *dev = (const struct net_device *)ctx->args[1];
	const unsigned char *network;
	struct bwt_frame frame;
	__u32 from, size;
	__u16 protocol;
	int is_known;
	__be16 type;

	GIVE_WAY(ctx, on_transmit);
	if (!is_on(BWT_SWITCH_WIRE) || is_loopback(dev))
		return 0;
	size = BPF_CORE_READ(shared_of(skb), gso_size);
	type = BPF_CORE_READ(skb, protocol);
	from = BPF_CORE_READ(skb, skb_iif);
	is_known = !from && is_of_socket(BPF_CORE_READ(skb, sk), type);
	if (is_known && !size)
		return 0;
	network = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
	frame = describe_frame(skb, dev, BPF_CORE_READ(skb, len) - (network - BPF_CORE_READ(skb, data)), size);
	count_bundle(&frame, BWT_TX);
	if (is_known)
		return 0;
	protocol = protocol_of(type, network);
	if (from)
		count_forwarded(skb, &frame, protocol, from);
	else
		count_own(&frame, protocol, type, network);
	return 0;
}

/* Each frame that an interface hands to the kernel. */
SUCCESSOR_OF(on_arrival);
SEC("raw_tp/netif_receive_skb")
int on_arrival(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sk_buff *skb = (const struct sk_buff *)ctx->args[0];
	struct bwt_flow_key key = {.measure = BWT_WIRE, .direction = BWT_RX};
	const unsigned char *network;
	const struct net_device *dev;
	struct bwt_frame frame;
	__u32 size;
	int is_others;
	__be16 type;

	GIVE_WAY(ctx, on_arrival);
	dev = BPF_CORE_READ(skb, dev);
	if (!is_on(BWT_SWITCH_WIRE) || is_loopback(dev))
		return 0;
	size = BPF_CORE_READ(shared_of(skb), gso_size);
	network = BPF_CORE_READ(skb, data); /* the link's header was taken off */
	type = BPF_CORE_READ(skb, protocol);
	key.protocol = protocol_of(type, network);
	is_others = !is_for_all_or_kernel(skb, key.protocol);
	if (is_others && !size)
		return 0;
	frame = describe_frame(skb, dev, BPF_CORE_READ(skb, len), size);
	count_bundle(&frame, BWT_RX);
	if (is_others)
		return 0;
	key.ifindex = frame.ifindex;
	read_remote(&key, type, network);
	count_frame(&key, &frame);
	return 0;
}

#endif
