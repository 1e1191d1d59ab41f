/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* Who makes the call. */
#ifndef BWT_PROCESS_BPF_H
#define BWT_PROCESS_BPF_H

#include "executable.bpf.h"
#include "maps.bpf.h"

#include <bpf/bpf_core_read.h>

static __always_inline struct task_struct *current_leader(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, group_leader);
}

/* {0, 0} for the kernel's own threads. */
static __always_inline struct bwt_process_key process_of(const struct task_struct *task)
{
	struct bwt_process_key key = {};

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return key;
	key.start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	key.tgid = BPF_CORE_READ(task, tgid);
	return key;
}

static __always_inline struct bwt_process_key current_process(void)
{
	return process_of((const struct task_struct *)bpf_get_current_task());
}

static __always_inline void read_leader_name(char *name)
{
	bpf_core_read_str(name, BWT_NAME_LEN, &current_leader()->comm);
}

/* A description in the making, by thread: too large for the stack, and a program that is preempted mustn't share one
 * with the next on its processor. */
struct sketch {
	struct bwt_process_value process;
	struct path_walk walk;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512); /* far more than threads that begin a flow at once */
	__type(key, __u64);
	__type(value, struct sketch);
} sketches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sketch);
} blank_sketch SEC(".maps");

/* NULL when there is no room. */
static __always_inline struct sketch *begin_sketch(__u64 thread)
{
	__u32 index = 0;
	const struct sketch *blank = bpf_map_lookup_elem(&blank_sketch, &index);

	if (!blank || bpf_map_update_elem(&sketches, &thread, blank, BPF_NOEXIST) != 0)
		return NULL;
	return bpf_map_lookup_elem(&sketches, &thread);
}

static __always_inline void end_sketch(__u64 thread)
{
	bpf_map_delete_elem(&sketches, &thread);
}

static __always_inline void read_parent(struct bwt_process_key *parent)
{
	struct task_struct *leader = BPF_CORE_READ(current_leader(), real_parent, group_leader);

	parent->tgid = BPF_CORE_READ(leader, tgid);
	if (parent->tgid) /* 0 is what init comes from */
		parent->start_ns = BPF_CORE_READ(leader, start_boottime);
}

/* Describes the current process. Global, so that the verifier looks at it once and not at every place it is called
 * from; such a function is given numbers alone. Losing the race to another of its threads is as good. */
__noinline int add_process(__u64 start_ns, __u32 tgid)
{
	struct bwt_process_key key = {.start_ns = start_ns, .tgid = tgid};
	__u64 thread = bpf_get_current_pid_tgid();
	struct sketch *sketch = begin_sketch(thread);
	void *processes = process_map();

	if (!sketch)
		return 0;
	sketch->process.uid = bpf_get_current_uid_gid();
	sketch->process.cgroup = bpf_get_current_cgroup_id();
	read_leader_name(sketch->process.name);
	read_parent(&sketch->process.parent);
	read_executable(&sketch->process.executable, &sketch->walk);
	if (processes)
		bpf_map_update_elem(processes, &key, &sketch->process, BPF_NOEXIST);
	end_sketch(thread);
	return 0;
}

/* Makes sure that the current process is described, and by the user and cgroup that it has now: a daemon that gives
 * up root tells nobody. */
static __always_inline void describe_process(const struct bwt_process_key *key)
{
	void *processes = process_map();
	struct bwt_process_value *known;

	if (!key->tgid || !processes)
		return;
	known = bpf_map_lookup_elem(processes, key);
	if (known) {
		known->uid = bpf_get_current_uid_gid();
		known->cgroup = bpf_get_current_cgroup_id();
		return;
	}
	add_process(key->start_ns, key->tgid);
	if (!bpf_map_lookup_elem(processes, key))
		add_health(BWT_HEALTH_PROCESS_FULL, 1);
}

#endif
