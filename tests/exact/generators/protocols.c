/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other protocols than plain TCP and UDP. */
#include "generator.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <unistd.h>

#define ECHO_BYTES 64
#define IPV4_HEADER_BYTES 20
#define EXPERIMENTAL_PROTOCOL 253 /* RFC 3692 */

static char data[3000];

static void send_many_and_receive(struct side* side)
{
    send_all(side, MANY_BYTES);
    receive_all(side, MANY_BYTES);
}

static void receive_many_and_send(struct side* side)
{
    receive_all(side, MANY_BYTES);
    send_all(side, MANY_BYTES);
}

static void send_messages(struct side* side)
{
    for (int i = 0; i < 100; ++i)
        expect(sent(&side->tally, send(side->fd, data, 1000, 0)) == 1000, "it is sent");
    await_other(side); /* who may not have looked yet whom SCTP connected it to */
}

static void receive_messages(struct side* side)
{
    receive_all(side, 100 * 1000);
    tell_other(side);
}

static void run_if_there_are(const char* feature, const struct encounter* encounter)
{
    const struct route* route = &encounter->route;

    need_protocol(feature, end_at(route->server, 0).storage.ss_family, route->type, route->protocol);
    run_encounter(encounter);
}

static void run_mptcp(const void* encounter)
{
    run_if_there_are("MPTCP", encounter);
}

static void run_sctp(const void* encounter)
{
    run_if_there_are("SCTP", encounter);
}

/* One socket that has associations with two others. */

struct caller {
    const char* address;
    struct end server;
};

#define CALLER_MESSAGES 100

static void call(void* context)
{
    struct caller* caller = context;
    struct tally tally = {0};
    const int fd = bound_at(caller->address, SOCK_SEQPACKET, IPPROTO_SCTP);

    for (int i = 0; i < CALLER_MESSAGES; ++i) {
        expect(sent(&tally, sendto(fd, data, 1000, 0, raw(&caller->server), caller->server.length)) == 1000,
            "it is sent");
        expect(taken(&tally, recv(fd, data, sizeof(data), 0)) == 500, "the answer arrives");
    }
    say("client", IPPROTO_SCTP, &caller->server, &tally);
}

/* The two callers' addresses end with 2 and 4. */
static void answer_both(int fd, struct tally tallies[2], struct end remotes[2])
{
    for (int i = 0; i < 2 * CALLER_MESSAGES; ++i) {
        struct end from = {.length = sizeof(from.storage)};
        const long bytes = must(recvfrom(fd, data, sizeof(data), 0, raw(&from), &from.length), "recvfrom");
        const int caller = (ntohl(((struct sockaddr_in*)raw(&from))->sin_addr.s_addr) & 0xff) == 4;
        remotes[caller] = from;
        expect(taken(&tallies[caller], bytes) == 1000, "whole messages arrive");
        expect(sent(&tallies[caller], sendto(fd, data, 500, 0, raw(&from), from.length)) == 500, "it is answered");
    }
}

static void run_sctp_to_many(const void* plan)
{
    struct tally tallies[2] = {0};
    struct end remotes[2];

    (void)plan;
    need_protocol("SCTP", AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    own_network();
    const int fd = bound_at("127.0.0.3", SOCK_SEQPACKET, IPPROTO_SCTP);
    must(listen(fd, 5), "listen");
    struct caller callers[] = {{"127.0.0.2", local_end(fd)}, {"127.0.0.4", local_end(fd)}};
    const pid_t first = spawn(call, &callers[0]);
    const pid_t second = spawn(call, &callers[1]);
    answer_both(fd, tallies, remotes);
    say("server", IPPROTO_SCTP, &remotes[0], &tallies[0]);
    say("server", IPPROTO_SCTP, &remotes[1], &tallies[1]);
    join(first);
    join(second);
}

static void run_udp_lite(const void* encounter)
{
    run_if_there_are("UDP-Lite", encounter);
}

/* A connection whose first bytes travel with the request for it. */

static void expect_data_in_syn(int fd)
{
    struct tcp_info info;
    socklen_t length = sizeof(info);

    must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), "TCP_INFO");
    expect(info.tcpi_options & TCPI_OPT_SYN_DATA, "the data went with the SYN");
}

static void open_fast(void* context)
{
    struct end* server = context;
    struct side side = {.fd = bound_at("127.0.0.2", SOCK_STREAM, 0)};

    expect(sent(&side.tally, sendto(side.fd, data, 1000, MSG_FASTOPEN, raw(server), server->length)) == 1000,
        "it is sent");
    receive_all(&side, 500);
    expect_data_in_syn(side.fd);
    say("client", IPPROTO_TCP, server, &side.tally);
}

static void run_fast_open(const void* plan)
{
    (void)plan;
    own_network();
    set_network("ipv4/tcp_fastopen", "519"); /* for clients and servers, without a cookie */
    const int listener = bound_at("127.0.0.3", SOCK_STREAM, 0);
    set_option(listener, IPPROTO_TCP, TCP_FASTOPEN, 5);
    must(listen(listener, 5), "listen");
    struct end own = local_end(listener);
    const pid_t client = spawn(open_fast, &own);
    struct side side = {.fd = (int)must(accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept")};
    const struct end remote = remote_end(side.fd);
    receive_all(&side, 1000);
    send_all(&side, 500);
    say("server", IPPROTO_TCP, &remote, &side.tally);
    join(client);
}

/* One process that talks to the kernel, or to itself. */

struct echo {
    const char* remote;
    int type;
    int protocol;
    size_t received_bytes; /* in all: a raw socket is shown the request as well, and in IPv4 with the headers */
    bool connects;
};

static int echo_socket(const struct echo* echo, struct end* remote)
{
    const int fd = socket_at(echo->remote, echo->type, echo->protocol);

    if (echo->connects)
        must(connect(fd, raw(remote), remote->length), "connect");
    return fd;
}

static size_t fill_request(const struct echo* echo)
{
    struct icmphdr* v4 = (struct icmphdr*)data;
    struct icmp6_hdr* v6 = (struct icmp6_hdr*)data;

    memset(data, 0, ECHO_BYTES);
    if (echo->protocol == IPPROTO_ICMPV6) {
        v6->icmp6_type = ICMP6_ECHO_REQUEST;
        v6->icmp6_id = htons(4242);
        return ECHO_BYTES;
    }
    v4->type = ICMP_ECHO;
    v4->un.echo.id = htons(4242);
    v4->checksum = (uint16_t)~(htons(ICMP_ECHO << 8) + htons(4242));
    return ECHO_BYTES;
}

static void run_echo(const void* plan)
{
    const struct echo* echo = plan;
    struct end remote = end_at(echo->remote, 0);
    struct tally tally = {0};

    own_network();
    set_network("ipv4/ping_group_range", "0 2147483647");
    const int fd = echo_socket(echo, &remote);
    const size_t size = fill_request(echo);
    expect(
        sent(&tally, sendto(fd, data, size, 0, echo->connects ? NULL : raw(&remote), remote.length)) == (ssize_t)size,
        "the request is sent");
    while (tally.rx_bytes < echo->received_bytes)
        must(taken(&tally, recv(fd, data, sizeof(data), 0)), "recv");
    expect(tally.rx_bytes == echo->received_bytes, "nothing else arrives");
    say("client", echo->protocol, &remote, &tally);
}

/* Raw sockets have no ports: the two are told from each other by their addresses. */
static void run_raw(const void* plan)
{
    const int protocol = *(const int*)plan;
    struct tally tally = {0};

    own_network();
    const int client = bound_at("127.0.0.2", SOCK_RAW, protocol);
    const int server = bound_at("127.0.0.3", SOCK_RAW, protocol);
    struct end remote = end_at("127.0.0.3", 0);
    struct end origin = end_at("127.0.0.2", 0);
    must(connect(client, raw(&remote), remote.length), "connect");
    must(connect(server, raw(&origin), origin.length), "connect");
    expect(sent(&tally, send(client, data, 1000, 0)) == 1000, "it is sent");
    say("client", protocol, &remote, &tally);
    tally = (struct tally){0};
    expect(taken(&tally, recv(server, data, sizeof(data), 0)) == 1000 + IPV4_HEADER_BYTES, "it arrives");
    say("server", protocol, &origin, &tally);
}

static void run_raw_ipv6(const void* plan)
{
    struct tally tally = {0};

    (void)plan;
    own_network();
    const int client = bound_at("fd00::2", SOCK_RAW, EXPERIMENTAL_PROTOCOL);
    const int server = bound_at("fd00::3", SOCK_RAW, EXPERIMENTAL_PROTOCOL);
    struct end remote = end_at("fd00::3", 0);
    struct end origin = end_at("fd00::2", 0);
    must(connect(client, raw(&remote), remote.length), "connect");
    must(connect(server, raw(&origin), origin.length), "connect");
    expect(sent(&tally, send(client, data, 1000, 0)) == 1000, "it is sent");
    say("client", EXPERIMENTAL_PROTOCOL, &remote, &tally);
    tally = (struct tally){0};
    expect(taken(&tally, recv(server, data, sizeof(data), 0)) == 1000, "it arrives");
    say("server", EXPERIMENTAL_PROTOCOL, &origin, &tally);
}

/* The program writes the IP header itself. */
static void run_own_header(const void* plan)
{
    struct end remote = end_at("127.0.0.3", 0);
    struct iphdr* header = (struct iphdr*)data;
    struct tally tally = {0};

    (void)plan;
    own_network();
    const int fd = socket_at("127.0.0.2", SOCK_RAW, IPPROTO_RAW);
    must(connect(fd, raw(&remote), remote.length), "connect");
    header->version = 4;
    header->ihl = IPV4_HEADER_BYTES / 4;
    header->ttl = 64;
    header->protocol = EXPERIMENTAL_PROTOCOL;
    header->daddr = ((struct sockaddr_in*)raw(&remote))->sin_addr.s_addr;
    expect(sent(&tally, send(fd, data, 500, 0)) == 500, "it is sent");
    say("client", IPPROTO_RAW, &remote, &tally);
}

/* Packet sockets, whose peers are no addresses of IP. */

#define PROTOCOL_PACKET 65535

static struct sockaddr_ll loopback_device(void)
{
    return (struct sockaddr_ll){
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_802_EX1), /* for experiments: nobody takes it */
        .sll_ifindex = (int)if_nametoindex("lo"),
        .sll_halen = ETH_ALEN,
    };
}

static void run_packet(const void* plan)
{
    const int type = *(const int*)plan;
    struct tally tally = {0};

    own_network();
    struct sockaddr_ll device = loopback_device();
    const int fd = (int)must(socket(AF_PACKET, type | SOCK_CLOEXEC, htons(ETH_P_802_EX1)), "socket");
    if (type == SOCK_RAW)
        ((struct ethhdr*)data)->h_proto = htons(ETH_P_802_EX1);
    for (int i = 0; i < 10; ++i)
        expect(
            sent(&tally, sendto(fd, data, 100, 0, (struct sockaddr*)&device, sizeof(device))) == 100, "it is sent");
    expect(recv(fd, data, sizeof(data), 0) > 0, "a copy can be read, which is nobody's traffic");
    say("client", PROTOCOL_PACKET, NULL, &tally);
}

#define PAIR(name, run, ...)                                                                                         \
    {                                                                                                                \
        name, run, &(const struct encounter)                                                                         \
        {                                                                                                            \
            __VA_ARGS__                                                                                              \
        }                                                                                                            \
    }
#define ECHO(name, ...)                                                                                              \
    {                                                                                                                \
        name, run_echo, &(const struct echo)                                                                         \
        {                                                                                                            \
            __VA_ARGS__                                                                                              \
        }                                                                                                            \
    }

const struct traffic_case traffic_cases[] = {
    PAIR("mptcp4", run_mptcp, ROUTE4(SOCK_STREAM, IPPROTO_MPTCP), send_many_and_receive, receive_many_and_send),
    PAIR("mptcp6", run_mptcp, ROUTE6(SOCK_STREAM, IPPROTO_MPTCP), send_many_and_receive, receive_many_and_send),
    PAIR("sctp4", run_sctp, ROUTE4(SOCK_STREAM, IPPROTO_SCTP), send_messages, receive_messages),
    PAIR("sctp6", run_sctp, ROUTE6(SOCK_STREAM, IPPROTO_SCTP), send_messages, receive_messages),
    {"sctp-to-many", run_sctp_to_many, NULL},
    PAIR("udp-lite4", run_udp_lite, ROUTE4(SOCK_DGRAM, IPPROTO_UDPLITE), send_messages, receive_messages),
    PAIR("udp-lite6", run_udp_lite, ROUTE6(SOCK_DGRAM, IPPROTO_UDPLITE), send_messages, receive_messages),
    {"fast-open", run_fast_open, NULL},
    ECHO("icmp-raw", "127.0.0.1", SOCK_RAW, IPPROTO_ICMP, 2 * (ECHO_BYTES + IPV4_HEADER_BYTES), true),
    ECHO("icmp-raw-unconnected", "127.0.0.1", SOCK_RAW, IPPROTO_ICMP, 2 * (ECHO_BYTES + IPV4_HEADER_BYTES), false),
    ECHO("icmp-ping", "127.0.0.1", SOCK_DGRAM, IPPROTO_ICMP, ECHO_BYTES, true),
    ECHO("icmp-ping-unconnected", "127.0.0.1", SOCK_DGRAM, IPPROTO_ICMP, ECHO_BYTES, false),
    ECHO("icmp6-raw", "::1", SOCK_RAW, IPPROTO_ICMPV6, 2 * ECHO_BYTES, true),
    ECHO("icmp6-raw-unconnected", "::1", SOCK_RAW, IPPROTO_ICMPV6, 2 * ECHO_BYTES, false),
    ECHO("icmp6-ping", "::1", SOCK_DGRAM, IPPROTO_ICMPV6, ECHO_BYTES, true),
    ECHO("icmp6-ping-unconnected", "::1", SOCK_DGRAM, IPPROTO_ICMPV6, ECHO_BYTES, false),
    {"ip4-raw", run_raw, &(const int){EXPERIMENTAL_PROTOCOL}},
    {"ip6-raw", run_raw_ipv6, NULL},
    {"ip4-own-header", run_own_header, NULL},
    {"packet-cooked", run_packet, &(const int){SOCK_DGRAM}},
    {"packet-raw", run_packet, &(const int){SOCK_RAW}},
    {0},
};
