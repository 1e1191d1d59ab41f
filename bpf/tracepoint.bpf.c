// SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later
/* Counts at the socket tracepoints (Linux 6.3 and later). Classic ones, since they run with preemption off: programs
 * on raw tracepoints and function exits are skipped while another on the same CPU is preempted. */
#include "count.bpf.h"
#include "lifetime.bpf.h"
#include "packet.bpf.h"
#include "stream.bpf.h"

SUCCESSOR_OF(on_send);
SEC("tracepoint/sock/sock_send_length")
int on_send(struct trace_event_raw_sock_msg_length *ctx)
{
	GIVE_WAY(ctx, on_send);
	count_send(ctx->sk, ctx->ret);
	return 0;
}

SUCCESSOR_OF(on_receive);
SEC("tracepoint/sock/sock_recv_length")
int on_receive(struct trace_event_raw_sock_msg_length *ctx)
{
	GIVE_WAY(ctx, on_receive);
	count_receive(ctx->sk, ctx->ret, ctx->flags);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
