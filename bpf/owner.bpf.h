/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* Whose a socket is: packets pass in whatever context the kernel is in, so who uses a socket is written down where a
 * process does. The newest user counts. */
#ifndef BWT_OWNER_BPF_H
#define BWT_OWNER_BPF_H

#include "process.bpf.h"
#include "socket.bpf.h"

struct bwt_owner {
	__u64 start_ns; /* these two as in bwt_process_key */
	__u32 tgid;
	__u32 netns; /* the socket's */
};

/* Who used it last. By address: an entry goes with its socket, and a new one at the same address begins without. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, const struct sock *);
	__type(value, struct bwt_owner);
} owners SEC(".maps");

/* Who made it. Accepted ones have it from the socket that listened. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct bwt_owner);
} makers SEC(".maps");

static __always_inline void forget_owner(const struct sock *sk)
{
	bpf_map_delete_elem(&owners, &sk);
}

static __always_inline void set_owner(const struct sock *sk, const struct bwt_owner *owner)
{
	if (bpf_map_update_elem(&owners, &sk, owner, BPF_ANY) != 0)
		add_health(BWT_HEALTH_OWNER_FULL, 1);
}

static __always_inline int is_kernels(const struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock);
}

static __always_inline struct bwt_owner make_owner(const struct bwt_process_key *process, __u32 netns)
{
	const struct bwt_owner owner = {.start_ns = process->start_ns, .tgid = process->tgid, .netns = netns};

	return owner;
}

static __always_inline int is_owner(const struct bwt_owner *known, const struct bwt_process_key *process)
{
	return known && known->start_ns == process->start_ns && known->tgid == process->tgid;
}

/* The current process, which is that one, uses the socket. Nobody tells when the kernel's own end. Global, as
 * add_process() is. */
__noinline int note_owner(__u64 address, __u64 start_ns, __u32 tgid, __u32 netns)
{
	const struct sock *sk = (const struct sock *)address;
	const struct bwt_process_key process = {.start_ns = start_ns, .tgid = tgid};
	struct bwt_owner owner;

	if (!is_on(BWT_SWITCH_WIRE) || is_owner(bpf_map_lookup_elem(&owners, &sk), &process) || is_kernels(sk))
		return 0;
	owner = make_owner(&process, netns);
	set_owner(sk, &owner);
	return 0;
}

/* The socket was there before, and one of that process's. Who used it since knows better. */
static __always_inline void note_earlier_owner(const struct sock *sk, const struct task_struct *task)
{
	const struct bwt_process_key process = process_of(task);
	struct bwt_owner owner;

	if (!is_on(BWT_SWITCH_WIRE))
		return;
	owner = make_owner(&process, network_namespace(sk));
	if (bpf_map_update_elem(&owners, &sk, &owner, BPF_NOEXIST) != 0 && !bpf_map_lookup_elem(&owners, &sk))
		add_health(BWT_HEALTH_OWNER_FULL, 1);
}

SEC("cgroup/sock_create")
int on_create(struct bpf_sock *given)
{
	const struct sock *sk = address_of(given);
	const struct bwt_process_key process = current_process();
	struct bwt_owner owner;

	if (!is_on(BWT_SWITCH_WIRE))
		return PASS;
	describe_process(&process);
	owner = make_owner(&process, network_namespace(sk));
	bpf_sk_storage_get(&makers, given, &owner, BPF_SK_STORAGE_GET_F_CREATE);
	/* What MPTCP does for it is done by connections that nobody made but the kernel. */
	if (given->protocol == IPPROTO_MPTCP)
		set_owner(sk, &owner);
	else
		forget_owner(sk);
	return PASS;
}

static __always_inline int is_tcp(const struct bpf_sock *sk)
{
	return sk->type == SOCK_STREAM && sk->protocol == IPPROTO_TCP;
}

/* What is still to be sent has its owner from here; TCP's keep it to their end, which TCP tells. */
SEC("cgroup/sock_release")
int on_release(struct bpf_sock *given)
{
	const struct sock *sk = address_of(given);
	struct bwt_owner *owner;
	struct bwt_owner *maker;

	if (is_tcp(given))
		return PASS;
	owner = bpf_map_lookup_elem(&owners, &sk);
	if (!owner)
		return PASS;
	maker = bpf_sk_storage_get(&makers, given, owner, BPF_SK_STORAGE_GET_F_CREATE);
	if (maker)
		*maker = *owner;
	forget_owner(sk);
	return PASS;
}

/* The MPTCP connection that a TCP connection is a part of, or NULL. */
static __always_inline const struct sock *mptcp_of(const struct bpf_sock *given, const struct sock *sk)
{
	const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
	const struct mptcp_subflow_context *part;

	if (!is_tcp(given) || !bpf_core_field_exists(tcp->is_mptcp) || !BPF_CORE_READ(tcp, is_mptcp))
		return NULL;
	part = BPF_CORE_READ(tcp, inet_conn.icsk_ulp_data);
	return part ? BPF_CORE_READ(part, conn) : NULL;
}

/* Whose the connection was that an accepted one comes from. Linux 5.19 and later have the helper for this. */
static __always_inline const struct bwt_owner *maker_of_whole(struct bpf_sock *given)
{
	struct mptcp_sock *whole;

	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_skc_to_mptcp_sock))
		return NULL;
	whole = bpf_skc_to_mptcp_sock(given);
	return whole ? bpf_sk_storage_get(&makers, whole, NULL, 0) : NULL;
}

/* A part outlives what the program had, so it remembers whose that was. */
static __always_inline const struct bwt_owner *owner_of_part(struct bpf_sock *given, const struct sock *sk,
							     const struct sock *whole)
{
	const struct bwt_owner *owner = bpf_map_lookup_elem(&owners, &whole);
	const struct bwt_owner *known = bpf_map_lookup_elem(&owners, &sk);

	if (owner && !known)
		set_owner(sk, owner);
	if (owner)
		return owner;
	barrier_var(known); /* or the compiler tests both at once, by arithmetic that the verifier refuses */
	return known ? known : maker_of_whole(given);
}

/* NULL where it is nobody's, or nobody knows whose. */
static __always_inline const struct bwt_owner *owner_of(struct bpf_sock *given, const struct sock *sk,
							const struct sock *mptcp)
{
	const struct bwt_owner *owner = mptcp ? owner_of_part(given, sk, mptcp) : bpf_map_lookup_elem(&owners, &sk);

	return owner ? owner : bpf_sk_storage_get(&makers, given, NULL, 0);
}

#endif
