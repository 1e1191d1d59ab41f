/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's own sends: a socket map hands what one connection receives to another, and a worker of the kernel's
 * sends it on. What it sent is what arrives at the end. */
#include "generator.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PASSED_ON_BYTES 100000

static int bpf(int command, union bpf_attr* attributes, const char* what)
{
    return (int)must(syscall(SYS_bpf, command, attributes, sizeof(*attributes)), what);
}

static int new_socket_map(void)
{
    union bpf_attr attributes = {0};

    attributes.map_type = BPF_MAP_TYPE_SOCKMAP;
    attributes.key_size = sizeof(uint32_t);
    attributes.value_size = sizeof(uint32_t);
    attributes.max_entries = 2;
    return bpf(BPF_MAP_CREATE, &attributes, "a socket map");
}

static void put_socket(int map, uint32_t slot, int socket)
{
    const uint32_t value = (uint32_t)socket;
    union bpf_attr attributes = {0};

    attributes.map_fd = (uint32_t)map;
    attributes.key = (uint64_t)(uintptr_t)&slot;
    attributes.value = (uint64_t)(uintptr_t)&value;
    bpf(BPF_MAP_UPDATE_ELEM, &attributes, "a socket in the map");
}

/* A program that says: on to the socket in slot 0. */
static int load_redirection(int map)
{
    const struct bpf_insn program[] = {
        {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_2, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map},
        {0},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = 0},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_4, .imm = 0},
        {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_sk_redirect_map},
        {.code = BPF_JMP | BPF_EXIT},
    };
    union bpf_attr attributes = {0};

    attributes.prog_type = BPF_PROG_TYPE_SK_SKB;
    attributes.insns = (uint64_t)(uintptr_t)program;
    attributes.insn_cnt = sizeof(program) / sizeof(program[0]);
    attributes.license = (uint64_t)(uintptr_t)"GPL";
    return bpf(BPF_PROG_LOAD, &attributes, "a program");
}

static void redirect(int map)
{
    union bpf_attr attributes = {0};

    attributes.target_fd = (uint32_t)map;
    attributes.attach_bpf_fd = (uint32_t)load_redirection(map);
    attributes.attach_type = BPF_SK_SKB_STREAM_VERDICT;
    bpf(BPF_PROG_ATTACH, &attributes, "the program at the map");
}

/* Unlike those of any other test, since the kernel's traffic is everybody's. */
static const char* unusual_address(void)
{
    static char address[] = "fd00::beef:0000";

    for (int digit = 0, rest = getpid(); digit < 4; ++digit, rest /= 10)
        address[sizeof(address) - 2 - (size_t)digit] = (char)('0' + rest % 10);
    return address;
}

static void run_socket_map(const void* plan)
{
    (void)plan;
    own_network();
    const char* end = unusual_address();
    const struct connection first = connect_within("fd00::2", "fd00::3");
    const struct connection second = connect_within("fd00::4", end);
    const int map = new_socket_map();
    redirect(map);
    put_socket(map, 0, second.client);
    put_socket(map, 1, first.server);

    struct side sender = {.fd = first.client};
    struct side receiver = {.fd = second.server};
    send_all(&sender, PASSED_ON_BYTES);
    receive_all(&receiver, PASSED_ON_BYTES);
    const struct end remotes[] = {end_at("fd00::3", 0), end_at("fd00::4", 0), end_at(end, 0)};
    say("client", IPPROTO_TCP, &remotes[0], &sender.tally);
    say("server", IPPROTO_TCP, &remotes[1], &receiver.tally);
    say_of((struct process){0}, "kernel", IPPROTO_TCP, &remotes[2],
        &(const struct tally){.tx_bytes = receiver.tally.rx_bytes, .calls_vary = true});
}

const struct traffic_case traffic_cases[] = {
    {"socket-map", run_socket_map, NULL},
    {0},
};
