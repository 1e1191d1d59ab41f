/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* The maps, alike in every backend. Preallocated, since a program may run where memory can't be allocated; never LRU,
 * which evicts counters in silence. User space sets their sizes before loading. */
#ifndef BWT_MAPS_BPF_H
#define BWT_MAPS_BPF_H

#include "kernel.h"
#include "traffic.h"

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct bwt_flow_key);
	__type(value, struct bwt_flow_value);
} flows SEC(".maps");

/* Where calls go for which `flows` has no room: the same keys with remote and service zeroed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct bwt_flow_key);
	__type(value, struct bwt_flow_value);
} coarse SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct bwt_process_key);
	__type(value, struct bwt_process_value);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BWT_HEALTH_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} health SEC(".maps");

static __always_inline void add_health(enum bwt_health slot, __u64 amount)
{
	__u32 index = slot;
	__u64 *total = bpf_map_lookup_elem(&health, &index);

	if (total)
		__sync_fetch_and_add(total, amount);
}

#endif
