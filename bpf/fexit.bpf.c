// SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later
/* Counts at the exits of the socket layer's functions, whose prototypes have been the same in all kernels that have
 * them. None of them calls another one of them with success, but for inet_sendpage (below). */
#include "count.bpf.h"
#include "lifetime.bpf.h"
#include "packet.bpf.h"
#include "stream.bpf.h"

#include <bpf/bpf_tracing.h>
#include <stddef.h>

struct msghdr;
struct page;

/* As a plain number, which alone may be given to global functions. */
static __always_inline const struct sock *socket_sk(const struct socket *socket)
{
	return BPF_CORE_READ(socket, sk);
}

SUCCESSOR_OF(on_inet_sendmsg);
SEC("fexit/inet_sendmsg")
int BPF_PROG(on_inet_sendmsg, struct socket *sock, struct msghdr *msg, size_t size, int result)
{
	GIVE_WAY(ctx, on_inet_sendmsg);
	count_send(socket_sk(sock), result);
	return 0;
}

SUCCESSOR_OF(on_inet6_sendmsg);
SEC("fexit/inet6_sendmsg")
int BPF_PROG(on_inet6_sendmsg, struct socket *sock, struct msghdr *msg, size_t size, int result)
{
	GIVE_WAY(ctx, on_inet6_sendmsg);
	count_send(socket_sk(sock), result);
	return 0;
}

SUCCESSOR_OF(on_packet_sendmsg);
SEC("fexit/packet_sendmsg")
int BPF_PROG(on_packet_sendmsg, struct socket *sock, struct msghdr *msg, size_t size, int result)
{
	GIVE_WAY(ctx, on_packet_sendmsg);
	count_send(socket_sk(sock), result);
	return 0;
}

/* sendfile() and splice() before Linux 6.5. TCP never falls back to inet_sendmsg from here; others do or may. */
SUCCESSOR_OF(on_inet_sendpage);
SEC("fexit/inet_sendpage")
int BPF_PROG(on_inet_sendpage, struct socket *sock, struct page *page, int offset, size_t size, int flags,
	     long result)
{
	GIVE_WAY(ctx, on_inet_sendpage);
	if (BPF_CORE_READ(sock, sk, sk_protocol) == IPPROTO_TCP)
		count_send(socket_sk(sock), result);
	return 0;
}

SUCCESSOR_OF(on_inet_recvmsg);
SEC("fexit/inet_recvmsg")
int BPF_PROG(on_inet_recvmsg, struct socket *sock, struct msghdr *msg, size_t size, int flags, int result)
{
	GIVE_WAY(ctx, on_inet_recvmsg);
	count_receive(socket_sk(sock), result, flags);
	return 0;
}

SUCCESSOR_OF(on_inet6_recvmsg);
SEC("fexit/inet6_recvmsg")
int BPF_PROG(on_inet6_recvmsg, struct socket *sock, struct msghdr *msg, size_t size, int flags, int result)
{
	GIVE_WAY(ctx, on_inet6_recvmsg);
	count_receive(socket_sk(sock), result, flags);
	return 0;
}

/* Raw and ping sockets of IPv6, and DCCP. */
SUCCESSOR_OF(on_sock_common_recvmsg);
SEC("fexit/sock_common_recvmsg")
int BPF_PROG(on_sock_common_recvmsg, struct socket *sock, struct msghdr *msg, size_t size, int flags, int result)
{
	GIVE_WAY(ctx, on_sock_common_recvmsg);
	count_receive(socket_sk(sock), result, flags);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
