/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every call that sends and its receiving twin, by TCP and UDP, IPv4, IPv6 and IPv4 through IPv6 sockets. */
#include "generator.h"

#include <sys/uio.h>
#include <unistd.h>

#define DATAGRAM_BYTES 1000
#define STREAM_CHUNK_BYTES 50000
#define MESSAGES 4

/* Each moves up to `size` bytes. */
typedef void (*mover)(struct side* side, size_t size);

struct twins {
    mover put;
    mover take;
};

static char data[MESSAGES * STREAM_CHUNK_BYTES];

static void done_sending(struct side* side, ssize_t result)
{
    must(sent(&side->tally, result), "sending");
}

static void done_taking(struct side* side, ssize_t result)
{
    expect(taken(&side->tally, result) > 0, "all that was sent arrives");
}

/* Two parts, the first of one byte. */
static void split(struct iovec parts[2], size_t size)
{
    parts[0] = (struct iovec){data, 1};
    parts[1] = (struct iovec){data + 1, size - 1};
}

static void by_write(struct side* side, size_t size)
{
    done_sending(side, write(side->fd, data, size));
}

static void by_read(struct side* side, size_t size)
{
    done_taking(side, read(side->fd, data, size));
}

static void by_writev(struct side* side, size_t size)
{
    struct iovec parts[2];

    split(parts, size);
    done_sending(side, writev(side->fd, parts, 2));
}

static void by_readv(struct side* side, size_t size)
{
    struct iovec parts[2];

    split(parts, size);
    done_taking(side, readv(side->fd, parts, 2));
}

static void by_send(struct side* side, size_t size)
{
    done_sending(side, send(side->fd, data, size, 0));
}

static void by_recv(struct side* side, size_t size)
{
    done_taking(side, recv(side->fd, data, size, 0));
}

static void by_sendto(struct side* side, size_t size)
{
    struct end remote = remote_end(side->fd);

    done_sending(side, sendto(side->fd, data, size, 0, raw(&remote), remote.length));
}

static void by_recvfrom(struct side* side, size_t size)
{
    struct end remote = {.length = sizeof(remote.storage)};

    done_taking(side, recvfrom(side->fd, data, size, 0, raw(&remote), &remote.length));
}

static void by_sendmsg(struct side* side, size_t size)
{
    struct iovec parts[2];
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    split(parts, size);
    done_sending(side, sendmsg(side->fd, &message, 0));
}

static void by_recvmsg(struct side* side, size_t size)
{
    struct iovec parts[2];
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    split(parts, size);
    done_taking(side, recvmsg(side->fd, &message, 0));
}

/* Messages of `size` bytes in all, each with its part of the data. */
static void divide(struct mmsghdr messages[MESSAGES], struct iovec parts[MESSAGES], size_t size)
{
    for (size_t i = 0; i < MESSAGES; ++i) {
        parts[i] = (struct iovec){data + i * (size / MESSAGES), size / MESSAGES};
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
    }
}

static void by_sendmmsg(struct side* side, size_t size)
{
    struct mmsghdr messages[MESSAGES];
    struct iovec parts[MESSAGES];

    divide(messages, parts, size);
    const long count = must(sendmmsg(side->fd, messages, MESSAGES, 0), "sendmmsg");
    for (long i = 0; i < count; ++i)
        done_sending(side, messages[i].msg_len);
}

static void by_recvmmsg(struct side* side, size_t size)
{
    struct mmsghdr messages[MESSAGES];
    struct iovec parts[MESSAGES];

    divide(messages, parts, size);
    const long count = must(recvmmsg(side->fd, messages, MESSAGES, MSG_WAITFORONE, NULL), "recvmmsg");
    expect(count > 0 && messages[0].msg_len > 0, "all that was sent arrives");
    for (long i = 0; i < count; ++i)
        taken(&side->tally, messages[i].msg_len); /* of a stream's end nothing */
}

struct plan {
    struct route route;
    struct twins twins;
};

static const struct plan* the_plan;

static uint64_t bytes_in_all(void)
{
    return the_plan->route.type == SOCK_STREAM ? MANY_BYTES : MANY_BYTES / 10;
}

static size_t chunk(void)
{
    return the_plan->route.type == SOCK_STREAM ? STREAM_CHUNK_BYTES : DATAGRAM_BYTES;
}

static size_t next_part(uint64_t done)
{
    const uint64_t left = bytes_in_all() - done;

    return left < chunk() ? (size_t)left : chunk();
}

static void put_all(struct side* side)
{
    while (side->tally.tx_bytes < bytes_in_all())
        the_plan->twins.put(side, next_part(side->tally.tx_bytes));
}

static void take_all(struct side* side)
{
    while (side->tally.rx_bytes < bytes_in_all())
        the_plan->twins.take(side, chunk()); /* the room for it: no more than that was sent */
}

static void put_and_take(struct side* side)
{
    put_all(side);
    take_all(side);
}

static void take_and_put(struct side* side)
{
    take_all(side);
    put_all(side);
}

static void move_both_ways(const void* plan)
{
    the_plan = plan;
    meet(&the_plan->route, put_and_take, take_and_put);
}

/* clang-format off */
#define TWINS(name, client, server, type, put, take) \
    {name "-" #put "-" #take, move_both_ways, &(const struct plan){{client, server, type, 0}, {by_##put, by_##take}}}
#define ALL_TWINS(name, client, server, type) \
    TWINS(name, client, server, type, write, read), \
    TWINS(name, client, server, type, writev, readv), \
    TWINS(name, client, server, type, send, recv), \
    TWINS(name, client, server, type, sendto, recvfrom), \
    TWINS(name, client, server, type, sendmsg, recvmsg), \
    TWINS(name, client, server, type, sendmmsg, recvmmsg)
/* clang-format on */

const struct traffic_case traffic_cases[] = {
    ALL_TWINS("tcp4", "127.0.0.2", "127.0.0.3", SOCK_STREAM),
    ALL_TWINS("tcp6", "::1", "::1", SOCK_STREAM),
    ALL_TWINS("tcp4-mapped", "::ffff:127.0.0.2", "::ffff:127.0.0.3", SOCK_STREAM),
    ALL_TWINS("udp4", "127.0.0.2", "127.0.0.3", SOCK_DGRAM),
    ALL_TWINS("udp6", "::1", "::1", SOCK_DGRAM),
    ALL_TWINS("udp4-mapped", "::ffff:127.0.0.2", "::ffff:127.0.0.3", SOCK_DGRAM),
    {0},
};
