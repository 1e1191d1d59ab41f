/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* How a newer helper's programs take over without a gap: an attached program stays where it is and, once its
 * successor was put into its map, runs that in its own place. So each event is seen by one of them, whenever the
 * change comes. Both use the same maps; a map whose meaning changes gets another name. Programs of control groups
 * need none of this, since their links take another program. */
#ifndef BWT_SUCCESSOR_BPF_H
#define BWT_SUCCESSOR_BPF_H

#include "kernel.h"

#include <bpf/bpf_helpers.h>

/* Before a program of that name. */
#define SUCCESSOR_OF(name)                                                                                           \
	struct {                                                                                                     \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY);                                                               \
		__uint(max_entries, 1);                                                                              \
		__type(key, __u32);                                                                                  \
		__type(value, __u32);                                                                                \
	} next_##name SEC(".maps")

/* The first thing that it does. Goes on where there is no successor. */
#define GIVE_WAY(ctx, name) bpf_tail_call(ctx, &next_##name, 0)

#endif
