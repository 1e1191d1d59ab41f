/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* What each thread's calls have taken out of a TCP socket and had counted already, before they return. */
#ifndef BWT_READER_BPF_H
#define BWT_READER_BPF_H

#include "maps.bpf.h"

struct bwt_reader {
	__u64 socket; /* cookie of the one that the thread last took from */
	__u64 bytes; /* counted since the thread's last return from recvmsg */
};

/* By thread, not by socket: two threads that read one socket return in any order. A thread's entry goes when the
 * thread does. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct bwt_reader);
} readers SEC(".maps");

static __always_inline struct bwt_reader *known_current_reader(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&readers, &thread);
}

/* NULL when the map has no room. */
static __always_inline struct bwt_reader *current_reader(void)
{
	struct bwt_reader *reader = known_current_reader();
	struct bwt_reader fresh = {};
	__u64 thread;

	if (reader)
		return reader;
	thread = bpf_get_current_pid_tgid();
	bpf_map_update_elem(&readers, &thread, &fresh, BPF_NOEXIST);
	return known_current_reader();
}

static __always_inline void forget_reader(__u64 thread)
{
	if (bpf_map_lookup_elem(&readers, &thread))
		bpf_map_delete_elem(&readers, &thread);
}

#endif
