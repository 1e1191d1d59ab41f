/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flags and options that make a call move other bytes than it seems, or in other pieces. */
#include "generator.h"

#include <errno.h>
#include <linux/udp.h>
#include <poll.h>
#include <unistd.h>

static char data[70000];

static void send_once(struct side* side, size_t size, int flags)
{
    expect(sent(&side->tally, send(side->fd, data, size, flags)) == (ssize_t)size, "all of it is sent");
}

static void receive_once(struct side* side, size_t room, int flags, ssize_t result)
{
    expect(taken(&side->tally, recv(side->fd, data, room, flags)) == result, "as much as that is received");
}

/* Looks without taking. */
static void peek(const struct side* side, size_t room, int flags, ssize_t result)
{
    expect(recv(side->fd, data, room, MSG_PEEK | flags) == result, "as much as that is seen");
}

static void send_1000(struct side* side)
{
    send_once(side, 1000, 0);
}

static void send_1000_twice(struct side* side)
{
    send_once(side, 1000, 0);
    send_once(side, 1000, 0);
}

static void peek_twice_and_take(struct side* side)
{
    peek(side, 1000, MSG_WAITALL, 1000);
    peek(side, 1000, MSG_WAITALL, 1000);
    receive_once(side, 1000, MSG_WAITALL, 1000);
}

/* Each peek goes on where the one before ended. */
static void peek_on_and_take(struct side* side)
{
    const int zero = 0;

    if (setsockopt(side->fd, SOL_SOCKET, SO_PEEK_OFF, &zero, sizeof(zero)) != 0)
        absent("SO_PEEK_OFF", errno);
    peek(side, 300, MSG_WAITALL, 300);
    peek(side, 700, 0, 700);
    receive_once(side, 1000, MSG_WAITALL, 1000);
}

static void drop_and_take(struct side* side)
{
    peek(side, 1000, MSG_WAITALL, 1000);
    receive_once(side, 400, MSG_TRUNC, 400);
    receive_once(side, 600, MSG_WAITALL, 600);
}

static void take_with_too_little_room(struct side* side)
{
    receive_once(side, 10, 0, 10);
    receive_once(side, 10, MSG_TRUNC, 1000);
}

static void send_urgently(struct side* side)
{
    send_once(side, 100, 0);
    send_once(side, 1, MSG_OOB);
}

static void take_urgent_first(struct side* side)
{
    struct pollfd urgent = {.fd = side->fd, .events = POLLPRI};

    must(poll(&urgent, 1, -1), "poll");
    receive_once(side, 1, MSG_OOB, 1);
    receive_once(side, 100, MSG_WAITALL, 100);
}

static void take_urgent_inline(struct side* side)
{
    set_option(side->fd, SOL_SOCKET, SO_OOBINLINE, 1);
    receive_all(side, 101);
}

static void send_nothing_and_10(struct side* side)
{
    send_once(side, 0, 0);
    send_once(side, 10, 0);
}

static void take_nothing_and_10(struct side* side)
{
    receive_once(side, 10, 0, 0);
    receive_once(side, 10, 0, 10);
}

static void send_600_corked(struct side* side)
{
    set_option(side->fd, IPPROTO_UDP, UDP_CORK, 1);
    send_once(side, 300, 0);
    send_once(side, 300, 0);
    set_option(side->fd, IPPROTO_UDP, UDP_CORK, 0);
}

static void send_600_with_more(struct side* side)
{
    send_once(side, 300, MSG_MORE);
    send_once(side, 300, 0);
}

static void take_600(struct side* side)
{
    receive_once(side, sizeof(data), 0, 600);
}

/* One call, ten datagrams. */
static void send_5000_segmented(struct side* side)
{
    await_other(side);
    set_option(side->fd, IPPROTO_UDP, UDP_SEGMENT, 500);
    send_once(side, 5000, 0);
}

static void take_ten_datagrams(struct side* side)
{
    tell_other(side);
    for (int i = 0; i < 10; ++i)
        receive_once(side, sizeof(data), 0, 500);
}

/* As one, unless the kernel cuts them on their way (before Linux 5.12 at the loopback device). */
static void take_joined_datagrams(struct side* side)
{
    set_option(side->fd, IPPROTO_UDP, UDP_GRO, 1);
    tell_other(side);
    receive_all(side, 5000);
}

static void send_20000_over_mtu(struct side* side)
{
    set_loopback_mtu(1500);
    send_once(side, 20000, 0);
}

static void take_20000(struct side* side)
{
    receive_once(side, sizeof(data), 0, 20000);
}

static void flood(struct side* side)
{
    await_other(side);
    for (int i = 0; i < 100; ++i)
        send_once(side, 1000, 0);
    tell_other(side);
}

static void take_what_was_not_dropped(struct side* side)
{
    set_option(side->fd, SOL_SOCKET, SO_RCVBUF, 10000);
    tell_other(side);
    await_other(side);
    while (taken(&side->tally, recv(side->fd, data, sizeof(data), MSG_DONTWAIT)) > 0) { }
    expect(errno == EAGAIN, "the queue gets empty");
    expect(side->tally.rx_bytes > 0 && side->tally.rx_bytes < 100000, "some datagrams are dropped");
}

static void send_in_pieces(struct side* side)
{
    for (int i = 0; i < 10; ++i)
        send_once(side, 100, 0);
}

static void take_1000_at_once(struct side* side)
{
    receive_once(side, 1000, MSG_WAITALL, 1000);
}

const struct traffic_case traffic_cases[] = {
    ENCOUNTER("tcp-peek", TCP4, send_1000, peek_twice_and_take),
    ENCOUNTER("udp-peek", UDP4, send_1000, peek_twice_and_take),
    ENCOUNTER("tcp-peek-offset", TCP4, send_1000, peek_on_and_take),
    ENCOUNTER("udp-peek-offset", UDP4, send_1000, peek_on_and_take),
    ENCOUNTER("tcp-truncated", TCP4, send_1000, drop_and_take),
    ENCOUNTER("udp-truncated", UDP4, send_1000_twice, take_with_too_little_room),
    ENCOUNTER("urgent", TCP4, send_urgently, take_urgent_first),
    ENCOUNTER("urgent-inline", TCP4, send_urgently, take_urgent_inline),
    ENCOUNTER("empty-datagram", UDP4, send_nothing_and_10, take_nothing_and_10),
    ENCOUNTER("corked", UDP4, send_600_corked, take_600),
    ENCOUNTER("more", UDP4, send_600_with_more, take_600),
    ENCOUNTER("segmented", UDP4, send_5000_segmented, take_ten_datagrams),
    ENCOUNTER("segmented-and-joined", UDP4, send_5000_segmented, take_joined_datagrams),
    ENCOUNTER("over-mtu", UDP4, send_20000_over_mtu, take_20000),
    ENCOUNTER("receive-queue-overflow", UDP4, flood, take_what_was_not_dropped),
    ENCOUNTER("wait-for-all", TCP4, send_in_pieces, take_1000_at_once),
    {0},
};
