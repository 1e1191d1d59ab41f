/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls that fail, or that move less than they were asked to. */
#include "generator.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define TOO_MUCH_BYTES (16 << 20)

static char data[TOO_MUCH_BYTES];

static ssize_t try_send(struct side* side, size_t size, int flags)
{
    return sent(&side->tally, send(side->fd, data, size, MSG_NOSIGNAL | flags));
}

static void ignore(int number)
{
    (void)number;
}

/* Interrupts what waits, again and again, from now on. Not by the alarm, which ends who waits for ever. */
static timer_t interrupt_often(void)
{
    const struct sigaction action = {.sa_handler = ignore}; /* without SA_RESTART */
    const struct itimerspec often = {.it_interval = {.tv_nsec = 20000000}, .it_value = {.tv_nsec = 20000000}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    timer_t timer;

    must(sigaction(SIGUSR1, &action, NULL), "sigaction");
    must(timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create");
    must(timer_settime(timer, 0, &often, NULL), "timer_settime");
    return timer;
}

static void fill_without_waiting(struct side* side)
{
    while (try_send(side, 1 << 20, MSG_DONTWAIT) > 0) { }
    expect(errno == EAGAIN, "a full socket takes no more");
    expect(side->tally.tx_bytes % (1 << 20) != 0, "the last call sent a part");
    tell_other(side);
}

static void fill_until_interrupted(struct side* side)
{
    const timer_t interrupts = interrupt_often();

    expect(try_send(side, sizeof(data), 0) < TOO_MUCH_BYTES, "a signal cuts a call short");
    while (try_send(side, sizeof(data), 0) > 0) { }
    expect(errno == EINTR, "a call that sent nothing says that it was interrupted");
    timer_delete(interrupts);
    tell_other(side);
}

static void receive_rest_afterwards(struct side* side)
{
    await_other(side); /* who reads too early may empty the socket as fast as it is filled */
    receive_rest(side);
}

static void send_in_two_parts(struct side* side)
{
    expect(try_send(side, 400, 0) == 400, "it is sent");
    await_other(side);
    expect(try_send(side, 600, 0) == 600, "it is sent");
}

static void receive_interrupted(struct side* side)
{
    const timer_t interrupts = interrupt_often();
    ssize_t first = -1;

    while ((first = taken(&side->tally, recv(side->fd, data, 1000, MSG_WAITALL))) < 0)
        expect(errno == EINTR, "only signals interrupt");
    expect(first == 400, "a signal cuts a call short");
    timer_delete(interrupts);
    tell_other(side);
    receive_all(side, 1000);
}

static void send_until_refused(struct side* side)
{
    expect(try_send(side, 10, 0) == 10, "it is sent");
    await_other(side);
    while (try_send(side, 20, 0) > 0) { }
    expect(errno == EPIPE || errno == ECONNRESET, "nobody is there any more");
}

static void receive_10_and_leave(struct side* side)
{
    receive_all(side, 10);
    close(side->fd);
    tell_other(side);
}

static void send_after_the_end(struct side* side)
{
    expect(try_send(side, 10, 0) == 10, "it is sent");
    must(shutdown(side->fd, SHUT_WR), "shutdown");
    expect(try_send(side, 20, 0) == -1 && errno == EPIPE, "nothing can be sent after the end");
}

static void send_77_for_nobody(struct side* side)
{
    expect(try_send(side, 77, 0) == 77, "it is sent");
    tell_other(side);
    expect(recv(side->fd, data, 1, 0) == -1 && errno == ECONNRESET, "the other end doesn't want it");
}

static void leave_without_reading(struct side* side)
{
    await_other(side);
    close(side->fd);
}

static void send_too_long_datagram(struct side* side)
{
    expect(try_send(side, 70000, 0) == -1 && errno == EMSGSIZE, "too long a datagram isn't sent");
    expect(try_send(side, 10, 0) == 10, "it is sent");
}

static void receive_10(struct side* side)
{
    receive_all(side, 10);
}

/* Connected to a port that nobody has any more. */
static struct side side_without_other(struct end* remote)
{
    const int gone = bound_at("127.0.0.3", SOCK_DGRAM, 0);
    const struct side side = {.role = "client", .fd = bound_at("127.0.0.2", SOCK_DGRAM, 0)};

    *remote = local_end(gone);
    must(connect(side.fd, raw(remote), remote->length), "connect");
    close(gone);
    return side;
}

static void send_to_closed_port(const void* plan)
{
    struct end remote;

    (void)plan;
    own_network();
    struct side side = side_without_other(&remote);
    expect(try_send(&side, 50, 0) == 50, "the first datagram goes");
    expect(try_send(&side, 50, 0) == -1 && errno == ECONNREFUSED, "the second call is told");
    say(side.role, IPPROTO_UDP, &remote, &side.tally);
}

/* The error queue gives back what was sent: that is nothing received. */
static void read_error_queue(const void* plan)
{
    struct end remote;

    (void)plan;
    own_network();
    struct side side = side_without_other(&remote);
    set_option(side.fd, IPPROTO_IP, IP_RECVERR, 1);
    expect(try_send(&side, 50, 0) == 50, "the first datagram goes");
    struct iovec part = {data, sizeof(data)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    expect(recvmsg(side.fd, &message, MSG_ERRQUEUE) == 50, "it comes back by the error queue");
    say(side.role, IPPROTO_UDP, &remote, &side.tally);
}

const struct traffic_case traffic_cases[] = {
    ENCOUNTER("partial", TCP4, fill_without_waiting, receive_rest_afterwards),
    ENCOUNTER("interrupted-send", TCP4, fill_until_interrupted, receive_rest_afterwards),
    ENCOUNTER("interrupted-receive", TCP4, send_in_two_parts, receive_interrupted),
    ENCOUNTER("broken-pipe", TCP4, send_until_refused, receive_10_and_leave),
    ENCOUNTER("shut-down", TCP4, send_after_the_end, receive_rest),
    ENCOUNTER("unread", TCP4, send_77_for_nobody, leave_without_reading),
    ENCOUNTER("too-long", UDP4, send_too_long_datagram, receive_10),
    {"refused", send_to_closed_port, NULL},
    {"error-queue", read_error_queue, NULL},
    {0},
};
