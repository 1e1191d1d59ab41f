/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* The kernel's types as far as we read them. Offsets come from the running kernel's BTF when the programs are loaded
 * (CO-RE), so order and gaps here mean nothing; names and nesting do. */
#ifndef BWT_KERNEL_H
#define BWT_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>

#define AF_INET 2
#define AF_INET6 10
#define AF_PACKET 17

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd

#define ARPHRD_LOOPBACK 772

#define PACKET_HOST 0 /* to us */
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2

#define IPPROTO_ICMP 1
#define IPPROTO_IGMP 2
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_DCCP 33
#define IPPROTO_ICMPV6 58
#define IPPROTO_SCTP 132
#define IPPROTO_UDPLITE 136
#define IPPROTO_MPTCP 262

#define SOCK_STREAM 1
#define SOCK_RAW 3

/* Bits of sk_flags (enum sock_flags). */
#define SOCK_DONE 1
#define SOCK_URGINLINE 2

#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_TIME_WAIT 6
#define TCP_CLOSE 7
#define TCP_LISTEN 10
#define TCP_NEW_SYN_RECV 12

#define MSG_OOB 0x1
#define MSG_PEEK 0x2
#define MSG_ERRQUEUE 0x2000

#define PF_KTHREAD 0x00200000

#define SOCKFS_MAGIC 0x534f434b

struct proto;
struct seq_file;
struct tcp_ulp_ops;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	__u8 bytes[16]; /* a union in the kernel; only its address is taken */
};

typedef struct {
	__s64 counter;
} atomic64_t;

struct sock_common {
	__be32 skc_daddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct proto *skc_prot;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	atomic64_t skc_cookie;
	unsigned long skc_flags;
};

struct net_device {
	possible_net_t nd_net;
	int ifindex;
	unsigned short type; /* ARPHRD_* */
};

struct sk_buff {
	char cb[48]; /* TCP's begins with the sequence number of the first byte */
	struct net_device *dev;
	struct sock *sk;
	int skb_iif; /* index of the interface that it came in by; 0 when it was made here */
	unsigned int len;
	__u8 pkt_type : 3;
	__be16 protocol; /* EtherType */
	unsigned char *head; /* these three are addresses, the next three offsets from `head` */
	unsigned char *data;
	unsigned int end;
	__u16 network_header;
	__u16 transport_header;
};

/* At skb->head + skb->end. */
struct skb_shared_info {
	unsigned short gso_size;
	unsigned short gso_segs;
	unsigned int gso_type;
};

struct sk_buff_head {
	struct sk_buff *next;
};

typedef struct {
	int owned; /* by a task; 0 where the kernel's own softirq has the socket */
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_receive_queue;
	socket_lock_t sk_lock;
	struct proto *sk_prot_creator;
	__u16 sk_type;
	__u16 sk_protocol;
	__u8 sk_kern_sock : 1; /* made by the kernel for itself */
};

struct inet_connection_sock {
	const struct tcp_ulp_ops *icsk_ulp_ops;
	void *icsk_ulp_data;
};

struct mptcp_subflow_context {
	struct sock *conn; /* what the program has */
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 copied_seq;
	__u32 rcv_nxt;
	__u64 bytes_received;
	__u32 urg_seq;
	_Bool is_mptcp; /* one of the connections below MPTCP's */
};

struct socket {
	struct sock *sk;
};

struct super_block {
	unsigned int s_dev; /* minor number in the lower 20 bits */
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
	const unsigned int i_nlink;
};

struct qstr {
	unsigned int len;
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
};

struct mm_struct {
	struct file *exe_file;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
};

struct task_struct {
	unsigned int flags;
	struct mm_struct *mm;
	int tgid;
	struct task_struct *real_parent; /* not the tracer's, which `parent` may be */
	struct task_struct *group_leader;
	__u64 start_boottime;
	struct signal_struct *signal;
	char comm[16];
};

struct trace_event_raw_sock_msg_length {
	void *sk;
	int ret;
	int flags;
};

struct trace_event_raw_tcp_event_sk {
	const void *skaddr;
	__u64 sock_cookie;
};

struct trace_event_raw_sched_process_exec {
	int pid;
	int old_pid;
};

struct trace_event_raw_task_rename {
	int pid;
	char newcomm[16];
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct task_struct *task;
	struct file *file;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *key;
	void *value;
};

#pragma clang attribute pop

#endif
