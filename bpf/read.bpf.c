// SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later
/* Hands the maps' entries to user space, as rows in a file (BPF iterators, Linux 5.9 and later). The map's own system
 * calls, batched or not, keep every classic tracepoint's programs off this CPU while they copy, and where the kernel
 * preempts the caller that lasts until it runs again: up to a sixth of all calls was lost to a reader in a loop. */
#include "kernel.h"

#include <bpf/bpf_helpers.h>

/* Set by user space: of which size keys and values are in the maps that are read. Those may be another build's. */
const volatile __u32 flow_key_words = 0;
const volatile __u32 flow_value_words = 0;
const volatile __u32 process_key_words = 0;
const volatile __u32 process_value_words = 0;
/* Where in a process's value these two are, in bytes. */
const volatile __u32 execs_at = 0;
const volatile __u32 path_at = 0;

#define MOST_WORDS 56 /* that fit the stack; mostRowBytes of helper/source/rowreader.h says it too */

/* Copied through the stack, word by word: no counter is read half-way. */
static __always_inline void copy(__u64 *to, const __u64 *from, __u32 words)
{
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < MOST_WORDS; ++i) {
		if (i >= words)
			break;
		*(volatile __u64 *)(to + i) = *(const volatile __u64 *)(from + i);
	}
}

static __always_inline void write_row(struct seq_file *seq, const __u64 *row, __u32 words)
{
	if (words <= MOST_WORDS)
		bpf_seq_write(seq, row, words * sizeof(__u64));
}

SEC("iter/bpf_map_elem")
int read_flow(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 key_words = flow_key_words;
	__u32 value_words = flow_value_words;
	const void *key = ctx->key;
	const void *value = ctx->value;
	__u64 row[MOST_WORDS];

	if (!key || !value || key_words + value_words > MOST_WORDS) /* the end */
		return 0;
	copy(row, key, key_words);
	copy(row + key_words, value, value_words);
	write_row(ctx->meta->seq, row, key_words + value_words);
	return 0;
}

SEC("iter/bpf_map_elem")
int read_process(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 key_words = process_key_words;
	__u32 value_words = process_value_words;
	const void *key = ctx->key;
	const void *value = ctx->value;
	const volatile __u32 *execs;
	__u64 row[MOST_WORDS];
	__u32 before;

	if (!key || !value || key_words + value_words > MOST_WORDS)
		return 0;
	copy(row, key, key_words);
	execs = value + execs_at;
	before = *execs;
	barrier();
	copy(row + key_words, value, value_words);
	barrier();
	if (before % 2 || *execs != before) /* halfway through an exec: the next look sees what it runs now */
		*((char *)(row + key_words) + path_at) = 0;
	write_row(ctx->meta->seq, row, key_words + value_words);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
