/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* Who makes the call. */
#ifndef BWT_PROCESS_BPF_H
#define BWT_PROCESS_BPF_H

#include "maps.bpf.h"

#include <bpf/bpf_core_read.h>

static __always_inline struct task_struct *current_leader(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, group_leader);
}

/* {0, 0} for the kernel's own threads. */
static __always_inline struct bwt_process_key current_process(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct bwt_process_key key = {};

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return key;
	key.start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	key.tgid = bpf_get_current_pid_tgid() >> 32;
	return key;
}

static __always_inline void read_leader_name(char *name)
{
	bpf_core_read_str(name, BWT_NAME_LEN, &current_leader()->comm);
}

/* Makes sure that the current process is described, and by the user that it is now: a daemon that gives up root tells
 * nobody. Losing the race to another of its threads is as good. */
static __always_inline void describe_process(const struct bwt_process_key *key)
{
	void *processes = process_map();
	struct bwt_process_value *known;
	struct bwt_process_value process = {};

	if (!key->tgid || !processes)
		return;
	known = bpf_map_lookup_elem(processes, key);
	if (known) {
		known->uid = bpf_get_current_uid_gid();
		return;
	}
	process.uid = bpf_get_current_uid_gid();
	read_leader_name(process.name);
	bpf_map_update_elem(processes, key, &process, BPF_NOEXIST);
	if (!bpf_map_lookup_elem(processes, key))
		add_health(BWT_HEALTH_PROCESS_FULL, 1);
}

#endif
