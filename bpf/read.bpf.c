// SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later
/* Hands the maps' entries to user space, as rows in a file (BPF iterators, Linux 5.9 and later). The map's own system
 * calls, batched or not, keep every classic tracepoint's programs off this CPU while they copy, and where the kernel
 * preempts the caller that lasts until it runs again: up to a sixth of all calls was lost to a reader in a loop. */
#include "kernel.h"
#include "traffic.h"

#include <bpf/bpf_helpers.h>

/* Copied through the stack, since those copies are made of whole, aligned words: no counter is read half-way. */

SEC("iter/bpf_map_elem")
int read_flow(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct bwt_flow_key *key = ctx->key;
	const struct bwt_flow_value *value = ctx->value;
	struct bwt_flow row;

	if (!key || !value) /* the end */
		return 0;
	row.key = *key;
	row.value = *value;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

SEC("iter/bpf_map_elem")
int read_process(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct bwt_process_key *key = ctx->key;
	const struct bwt_process_value *value = ctx->value;
	struct bwt_process row;
	__u32 execs;

	if (!key || !value)
		return 0;
	row.key = *key;
	execs = value->execs;
	barrier();
	row.value = *value;
	barrier();
	if (execs % 2 || value->execs != execs) /* halfway through an exec: the next look sees what it runs now */
		row.value.executable.path[0] = 0;
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
