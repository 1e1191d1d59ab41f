// SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later
/* Counts by probes at the beginning and end of the protocols' own functions, for kernels that take nothing better.
 * What a call was given is kept for its thread until it ends; of nested calls the outermost counts. */
#include "kernel.h"

#include <linux/ptrace.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* The call that a thread is in. */
struct call {
	__u64 sk;
	__u64 stack; /* stack pointer at its beginning */
	__u32 function;
	__s32 flags;
};

/* In a function's number: it may call another one that is watched, for the same socket. */
#define CALLS_OTHERS 0x100

/* By thread id. Far more than threads can be in calls whose end we see. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline void forget_call(void);
#define BWT_THREAD_ENDS() forget_call()

#include "count.bpf.h"
#include "lifetime.bpf.h"
#include "packet.bpf.h"
#include "stream.bpf.h"

/* Set by user space: how many arguments the protocols' recvmsg functions have. Before Linux 5.19 (ec095263a965) there
 * is one more in front of the flags, and later ones end with them. */
const volatile __u32 recvmsg_arguments = 0;

struct page;

static __always_inline __u32 current_thread(void)
{
	return bpf_get_current_pid_tgid();
}

/* One is left where the kernel had no room to watch for the call's end. */
static __always_inline void forget_call(void)
{
	__u32 thread = current_thread();

	if (bpf_map_delete_elem(&calls, &thread) == 0)
		add_health(BWT_HEALTH_MISSED_CALLS, 1);
}

/* Whether the call that begins is a part of one that its thread is in, which counts for both. That one lies above on
 * the stack; one that is not has been left, and nobody saw its end. */
static __always_inline int is_inner(struct pt_regs *ctx, const struct sock *sk, __u32 thread)
{
	const struct call *outer = bpf_map_lookup_elem(&calls, &thread);

	return outer && outer->function & CALLS_OTHERS && outer->sk == (__u64)sk && outer->stack > PT_REGS_SP(ctx);
}

static __always_inline int enter(struct pt_regs *ctx, __u32 function, const struct sock *sk, int flags)
{
	__u32 thread = current_thread();
	struct call call = {
		.sk = (__u64)sk,
		.stack = PT_REGS_SP(ctx),
		.function = function,
		.flags = flags,
	};

	if (is_inner(ctx, sk, thread))
		return 0;
	forget_call();
	if (bpf_map_update_elem(&calls, &thread, &call, BPF_ANY) != 0)
		add_health(BWT_HEALTH_MISSED_CALLS, 1);
	return 0;
}

/* Calls begun before we watched, and nested ones, are not found. */
static __always_inline int leave(__u32 function, enum bwt_direction direction, int result)
{
	__u32 thread = current_thread();
	struct call *found = bpf_map_lookup_elem(&calls, &thread);
	struct call call;

	if (!found || found->function != function)
		return 0;
	call = *found;
	bpf_map_delete_elem(&calls, &thread);
	if (direction == BWT_TX)
		count_send((const struct sock *)call.sk, result);
	else
		count_receive((const struct sock *)call.sk, result, call.flags);
	return 0;
}

#define ENTER(name)                                                                                                  \
	static __always_inline int begin_##name(struct pt_regs *ctx);                                                \
	SUCCESSOR_OF(enter_##name);                                                                                  \
	SEC("kprobe/" #name)                                                                                         \
	int enter_##name(struct pt_regs *ctx)                                                                        \
	{                                                                                                            \
		GIVE_WAY(ctx, enter_##name);                                                                         \
		return begin_##name(ctx);                                                                            \
	}                                                                                                            \
	static __always_inline int begin_##name(struct pt_regs *ctx)

#define LEAVE_NUMBERED(name, direction, number)                                                                      \
	enum { in_##name = (number) };                                                                               \
	SUCCESSOR_OF(leave_##name);                                                                                  \
	SEC("kretprobe/" #name)                                                                                      \
	int BPF_KRETPROBE(leave_##name, int result)                                                                  \
	{                                                                                                            \
		GIVE_WAY(ctx, leave_##name);                                                                         \
		return leave(in_##name, direction, result);                                                          \
	}

#define LEAVE(name, direction) LEAVE_NUMBERED(name, direction, __COUNTER__ + 1)
#define LEAVE_OUTER(name, direction) LEAVE_NUMBERED(name, direction, (__COUNTER__ + 1) | CALLS_OTHERS)

static __always_inline const struct sock *first_sock(struct pt_regs *ctx)
{
	return (const struct sock *)PT_REGS_PARM1(ctx);
}

static __always_inline const struct sock *sock_of_first(struct pt_regs *ctx)
{
	const struct socket *socket = (const struct socket *)PT_REGS_PARM1(ctx);

	return BPF_CORE_READ(socket, sk);
}

static __always_inline int receive_flags(struct pt_regs *ctx)
{
	int flags = PT_REGS_PARM4(ctx);
	int next = PT_REGS_PARM5(ctx);

	barrier_var(next); /* or the compiler makes one load of a variable register, which the verifier refuses */
	return recvmsg_arguments == 6 ? next : flags;
}

#define ENTER_SEND(name)                                                                                             \
	ENTER(name)                                                                                                  \
	{                                                                                                            \
		return enter(ctx, in_##name, first_sock(ctx), 0);                                                    \
	}

#define ENTER_RECEIVE(name)                                                                                          \
	ENTER(name)                                                                                                  \
	{                                                                                                            \
		return enter(ctx, in_##name, first_sock(ctx), receive_flags(ctx));                                   \
	}

#define SEND(name)                                                                                                   \
	LEAVE(name, BWT_TX)                                                                                          \
	ENTER_SEND(name)

#define OUTER_SEND(name)                                                                                             \
	LEAVE_OUTER(name, BWT_TX)                                                                                    \
	ENTER_SEND(name)

#define RECEIVE(name)                                                                                                \
	LEAVE(name, BWT_RX)                                                                                          \
	ENTER_RECEIVE(name)

#define OUTER_RECEIVE(name)                                                                                          \
	LEAVE_OUTER(name, BWT_RX)                                                                                    \
	ENTER_RECEIVE(name)

SEND(tcp_sendmsg)
SEND(tcp_sendpage)
SEND(udp_sendmsg)
SEND(raw_sendmsg)
SEND(rawv6_sendmsg)
SEND(ping_v4_sendmsg)
SEND(ping_v6_sendmsg)
SEND(mptcp_sendmsg)
SEND(sctp_sendmsg)
OUTER_SEND(udpv6_sendmsg) /* IPv4-mapped addresses, to udp_sendmsg */
OUTER_SEND(udp_sendpage) /* before Linux 6.5: begins, or does its work, by udp_sendmsg */

RECEIVE(tcp_recvmsg)
RECEIVE(udp_recvmsg)
RECEIVE(udpv6_recvmsg)
RECEIVE(raw_recvmsg)
RECEIVE(rawv6_recvmsg)
RECEIVE(ping_recvmsg)
RECEIVE(mptcp_recvmsg)
RECEIVE(sctp_recvmsg)

/* TLS takes the place of TCP's functions, and goes round them to the socket. */
SEND(tls_sw_sendmsg)
SEND(tls_sw_sendpage)
SEND(tls_device_sendmsg)
SEND(tls_device_sendpage)
RECEIVE(tls_sw_recvmsg)

LEAVE(tls_sw_splice_read, BWT_RX)
ENTER(tls_sw_splice_read)
{
	return enter(ctx, in_tls_sw_splice_read, sock_of_first(ctx), 0);
}

/* So do socket maps, with what their programs pass on or look at; they leave the rest to the protocol's own. */
OUTER_SEND(tcp_bpf_sendmsg)
OUTER_SEND(tcp_bpf_sendpage)
OUTER_RECEIVE(tcp_bpf_recvmsg)
OUTER_RECEIVE(tcp_bpf_recvmsg_parser)
OUTER_RECEIVE(udp_bpf_recvmsg)

LEAVE(packet_sendmsg, BWT_TX)
ENTER(packet_sendmsg)
{
	return enter(ctx, in_packet_sendmsg, sock_of_first(ctx), 0);
}

char LICENSE[] SEC("license") = "GPL";
