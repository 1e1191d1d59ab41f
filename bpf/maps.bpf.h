/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* The maps, alike in every backend. Never LRU, which evicts counters in silence. Counters only grow: a map that fills
 * up is exchanged for another, by user space, and what it holds is read for the last time. So the maps that programs
 * write to are found in arrays; user space makes them, preallocated, since a program may run where memory can't be
 * allocated.
 */
#ifndef BWT_MAPS_BPF_H
#define BWT_MAPS_BPF_H

#include "kernel.h"
#include "traffic.h"

#include <bpf/bpf_helpers.h>

/* By size: clang 14 loses the types of a map within a map. */

struct flow_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct bwt_flow_key));
	__uint(value_size, sizeof(struct bwt_flow_value));
};

struct process_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct bwt_process_key));
	__uint(value_size, sizeof(struct bwt_process_value));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, BWT_FLOW_MAPS);
	__type(key, __u32);
	__array(values, struct flow_map);
} flow_maps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct process_map);
} process_maps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BWT_HEALTH_ROOM);
	__type(key, __u32);
	__type(value, __u64);
} health SEC(".maps");

/* What user space wants to be counted. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BWT_SWITCHES);
	__type(key, __u32);
	__type(value, __u64);
} switches SEC(".maps");

static __always_inline void *flow_map(enum bwt_flow_map slot)
{
	__u32 index = slot;

	return bpf_map_lookup_elem(&flow_maps, &index);
}

static __always_inline void *process_map(void)
{
	__u32 index = 0;

	return bpf_map_lookup_elem(&process_maps, &index);
}

static __always_inline void add_health(enum bwt_health slot, __u64 amount)
{
	__u32 index = slot;
	__u64 *total = bpf_map_lookup_elem(&health, &index);

	if (total)
		__sync_fetch_and_add(total, amount);
}

/* Adds to a counter, from wherever: others may be adding to it, too. */
static __always_inline void grow(struct bwt_flow_value *counter, __u64 bytes, __u64 calls)
{
	counter->last_ns = bpf_ktime_get_boot_ns(); /* first, so that whoever sees the call sees its time */
	__sync_fetch_and_add(&counter->bytes, bytes);
	__sync_fetch_and_add(&counter->calls, calls);
}

static __always_inline int is_on(enum bwt_switch which)
{
	__u32 index = which;
	const __u64 *value = bpf_map_lookup_elem(&switches, &index);

	return value && *value;
}

#endif
