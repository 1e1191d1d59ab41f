/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages instead of copies. */
#include "generator.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SENDS 20
#define SEND_BYTES 10000
#define PAGES 8
#define TAIL_BYTES 77

static char data[SEND_BYTES];

/* How many sends a notice tells to be done. */
static uint32_t done_by(struct msghdr* notice)
{
    const struct cmsghdr* control = CMSG_FIRSTHDR(notice);
    struct sock_extended_err error;

    expect(control != NULL, "a notice says what it is about");
    memcpy(&error, CMSG_DATA(control), sizeof(error));
    expect(error.ee_origin == SO_EE_ORIGIN_ZEROCOPY, "a notice is of zero-copy sends");
    return error.ee_data - error.ee_info + 1;
}

static void await_notices(const struct side* side)
{
    for (uint32_t done = 0; done < SENDS;) {
        char control[200];
        struct msghdr notice = {.msg_control = control, .msg_controllen = sizeof(control)};
        struct pollfd errors = {.fd = side->fd};
        must(poll(&errors, 1, -1), "poll");
        must(recvmsg(side->fd, &notice, MSG_ERRQUEUE), "the error queue");
        done += done_by(&notice);
    }
}

static void send_without_copies(struct side* side)
{
    set_option(side->fd, SOL_SOCKET, SO_ZEROCOPY, 1);
    for (int i = 0; i < SENDS; ++i)
        expect(sent(&side->tally, send(side->fd, data, SEND_BYTES, MSG_ZEROCOPY)) == SEND_BYTES, "all is sent");
    await_notices(side);
}

static void take_all(struct side* side)
{
    receive_all(side, SENDS * SEND_BYTES);
}

static void send_through_pipe(struct side* side, const int ends[2], size_t bytes)
{
    must(write(ends[1], data, bytes), "write");
    expect(sent(&side->tally, splice(ends[0], NULL, side->fd, NULL, bytes, 0)) == (ssize_t)bytes, "it is sent");
}

/* A pipe's own pages are what a receiver can map: whole, and of no file. */
static void send_pages_and_tail(struct side* side)
{
    int ends[2];

    side->tally.calls_vary = true;
    must(pipe2(ends, O_CLOEXEC), "pipe2");
    for (int i = 0; i < PAGES; ++i)
        send_through_pipe(side, ends, (size_t)sysconf(_SC_PAGESIZE));
    send_through_pipe(side, ends, TAIL_BYTES);
    tell_other(side);
}

static void take_into_pages(struct side* side)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const uint64_t all = PAGES * page + TAIL_BYTES;
    void* window = mmap(NULL, PAGES * page, PROT_READ, MAP_SHARED, side->fd, 0);
    uint64_t mapped = 0;

    if (window == MAP_FAILED)
        absent("TCP_ZEROCOPY_RECEIVE", errno);
    side->tally.calls_vary = true;
    await_other(side);
    while (side->tally.rx_bytes < all) {
        struct tcp_zerocopy_receive window_fill = {
            .address = (uint64_t)(uintptr_t)window,
            .length = (uint32_t)(PAGES * page),
            .copybuf_address = (uint64_t)(uintptr_t)data,
            .copybuf_len = TAIL_BYTES,
        };
        socklen_t length = sizeof(window_fill);
        must(getsockopt(side->fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &window_fill, &length), "getsockopt");
        expect(window_fill.length > 0 || window_fill.copybuf_len > 0, "something is received");
        mapped += window_fill.length;
        taken(&side->tally, (ssize_t)window_fill.length + window_fill.copybuf_len);
    }
    expect(mapped == PAGES * page, "whole pages are mapped");
    munmap(window, PAGES * page);
}

const struct traffic_case traffic_cases[] = {
    ENCOUNTER("tcp-send", TCP4, send_without_copies, take_all),
    ENCOUNTER("udp-send", UDP4, send_without_copies, take_all),
    ENCOUNTER("tcp-receive", TCP4, send_pages_and_tail, take_into_pages),
    {0},
};
