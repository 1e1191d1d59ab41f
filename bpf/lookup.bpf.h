/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* What name servers tell the programs that ask them: the beginning of each answer goes to user space, which reads it,
 * with who asked. A socket has to ask before it is told: strangers can send from a name server's port, too. */
#ifndef BWT_LOOKUP_BPF_H
#define BWT_LOOKUP_BPF_H

#include "peer.bpf.h"
#include "process.bpf.h"
#include "wire.bpf.h"

#define NAME_SERVER_PORT 53

#define QUESTIONS_KEPT 16 /* that a socket waits for answers to, at once */
#define MESSAGES_WALKED 8 /* of a packet */
#define SHORT_ANSWER_BYTES 256 /* most are shorter */

#define UDP_DESTINATION_BYTE 2
#define TCP_SEQUENCE_BYTE 4

/* What a socket has asked. */
struct bwt_lookup {
	__u64 start_ns; /* these two as in bwt_process_key */
	__u32 tgid;
	__u32 netns; /* the socket's */
	__u32 questions; /* datagrams so far */
	__u32 is_begun; /* a stream, which then has its next message at: */
	__u32 next_message; /* a sequence number */
	__be16 ids[QUESTIONS_KEPT]; /* of the newest questions */
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct bwt_lookup);
} lookups SEC(".maps");

/* Read when the counters are: seconds of browsing fit. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} answers SEC(".maps");

/* Global functions, as add_process() is: what they return the verifier takes as any number, and looks at once. The
 * context is the one pointer that they may be given. */

__noinline int transport_offset(struct __sk_buff *skb)
{
	__u32 offset = sizeof(struct ip6_header);
	__u8 first = 0;

	bpf_skb_load_bytes(skb, 0, &first, sizeof(first));
	if (first >> 4 == 4)
		return (first & 0xf) * 4;
	first = 0;
	bpf_skb_load_bytes(skb, IP6_NEXT_HEADER, &first, sizeof(first));
	skip_extensions(skb, first, &offset);
	return offset;
}

static __always_inline int is_plain_udp(const struct bpf_sock *given)
{
	return given->type != SOCK_RAW && given->protocol == IPPROTO_UDP;
}

/* Where it is connected to, before any packet's address is translated; 0 for nowhere. Read as 5.10 has it. */
static __always_inline __be16 connected_port(const struct bpf_sock *sk)
{
	return *(const volatile __u32 *)&sk->dst_port;
}

/* Most packets are seen here to be of nobody who asks, at next to no cost. */
static __always_inline int may_ask(const struct bpf_sock *sk)
{
	const __be16 port = sk ? connected_port(sk) : 0;

	return sk && (!port || port == bpf_htons(NAME_SERVER_PORT));
}

static __always_inline int asks_name_server(const struct __sk_buff *skb, const struct bpf_sock *given,
					    __u32 transport)
{
	__be16 port = connected_port(given);

	if (!port)
		bpf_skb_load_bytes(skb, transport + UDP_DESTINATION_BYTE, &port, sizeof(port));
	return port == bpf_htons(NAME_SERVER_PORT);
}

/* As it is before anything is asked. Datagrams leave while the call that sends them goes on, as the first packet of a
 * connection does. */
static __always_inline struct bwt_lookup fresh_lookup(const struct bpf_sock *given)
{
	const struct bwt_process_key process = current_process();
	struct bwt_lookup fresh = {.start_ns = process.start_ns, .tgid = process.tgid};

	fresh.netns = network_namespace(address_of(given));
	return fresh;
}

static __always_inline void note_datagram(const struct __sk_buff *skb, __u32 transport,
					  const struct bwt_lookup *asker, struct bwt_lookup *lookup)
{
	__be16 id;

	if (bpf_skb_load_bytes(skb, transport + UDP_HEADER_BYTES, &id, sizeof(id)))
		return;
	lookup->start_ns = asker->start_ns;
	lookup->tgid = asker->tgid;
	lookup->ids[lookup->questions % QUESTIONS_KEPT] = id;
	++lookup->questions;
}

static __always_inline void note_question(struct __sk_buff *skb)
{
	struct bpf_sock *given = may_ask(skb->sk) ? bpf_sk_fullsock(skb->sk) : NULL;
	struct bwt_lookup *lookup;
	struct bwt_lookup fresh;
	__u32 transport;

	if (!given || !(is_plain_udp(given) || (is_tcp(given) && given->state == TCP_SYN_SENT)))
		return;
	transport = transport_offset(skb);
	if (!asks_name_server(skb, given, transport))
		return;
	fresh = fresh_lookup(given);
	lookup = bpf_sk_storage_get(&lookups, given, &fresh, BPF_SK_STORAGE_GET_F_CREATE);
	if (!lookup)
		return;
	if (is_plain_udp(given))
		note_datagram(skb, transport, &fresh, lookup);
	else
		lookup->is_begun = 0;
}

/* Whether they were all there. The verifier is to see two tests of just what is passed on, which the compiler would
 * make one; with its sign, or 5.10 takes it that it may be 0. */
static __always_inline int load_bytes(const struct __sk_buff *skb, __u32 offset, void *to, __s64 length,
				      const __u32 room)
{
	barrier_var(length);
	if (length <= 0)
		return 0;
	barrier_var(length);
	return length <= room && !bpf_skb_load_bytes(skb, offset, to, length);
}

/* Copies into a record with that much room. */
static __always_inline void copy_into(const struct __sk_buff *skb, const struct bwt_lookup *lookup, __u32 offset,
				      __u32 length, __u32 is_stream, const __u32 room)
{
	struct bwt_answer *answer = bpf_ringbuf_reserve(&answers, sizeof(*answer) + room, 0);

	if (!answer) {
		add_health(BWT_HEALTH_ANSWER_MISSED, 1);
		return;
	}
	if (length > room)
		length = room;
	answer->at_ns = bpf_ktime_get_boot_ns();
	answer->start_ns = lookup->start_ns;
	answer->tgid = lookup->tgid;
	answer->netns = lookup->netns;
	answer->is_stream = is_stream;
	answer->length = length;
	if (load_bytes(skb, offset, answer + 1, length, room))
		bpf_ringbuf_submit(answer, BPF_RB_NO_WAKEUP);
	else
		bpf_ringbuf_discard(answer, BPF_RB_NO_WAKEUP);
}

static __always_inline struct bwt_lookup *lookup_of(const struct __sk_buff *skb)
{
	struct bpf_sock *given = skb->sk ? bpf_sk_fullsock(skb->sk) : NULL;

	return given ? bpf_sk_storage_get(&lookups, given, NULL, 0) : NULL;
}

__noinline int copy_bytes(struct __sk_buff *skb, __u32 offset, __u32 is_stream)
{
	const struct bwt_lookup *lookup = lookup_of(skb);
	const __u32 length = skb->len - offset;

	if (!lookup)
		return 0;
	if (length <= SHORT_ANSWER_BYTES)
		copy_into(skb, lookup, offset, length, is_stream, SHORT_ANSWER_BYTES);
	else
		copy_into(skb, lookup, offset, length, is_stream, BWT_ANSWER_BYTES);
	return 0;
}

static __always_inline int has_asked(const struct bwt_lookup *lookup, __be16 id)
{
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < QUESTIONS_KEPT; ++i) {
		if (i < lookup->questions && lookup->ids[i] == id)
			return 1;
	}
	return 0;
}

static __always_inline void copy_datagram(struct __sk_buff *skb, const struct bwt_lookup *lookup, __u32 transport)
{
	__be16 port = 0;
	__be16 id = 0;

	bpf_skb_load_bytes(skb, transport, &port, sizeof(port));
	transport += UDP_HEADER_BYTES;
	if (port == bpf_htons(NAME_SERVER_PORT) && !bpf_skb_load_bytes(skb, transport, &id, sizeof(id)) &&
	    has_asked(lookup, id))
		copy_bytes(skb, transport, 0);
}

/* Where the message begins that comes after those that begin in the packet. Each has its length before it. */
__noinline int walk_messages(struct __sk_buff *skb, __u32 data, __u32 at)
{
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < MESSAGES_WALKED; ++i) {
		__be16 length = 0;

		if (bpf_skb_load_bytes(skb, data + at, &length, sizeof(length)))
			break;
		at += sizeof(length) + bpf_ntohs(length);
	}
	return at;
}

/* Only pieces that begin with a message, as the first does. What begins in one and ends in another is told as far as
 * it goes. */
static __always_inline void copy_stream(struct __sk_buff *skb, const struct sock *sk, struct bwt_lookup *lookup,
					__u32 transport)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	const __u32 data = transport + transport_header(skb, IPPROTO_TCP, transport);
	__be32 field = 0;
	__u32 sequence, at, end;

	bpf_skb_load_bytes(skb, transport + TCP_SEQUENCE_BYTE, &field, sizeof(field));
	sequence = bpf_ntohl(field);
	if (skb->len <= data)
		return;
	if (!lookup->is_begun) {
		if (BPF_CORE_READ(tcp, bytes_received) || sequence != BPF_CORE_READ(tcp, rcv_nxt))
			return;
		lookup->is_begun = 1;
		lookup->next_message = sequence;
	}
	at = lookup->next_message - sequence;
	if (at >= skb->len - data)
		return;
	copy_bytes(skb, data + at, 1);
	end = walk_messages(skb, data, at);
	lookup->next_message = sequence + end;
	if (end > skb->len - data)
		add_health(BWT_HEALTH_ANSWER_MISSED, 1);
}

static __always_inline void copy_packet(struct __sk_buff *skb, struct bpf_sock *given, struct bwt_lookup *lookup)
{
	const __u32 transport = transport_offset(skb);

	if (is_tcp(given))
		copy_stream(skb, address_of(given), lookup, transport);
	else
		copy_datagram(skb, lookup, transport);
}

__noinline int copy_answer(struct __sk_buff *skb)
{
	struct bpf_sock *given = may_ask(skb->sk) ? bpf_sk_fullsock(skb->sk) : NULL;
	struct bwt_lookup *lookup = given ? bpf_sk_storage_get(&lookups, given, NULL, 0) : NULL;

	if (given && lookup)
		copy_packet(skb, given, lookup);
	return 0;
}

#endif
