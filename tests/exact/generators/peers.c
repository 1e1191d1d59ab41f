/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unconnected datagram sockets: one talks to several, in turn, and none of them is told by connect() to whom. */
#include "generator.h"

#include <string.h>
#include <unistd.h>

#define PEERS 3
#define ROUNDS 100
#define QUESTION_BYTES 1000
#define ANSWER_BYTES 500

struct circle {
    const char* hub;
    const char* peers[PEERS];
    void (*ask)(struct end peers[PEERS], int fd, struct tally tallies[PEERS]); /* one question to each */
    ssize_t (*take)(int fd, char* data, size_t size);
};

static char data[QUESTION_BYTES];

static void ask_by_sendto(struct end peers[PEERS], int fd, struct tally tallies[PEERS])
{
    for (int i = 0; i < PEERS; ++i)
        must(sent(&tallies[i], sendto(fd, data, sizeof(data), 0, raw(&peers[i]), peers[i].length)), "sendto");
}

static void ask_by_sendmsg(struct end peers[PEERS], int fd, struct tally tallies[PEERS])
{
    for (int i = 0; i < PEERS; ++i) {
        struct iovec part = {data, sizeof(data)};
        const struct msghdr message
            = {.msg_name = raw(&peers[i]), .msg_namelen = peers[i].length, .msg_iov = &part, .msg_iovlen = 1};
        must(sent(&tallies[i], sendmsg(fd, &message, 0)), "sendmsg");
    }
}

static void ask_by_sendmmsg(struct end peers[PEERS], int fd, struct tally tallies[PEERS])
{
    struct iovec part = {data, sizeof(data)};
    struct mmsghdr messages[PEERS] = {0};

    for (int i = 0; i < PEERS; ++i)
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = raw(&peers[i]), .msg_namelen = peers[i].length, .msg_iov = &part, .msg_iovlen = 1};
    expect(sendmmsg(fd, messages, PEERS, 0) == PEERS, "all are sent");
    for (int i = 0; i < PEERS; ++i)
        sent(&tallies[i], messages[i].msg_len);
}

static ssize_t take_by_recv(int fd, char* buffer, size_t size)
{
    return recv(fd, buffer, size, 0);
}

static ssize_t take_by_read(int fd, char* buffer, size_t size)
{
    return read(fd, buffer, size);
}

static ssize_t take_by_recvfrom(int fd, char* buffer, size_t size)
{
    struct end from = {.length = sizeof(from.storage)};

    return recvfrom(fd, buffer, size, 0, raw(&from), &from.length);
}

static ssize_t take_by_recvmmsg(int fd, char* buffer, size_t size)
{
    struct iovec part = {buffer, size};
    struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};

    must(recvmmsg(fd, &message, 1, 0, NULL), "recvmmsg");
    return message.msg_len;
}

struct peer {
    const struct circle* circle;
    int fd;
    char number; /* which its answers carry, since not every call tells who sent */
    struct end hub;
};

/* Knows who asks, and is not connected to it. */
static void answer(void* context)
{
    struct peer* peer = context;
    struct tally tally = {0};

    for (int i = 0; i < ROUNDS; ++i) {
        expect(taken(&tally, peer->circle->take(peer->fd, data, sizeof(data))) == QUESTION_BYTES, "a question comes");
        data[0] = peer->number;
        must(sent(&tally, sendto(peer->fd, data, ANSWER_BYTES, 0, raw(&peer->hub), peer->hub.length)), "sendto");
    }
    say("peer", IPPROTO_UDP, &peer->hub, &tally);
}

static void run_circle(const void* plan)
{
    const struct circle* circle = plan;
    struct peer peers[PEERS];
    struct end ends[PEERS];
    pid_t children[PEERS];
    struct tally tallies[PEERS] = {0};

    own_network();
    const int fd = bound_at(circle->hub, SOCK_DGRAM, 0);
    for (int i = 0; i < PEERS; ++i) {
        peers[i] = (struct peer){circle, bound_at(circle->peers[i], SOCK_DGRAM, 0), (char)i, local_end(fd)};
        ends[i] = local_end(peers[i].fd);
        children[i] = spawn(answer, &peers[i]);
    }
    for (int round = 0; round < ROUNDS; ++round)
        circle->ask(ends, fd, tallies);
    for (int i = 0; i < PEERS * ROUNDS; ++i) {
        expect(circle->take(fd, data, sizeof(data)) == ANSWER_BYTES, "an answer comes");
        taken(&tallies[(int)data[0]], ANSWER_BYTES);
    }
    for (int i = 0; i < PEERS; ++i) {
        join(children[i]);
        say("hub", IPPROTO_UDP, &ends[i], &tallies[i]);
    }
}

#define CIRCLE4 "127.0.0.20", {"127.0.0.21", "127.0.0.22", "127.0.0.23"}
#define CIRCLE6 "fd00::1", {"fd00::2", "fd00::3", "fd00::4"}
#define MAPPED "::ffff:127.0.0.20", {"::ffff:127.0.0.21", "::ffff:127.0.0.22", "::ffff:127.0.0.23"}
#define CASE(name, ...)                                                                                              \
    {                                                                                                                \
        name, run_circle, &(const struct circle)                                                                     \
        {                                                                                                            \
            __VA_ARGS__                                                                                              \
        }                                                                                                            \
    }

const struct traffic_case traffic_cases[] = {
    CASE("sendto-recv", CIRCLE4, ask_by_sendto, take_by_recv),
    CASE("sendmsg-read", CIRCLE4, ask_by_sendmsg, take_by_read),
    CASE("sendmmsg-recvmmsg", CIRCLE4, ask_by_sendmmsg, take_by_recvmmsg),
    CASE("sendto-recvfrom", CIRCLE4, ask_by_sendto, take_by_recvfrom),
    CASE("ipv6-sendto-recv", CIRCLE6, ask_by_sendto, take_by_recv),
    CASE("ipv6-sendmmsg-recvmmsg", CIRCLE6, ask_by_sendmmsg, take_by_recvmmsg),
    CASE("mapped-sendto-recv", MAPPED, ask_by_sendto, take_by_recv),
    CASE("mapped-sendmmsg-recvmmsg", MAPPED, ask_by_sendmmsg, take_by_recvmmsg),
    {0},
};
