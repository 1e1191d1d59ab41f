/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* What is taken out of TCP sockets, by whatever call: recvmsg, splice, mapped pages, the kernel's own readers. All of
 * them move the socket's copied_seq, and pass tcp_rcv_space_adjust before anyone else can move it. So each piece is
 * counted there, as it is taken, and the return of recvmsg counts what that has not seen: all of it on sockets whose
 * stream isn't TCP's own (kTLS, MPTCP, sockmap), and on those that `streams` has no room for. */
#ifndef BWT_STREAM_BPF_H
#define BWT_STREAM_BPF_H

#include "count.bpf.h"
#include "reader.bpf.h"
#include "successor.bpf.h"

struct bwt_stream {
	__u32 counted; /* sequence number up to which bytes have been counted */
	__u32 urgent; /* that of the newest urgent byte that has been accounted for */
	__u32 has_urgent; /* whether there ever was one; other streams never look for them */
};

/* By address: an entry goes with its socket. All writers hold the socket's lock, but for find_streams. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, const void *);
	__type(value, struct bwt_stream);
} streams SEC(".maps");

/* Returns 0, or an error where the map has no room. */
static __always_inline long begin_stream(const struct sock *sk, __u64 flags)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	struct bwt_stream stream = {
		.counted = BPF_CORE_READ(tcp, copied_seq),
		.urgent = BPF_CORE_READ(tcp, urg_seq),
	};

	return bpf_map_update_elem(&streams, &sk, &stream, flags);
}

/* False where another protocol stands between TCP and the program, whose bytes are not TCP's. kTLS, MPTCP's subflows
 * and their like have a ULP; sockmap puts its functions in the place of TCP's. */
static __always_inline int is_plain(const struct sock *sk)
{
	return !BPF_CORE_READ((const struct tcp_sock *)sk, inet_conn.icsk_ulp_ops) &&
	       BPF_CORE_READ(sk, __sk_common.skc_prot) == BPF_CORE_READ(sk, sk_prot_creator);
}

/* A socket that was disconnected has no port. Its copied_seq went over what was never read. */
static __always_inline int is_connected(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_dport) != 0;
}

/* Where the receive queue begins; nothing that can be relied on when it is empty. */
static __always_inline __u32 queue_begin(const struct sock *sk)
{
	const struct sk_buff *head = BPF_CORE_READ(sk, sk_receive_queue.next);
	__u32 begin = 0;

	bpf_core_read(&begin, sizeof(begin), &head->cb);
	return begin;
}

/* Urgent bytes are stepped over: who wants one asks for it by MSG_OOB. */
static __always_inline __u32 urgent_holes(struct bwt_stream *stream, const struct sock *sk, __u32 urgent,
					  __u32 copied)
{
	__u32 holes = 0;

	stream->has_urgent = 1;
	if (urgent != stream->urgent && urgent - stream->counted < copied - stream->counted) {
		stream->urgent = urgent;
		holes++;
	}
	/* The next one came before anyone had read this one, and had it thrown out of the queue. */
	if (queue_begin(sk) == stream->counted + 1)
		holes++;
	return holes;
}

/* How many of the sequence numbers from stream->counted to `copied` were no bytes for the program. */
static __always_inline __u32 holes(struct bwt_stream *stream, const struct sock *sk, __u32 copied)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	unsigned long flags = BPF_CORE_READ(sk, __sk_common.skc_flags);
	__u32 urgent = BPF_CORE_READ(tcp, urg_seq);
	__u32 holes = 0;

	/* The FIN is the last there is. */
	if (flags & (1UL << SOCK_DONE) && copied == BPF_CORE_READ(tcp, rcv_nxt))
		holes++;
	if ((urgent != stream->urgent || stream->has_urgent) && !(flags & (1UL << SOCK_URGINLINE)))
		holes += urgent_holes(stream, sk, urgent, copied);
	return holes;
}

/* Whether the piece that begins at `from` can be a further one of a recvmsg that has taken some. recvmsg leaves what
 * it takes at the queue's head until it is counted, and goes on at the next buffer's beginning. */
static __always_inline int continues_call(const struct sock *sk, __u32 from)
{
	return queue_begin(sk) == from;
}

/* For readers in the kernel that take bytes as they arrive, whichever task that interrupts. */
static __always_inline void count_for_kernel(const struct sock *sk, __u64 bytes)
{
	struct bwt_flow_key key = {.direction = BWT_RX};

	if (describe_socket(&key, sk))
		add_to_flow(&key, bytes, 1);
}

static __always_inline void count_taken(const struct sock *sk, __u64 cookie, __u32 from, __u64 bytes)
{
	struct bwt_reader *reader;
	int is_further;

	if (!BPF_CORE_READ(sk, sk_lock.owned)) {
		count_for_kernel(sk, bytes);
		return;
	}
	reader = current_reader();
	if (!reader) { /* then the return of recvmsg counts */
		add_health(BWT_HEALTH_STREAM_FULL, 1);
		return;
	}
	if (reader->socket != cookie) {
		reader->socket = cookie;
		reader->bytes = 0;
	}
	is_further = reader->bytes && continues_call(sk, from);
	reader->bytes += bytes;
	count(sk, BWT_RX, bytes, !is_further);
}

SUCCESSOR_OF(on_take);
SEC("tracepoint/tcp/tcp_rcv_space_adjust")
int on_take(struct trace_event_raw_tcp_event_sk *ctx)
{
	const struct sock *sk = ctx->skaddr;
	__u32 copied = BPF_CORE_READ((const struct tcp_sock *)sk, copied_seq);
	struct bwt_stream *stream = bpf_map_lookup_elem(&streams, &sk);
	__u32 from;
	__s32 bytes;

	GIVE_WAY(ctx, on_take);
	if (!stream) {
		if (begin_stream(sk, BPF_ANY))
			add_health(BWT_HEALTH_STREAM_FULL, 1);
		return 0;
	}
	from = stream->counted;
	if (copied == from) /* a peek */
		return 0;
	bytes = copied - from - holes(stream, sk, copied);
	stream->counted = copied;
	if (bytes > 0 && is_plain(sk) && is_connected(sk))
		count_taken(sk, ctx->sock_cookie, from, bytes);
	return 0;
}

/* Raw tracepoints, since these two fire in softirqs, too: there a classic one would be passed over whenever the
 * softirq has interrupted any of our programs. */

SUCCESSOR_OF(on_destroy);
SEC("raw_tp/tcp_destroy_sock")
int on_destroy(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (const struct sock *)ctx->args[0];

	GIVE_WAY(ctx, on_destroy);
	bpf_map_delete_elem(&streams, &sk);
	forget_owner(sk);
	return 0;
}

SUCCESSOR_OF(on_state);
SEC("raw_tp/inet_sock_set_state")
int on_state(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (const struct sock *)ctx->args[0];
	int state = ctx->args[2];

	GIVE_WAY(ctx, on_state);
	if (state == TCP_ESTABLISHED && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP)
		begin_stream(sk, BPF_ANY);
	return 0;
}

static __always_inline int is_internet(const struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	return family == AF_INET || family == AF_INET6;
}

static __always_inline int has_stream(const struct sock *sk)
{
	if (BPF_CORE_READ(sk, sk_type) != SOCK_STREAM || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	switch (BPF_CORE_READ(sk, __sk_common.skc_state)) {
	case TCP_CLOSE:
	case TCP_LISTEN:
		return 0;
	default:
		return 1;
	}
}

/* NULL if it is no socket's. Linux 5.11 and later have a helper for this. A file that was opened to stand for a path
 * alone (O_PATH) has the socket's inode, and not the socket. */
static __always_inline const struct socket *socket_of(const struct file *file)
{
	if (!file || BPF_CORE_READ(file, f_inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return NULL;
	return BPF_CORE_READ(file, private_data);
}

/* Run once when counting has begun, for the sockets that were there before, in every network namespace. Doesn't hold
 * their locks, so what on_take has begun meanwhile stays. */
SEC("iter/task_file")
int find_streams(struct bpf_iter__task_file *ctx)
{
	const struct task_struct *task = ctx->task;
	const struct socket *socket = socket_of(ctx->file);
	const struct sock *sk = socket ? BPF_CORE_READ(socket, sk) : NULL;

	if (!sk || !task || !is_internet(sk))
		return 0;
	note_earlier_owner(sk, task);
	if (has_stream(sk))
		begin_stream(sk, BPF_NOEXIST);
	return 0;
}

/* How many of the bytes that recvmsg returned have been counted when they were taken. What is left of an earlier call
 * that wasn't recvmsg doesn't matter, since by then all of this one's were counted too. */
static __always_inline long counted_before(const struct sock *sk, long returned)
{
	struct bwt_reader *reader;
	long bytes;

	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	reader = known_current_reader();
	if (!reader || reader->socket != (__u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter))
		return 0;
	bytes = reader->bytes;
	reader->bytes = 0;
	if (!bytes || !is_plain(sk))
		return 0;
	return bytes < returned ? bytes : returned;
}

/* recvmsg took `result` bytes out of `sk`, if any. Out of band they don't pass through the stream. */
static __always_inline void count_receive(const struct sock *sk, long result, int flags)
{
	long before;

	if (!has_received(result, flags))
		return;
	before = flags & MSG_OOB ? 0 : counted_before(sk, result);
	if (before < result)
		count(sk, BWT_RX, result - before, !before);
}

#endif
