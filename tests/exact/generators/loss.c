/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network that loses packets. What it sends again is the network's affair, not the program's. */
#include "generator.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <sys/time.h>

#define LOST_PERCENT 2
#define STREAM_BYTES 1000000 /* of so many packets some are lost */
#define ANSWER_BYTES 100000
#define DATAGRAMS 1000

static char data[1000];

/* Each packet by itself: a few large ones might all arrive. */
static void set_small_packets(void)
{
    const struct {
        struct nlmsghdr header;
        struct ifinfomsg message;
        struct rtattr most;
        uint32_t segments;
    } request = {
        .header = {sizeof(request), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 0, 0},
        .message = {.ifi_index = (int)if_nametoindex("lo")},
        .most = {RTA_LENGTH(sizeof(uint32_t)), IFLA_GSO_MAX_SEGS},
        .segments = 1,
    };

    set_loopback_mtu(1500);
    errno = ask_network(&request, sizeof(request));
    expect(errno == 0, "packets can be told not to be joined");
}

static void lose_packets(void)
{
    const struct {
        struct nlmsghdr header;
        struct tcmsg message;
        struct rtattr kind;
        char name[8];
        struct rtattr options;
        struct tc_netem_qopt netem;
    } request = {
        .header = {sizeof(request), RTM_NEWQDISC, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK, 0, 0},
        .message = {.tcm_ifindex = (int)if_nametoindex("lo"), .tcm_parent = TC_H_ROOT},
        .kind = {RTA_LENGTH(sizeof("netem")), TCA_KIND},
        .name = "netem",
        .options = {RTA_LENGTH(sizeof(struct tc_netem_qopt)), TCA_OPTIONS},
        .netem = {.limit = 10000, .loss = UINT32_MAX / 100 * LOST_PERCENT},
    };
    const int error = ask_network(&request, sizeof(request));

    if (error != 0)
        absent("netem", error);
}

static void send_stream(struct side* side)
{
    struct tcp_info info;
    socklen_t length = sizeof(info);

    send_all(side, STREAM_BYTES);
    receive_all(side, ANSWER_BYTES);
    must(getsockopt(side->fd, IPPROTO_TCP, TCP_INFO, &info, &length), "TCP_INFO");
    expect(info.tcpi_bytes_retrans > 0, "some packets are lost");
    expect(info.tcpi_bytes_sent == STREAM_BYTES + info.tcpi_bytes_retrans, "all else is sent once");
}

static void take_stream_and_answer(struct side* side)
{
    receive_all(side, STREAM_BYTES);
    send_all(side, ANSWER_BYTES);
}

static void send_datagrams(struct side* side)
{
    for (int i = 0; i < DATAGRAMS; ++i)
        expect(sent(&side->tally, send(side->fd, data, sizeof(data), 0)) == sizeof(data), "it is sent");
    tell_other(side);
}

static void take_what_arrives(struct side* side)
{
    const struct timeval patience = {.tv_sec = 1};

    await_other(side);
    must(setsockopt(side->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), "SO_RCVTIMEO");
    while (taken(&side->tally, recv(side->fd, data, sizeof(data), 0)) > 0) { }
    expect(errno == EAGAIN, "nothing comes any more");
    expect(side->tally.rx_bytes > 0 && side->tally.rx_bytes < DATAGRAMS * sizeof(data), "some datagrams are lost");
}

static void run(const void* plan)
{
    const struct encounter* encounter = plan;

    own_network();
    set_small_packets();
    lose_packets();
    meet(&encounter->route, encounter->client, encounter->server);
}

#define LOSSY(name, ...)                                                                                             \
    {                                                                                                                \
        name, run, &(const struct encounter)                                                                         \
        {                                                                                                            \
            __VA_ARGS__                                                                                              \
        }                                                                                                            \
    }

const struct traffic_case traffic_cases[] = {
    LOSSY("tcp4", TCP4, send_stream, take_stream_and_answer),
    LOSSY("tcp6", ROUTE6(SOCK_STREAM, 0), send_stream, take_stream_and_answer),
    LOSSY("udp4", UDP4, send_datagrams, take_what_arrives),
    {0},
};
