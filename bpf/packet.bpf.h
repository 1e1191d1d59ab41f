/* SPDX-License-Identifier: GPL-2.0-only OR GPL-3.0-or-later */
/* Every packet that a socket sends or is given, of all control groups. They let everything pass, unaltered. */
#ifndef BWT_PACKET_BPF_H
#define BWT_PACKET_BPF_H

#include "books.bpf.h"
#include "lookup.bpf.h"
#include "peer.bpf.h"
#include "wire.bpf.h"

SEC("cgroup_skb/ingress")
int on_ingress(struct __sk_buff *skb)
{
	note_sender_of(skb);
	count_packet(skb, BWT_RX);
	copy_answer(skb);
	return PASS;
}

SEC("cgroup_skb/egress")
int on_egress(struct __sk_buff *skb)
{
	note_receiver_of(skb);
	count_packet(skb, BWT_TX);
	note_question(skb);
	note_answer6(skb);
	return PASS;
}

#endif
