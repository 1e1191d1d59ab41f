/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* What the current process runs, and where that file is. The kernel's own bpf_d_path() is refused where we count. */
#ifndef BWT_EXECUTABLE_BPF_H
#define BWT_EXECUTABLE_BPF_H

#include "kernel.h"
#include "traffic.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define MOST_STEPS 40 /* folders and mount points on the way up; the verifier takes each of them */

/* A path in the making, from its end. All of it is in a map: what the verifier knows nothing of is alike at each
 * step, and it has one way to follow, not two from every step on. */
struct path_walk {
	struct dentry *dentry;
	struct vfsmount *mnt;
	__u64 begin; /* of what is written */
	__u64 is_whole;
	/* Names begin in the first half: the other is there for the verifier, which knows how far they may reach but
	 * not that they end where the one before began. It stays zero, and ends a path that is shorter. */
	char path[2 * BWT_PATH_LEN];
};

/* Puts "/name" in front. Returns 0 when there is no room. */
static __always_inline int prepend_name(struct path_walk *walk, const struct dentry *dentry)
{
	__u64 length = BPF_CORE_READ(dentry, d_name.len);
	__u64 begin = walk->begin;

	if (length >= begin)
		return 0;
	begin -= length + 1;
	barrier_var(begin); /* or the compiler leaves out what the verifier needs to be told */
	barrier_var(length);
	begin &= BWT_PATH_LEN - 1;
	length &= BWT_PATH_LEN - 1;
	walk->begin = begin;
	walk->path[begin] = '/';
	bpf_probe_read_kernel(&walk->path[begin + 1], length, BPF_CORE_READ(dentry, d_name.name));
	return 1;
}

/* From a mount's root to the folder that it is mounted on. Returns 0 where that is none. */
static __always_inline int leave_mount(struct path_walk *walk, struct vfsmount *mnt)
{
	struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
	struct mount *parent = BPF_CORE_READ(mount, mnt_parent);

	if (parent == mount) {
		walk->is_whole = 1;
		return 0;
	}
	walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
	walk->mnt = (void *)parent + bpf_core_field_offset(struct mount, mnt);
	return 1;
}

/* From a file or folder to the one that it is in. Returns 0 where there is none, or no room. */
static __always_inline int leave_folder(struct path_walk *walk, struct dentry *dentry)
{
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

	if (!prepend_name(walk, dentry))
		return 0;
	if (parent == dentry) { /* memfd_create()'s */
		walk->is_whole = 1;
		return 0;
	}
	walk->dentry = parent;
	return 1;
}

/* Walks up from the file as d_path() does, to the root of the mount namespace that the file was found in: the host's,
 * also for who lives in a chroot; a container's own where its runtime left no way up from there. That is what the
 * host sees as /proc/PID/exe. Nothing is locked: while a folder is renamed, its name may be either. */
static __always_inline void write_path(struct path_walk *walk, struct file *file)
{
	walk->mnt = BPF_CORE_READ(file, f_path.mnt);
	walk->dentry = BPF_CORE_READ(file, f_path.dentry);
	walk->begin = BWT_PATH_LEN;
#pragma clang loop unroll(disable)
	for (int step = 0; step < MOST_STEPS; ++step) {
		struct vfsmount *mnt = walk->mnt;
		struct dentry *dentry = walk->dentry;

		if (dentry != BPF_CORE_READ(mnt, mnt_root)) {
			if (!leave_folder(walk, dentry))
				break;
		} else if (!leave_mount(walk, mnt)) {
			break;
		}
	}
}

static __always_inline int is_deleted(const struct dentry *dentry, const struct inode *inode)
{
	int is_unhashed = !BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry;

	return is_unhashed || BPF_CORE_READ(inode, i_nlink) == 0;
}

/* Fills in a zeroed description. It stays zero for a process that is ending. */
static __always_inline void read_executable(struct bwt_executable *executable, struct path_walk *walk)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct dentry *dentry;
	struct inode *inode;
	__u64 begin;

	if (!file)
		return;
	dentry = BPF_CORE_READ(file, f_path.dentry); /* of the overlay, not of what it lies over */
	inode = BPF_CORE_READ(dentry, d_inode);
	executable->inode = BPF_CORE_READ(inode, i_ino);
	executable->device = BPF_CORE_READ(inode, i_sb, s_dev);
	write_path(walk, file);
	executable->flags = (walk->is_whole ? 0 : BWT_EXE_TAIL) | (is_deleted(dentry, inode) ? BWT_EXE_DELETED : 0);
	begin = walk->begin;
	if (begin < BWT_PATH_LEN)
		bpf_probe_read_kernel(executable->path, BWT_PATH_LEN, &walk->path[begin]);
}

#endif
