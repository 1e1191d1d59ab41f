/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* What the kernel's side writes and the helper reads. Plain C with fixed-width types. Maps of one build are read by
 * older and newer ones, which find the fields by name (helper/source/layout.cpp lists them): a field may move, come
 * or go, but one whose meaning changes gets another name, and so does a map. Sizes are whole words of 8 bytes. */
#ifndef BWT_TRAFFIC_H
#define BWT_TRAFFIC_H

#include <linux/types.h>

/* In a build for the test of upgrades everything is somewhere else. */
#ifdef BWT_OTHER_LAYOUT
#define BWT_OTHER_FIELD __u64 other;
#else
#define BWT_OTHER_FIELD
#endif

#define BWT_NAME_LEN 16 /* TASK_COMM_LEN, include/linux/sched.h */
#define BWT_PATH_LEN                                                                                                 \
	256 /* "/" and the longest name (NAME_MAX, include/uapi/linux/limits.h), or several shorter ones */

/* Stands for packet sockets, which have an EtherType where others have an IP protocol. IP protocols end at 262
 * (IPPROTO_MPTCP, include/uapi/linux/in.h). */
#define BWT_PROTOCOL_PACKET 0xffff

enum bwt_direction {
	BWT_TX = 0,
	BWT_RX = 1,
};

/* What a counter measures. Never added together. */
enum bwt_measure {
	BWT_PROGRAM = 0, /* bytes and calls at the socket */
	BWT_WIRE, /* IP bytes and packets that passed the stack for a program's sockets, or for the kernel */
	BWT_FORWARDED, /* IP bytes and packets that passed through from one interface to another */
	BWT_BUNDLED, /* headers, and packets, that an interface was spared since the kernel handed over many as one */
};

/* Slots of the array that holds the maps of flows. */
enum bwt_flow_map {
	BWT_FLOWS = 0,
#ifdef BWT_OTHER_LAYOUT
	BWT_OTHER,
#endif
	BWT_COARSE, /* where calls go for which there is no room among the flows: keys without remote and service */
	BWT_WIRES, /* flows of the other measures, so that no packet takes the room of what programs moved */
	BWT_COARSE_WIRES, /* where packets go for which there is no room among those */
	BWT_FLOW_MAPS,
};

/* Who talks to whom. Zeroed before it is filled: the map compares bytes. */
struct bwt_flow_key {
	BWT_OTHER_FIELD
	__u64 start_ns; /* CLOCK_BOOTTIME of the thread-group leader's start; 0 for the kernel */
	__u32 tgid; /* in the initial pid namespace; 0 for the kernel */
	__u32 netns; /* inode of the socket's network namespace */
	__u8 remote[16]; /* IPv6, or IPv4 mapped into ::ffff:0:0/96; all zero when unknown */
	__u16 protocol; /* IPPROTO_*, or BWT_PROTOCOL_PACKET */
	__u16 service; /* remote port if below 1024, else local port if below 1024, else 0; host order */
	__u8 direction; /* enum bwt_direction */
	__u8 measure; /* enum bwt_measure */
	__u8 copied; /* 1 where other counters of the wire hold the same packets, which passed the interface once */
	__u8 reserved;
	__u32 ifindex; /* of the interface in `netns`; 0 for BWT_PROGRAM */
	__u32 reserved2;
};

/* Bytes and calls only ever grow, by atomic adds. A call that moved no byte doesn't count; where the wire is
 * measured, packets stand for calls. */
struct bwt_flow_value {
	BWT_OTHER_FIELD
	__u64 bytes;
	__u64 calls;
	__u64 last_ns; /* CLOCK_BOOTTIME; of two calls at once either's */
	char name[BWT_NAME_LEN]; /* the leader's name when the flow began; bwt_process has the newest */
};

struct bwt_process_key {
	__u64 start_ns;
	__u32 tgid;
	__u32 reserved;
};

/* Bits of bwt_executable's flags. */
#define BWT_EXE_DELETED 1 /* the file had no name any more */
#define BWT_EXE_TAIL 2 /* the path's beginning is missing: it was too long, or too deep */

/* The file that a process runs; for a script it is the interpreter. */
struct bwt_executable {
	__u64 inode; /* these two as in /proc/PID/maps; 0 when there is no file */
	__u32 device; /* minor number in the lower 20 bits */
	__u32 flags;
	char path[BWT_PATH_LEN]; /* the end of what /proc/PID/exe shows to the host; without a zero when it fills this
				  */
};

/* Written before the first flow that names the process. */
struct bwt_process_value {
	BWT_OTHER_FIELD
	__u64 exit_ns; /* CLOCK_BOOTTIME, 0 while it lives */
	__u32 uid; /* real uid in the initial user namespace, at the newest flow's beginning or exec */
	__u32 execs; /* grows by two at each exec: what was read from /proc before is out of date; odd in between */
	char name[BWT_NAME_LEN]; /* thread-group leader's */
	__u64 cgroup; /* id of its directory in the cgroup2 file system, at the newest flow's beginning or exec */
	struct bwt_process_key parent; /* when the process was described; {0, 0} for none */
	struct bwt_executable executable; /* then, or at the newest exec since */
};

/* What reading the maps yields. */
struct bwt_flow {
	struct bwt_flow_key key;
	struct bwt_flow_value value;
};

struct bwt_process {
	struct bwt_process_key key;
	struct bwt_process_value value;
};

#define BWT_ANSWER_BYTES 1232 /* what resolvers take by UDP (RFC 9715) */

/* A name server's answer, which follows: its beginning. */
struct bwt_answer {
	__u64 at_ns; /* CLOCK_BOOTTIME */
	__u64 start_ns; /* these two as in bwt_process_key: whoever asked */
	__u32 tgid;
	__u32 netns; /* inode of the socket's network namespace */
	__u32 length; /* of what follows; the record may be longer */
	__u32 is_stream; /* 1 where messages follow one another, each with its length before it */
};

/* Slots of the `health` array, which user space maps into its memory. Append only, since all builds share it. */
enum bwt_health {
	BWT_HEALTH_FLOW_COARSE = 0, /* calls counted under a coarser key since `flows` was full */
	BWT_HEALTH_LOST_TX_BYTES, /* bytes that not even `coarse` had room for: total known, owner unknown */
	BWT_HEALTH_LOST_RX_BYTES,
	BWT_HEALTH_PROCESS_FULL, /* flows begun by processes that `processes` or `sketches` had no room for */
	BWT_HEALTH_MISSED_CALLS, /* calls that were seen to begin and not to end, or that there was no room to keep */
	BWT_HEALTH_STREAM_FULL, /* pieces taken out of TCP sockets that `streams` or `readers` had no room for */
	BWT_HEALTH_WIRE_COARSE, /* packets counted under a coarser key since `wires` was full */
	BWT_HEALTH_LOST_WIRE_TX_BYTES, /* IP bytes that not even `coarse_wires` had room for */
	BWT_HEALTH_LOST_WIRE_RX_BYTES,
	BWT_HEALTH_UNKNOWN_OWNER, /* packets counted as the kernel's since nobody knows whose socket it was */
	BWT_HEALTH_OWNER_FULL, /* uses of a socket that `owners` had no room for */
	BWT_HEALTH_ANSWER_MISSED, /* of name servers, that there was no room to copy, or that came in pieces */
	BWT_HEALTH_SLOTS,
	BWT_HEALTH_ROOM = 64, /* for those of later builds */
};

/* Slots of the `switches` array, which user space writes: 0 is off. */
enum bwt_switch {
	BWT_SWITCH_WIRE = 0, /* whether packets are counted */
	BWT_SWITCHES,
};

#define BWT_ASSERT_SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type " has another layout")
#ifdef __cplusplus
#undef BWT_ASSERT_SIZE
#define BWT_ASSERT_SIZE(type, size) static_assert(sizeof(struct type) == (size), #type " has another layout")
#endif
#ifndef BWT_OTHER_LAYOUT
BWT_ASSERT_SIZE(bwt_flow_key, 48);
BWT_ASSERT_SIZE(bwt_flow_value, 40);
BWT_ASSERT_SIZE(bwt_process_key, 16);
BWT_ASSERT_SIZE(bwt_executable, 272);
BWT_ASSERT_SIZE(bwt_process_value, 328);
#endif
BWT_ASSERT_SIZE(bwt_answer, 32);

#endif
