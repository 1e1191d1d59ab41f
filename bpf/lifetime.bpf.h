/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* What happens to processes that have a counter: a new name, a new executable, the end. Each is a state written into
 * the process's entry, not an event that could be dropped. Only the process itself writes there. */
#ifndef BWT_LIFETIME_BPF_H
#define BWT_LIFETIME_BPF_H

#include "process.bpf.h"
#include "reader.bpf.h"
#include "successor.bpf.h"

static __always_inline struct bwt_process_value *known_current_process(void)
{
	struct bwt_process_key key = current_process();
	void *processes = process_map();

	return processes ? bpf_map_lookup_elem(processes, &key) : NULL;
}

SUCCESSOR_OF(on_exec);
SEC("tracepoint/sched/sched_process_exec")
int on_exec(struct trace_event_raw_sched_process_exec *ctx)
{
	struct bwt_process_value *process = known_current_process();
	__u64 thread = bpf_get_current_pid_tgid();
	struct sketch *sketch;

	GIVE_WAY(ctx, on_exec);
	if (ctx->old_pid != ctx->pid) /* the leader's from now on; the thread that it was doesn't end */
		forget_reader((thread & ~0xffffffffULL) | (__u32)ctx->old_pid);
	if (!process)
		return 0;
	process->uid = bpf_get_current_uid_gid();
	process->cgroup = bpf_get_current_cgroup_id();
	sketch = begin_sketch(thread);
	if (sketch)
		read_executable(&sketch->process.executable, &sketch->walk);
	__sync_fetch_and_add(&process->execs, 1);
	if (sketch)
		bpf_probe_read_kernel(&process->executable, sizeof(process->executable), &sketch->process.executable);
	else
		process->executable.path[0] = 0;
	__sync_fetch_and_add(&process->execs, 1);
	end_sketch(thread);
	return 0;
}

/* Fires before the name changes, for threads too, and in every exec. A thread is renamed by its own process alone. */
SUCCESSOR_OF(on_rename);
SEC("tracepoint/task/task_rename")
int on_rename(struct trace_event_raw_task_rename *ctx)
{
	struct bwt_process_value *process;

	GIVE_WAY(ctx, on_rename);
	if (ctx->pid != (int)(bpf_get_current_pid_tgid() >> 32))
		return 0;
	process = known_current_process();
	if (process)
		bpf_core_read_str(process->name, BWT_NAME_LEN, &ctx->newcomm);
	return 0;
}

/* Fires for each thread, after it was taken out of `live`. */
SUCCESSOR_OF(on_exit);
SEC("tracepoint/sched/sched_process_exit")
int on_exit(void *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct bwt_process_value *process;

	GIVE_WAY(ctx, on_exit);
	forget_reader(bpf_get_current_pid_tgid());
#ifdef BWT_THREAD_ENDS /* by a backend that keeps something for each thread */
	BWT_THREAD_ENDS();
#endif
	if (BPF_CORE_READ(task, signal, live.counter) > 0)
		return 0;
	process = known_current_process();
	if (process)
		process->exit_ns = bpf_ktime_get_boot_ns();
	return 0;
}

#endif
