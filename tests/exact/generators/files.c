/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files and pipes into sockets and out of them, without a buffer of the program's. */
#include "generator.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define PIECE_BYTES 16384 /* fits into a pipe */
#define TEE_BYTES 60000

static char data[PIECE_BYTES];

static int file_of(uint64_t bytes)
{
    const int fd = (int)must(memfd_create("data", MFD_CLOEXEC), "memfd_create");

    must(ftruncate(fd, (off_t)bytes), "ftruncate");
    return fd;
}

static void send_file(struct side* side, uint64_t bytes)
{
    const int file = file_of(bytes);

    side->tally.calls_vary = true;
    while (side->tally.tx_bytes < bytes)
        expect(
            sent(&side->tally, sendfile(side->fd, file, NULL, bytes - side->tally.tx_bytes)) > 0, "the file is sent");
}

static void send_large_file(struct side* side)
{
    send_file(side, MANY_BYTES);
}

static void send_small_file(struct side* side)
{
    send_file(side, 5000);
}

static void take_large_file(struct side* side)
{
    receive_all(side, MANY_BYTES);
}

static void take_small_file(struct side* side)
{
    receive_all(side, 5000);
}

static void send_large_plainly(struct side* side)
{
    send_all(side, MANY_BYTES);
}

static void from_pipe(struct side* side, int pipe_end, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        const ssize_t part = sent(&side->tally, splice(pipe_end, NULL, side->fd, NULL, bytes - done, 0));
        expect(part > 0, "the pipe's content is sent");
        done += (size_t)part;
    }
}

static void send_by_splice(struct side* side)
{
    int ends[2];

    side->tally.calls_vary = true;
    must(pipe2(ends, O_CLOEXEC), "pipe2");
    while (side->tally.tx_bytes < MANY_BYTES) {
        const uint64_t left = MANY_BYTES - side->tally.tx_bytes;
        const long filled = must(write(ends[1], data, left < sizeof(data) ? (size_t)left : sizeof(data)), "write");
        from_pipe(side, ends[0], (size_t)filled);
    }
}

static size_t into_pipe(struct side* side, int pipe_end)
{
    const ssize_t part = taken(&side->tally, splice(side->fd, NULL, pipe_end, NULL, PIECE_BYTES, 0));

    expect(part > 0, "all that was sent arrives");
    return (size_t)part;
}

static void empty_pipe(int end, size_t bytes)
{
    while (bytes > 0)
        bytes -= (size_t)must(read(end, data, bytes < sizeof(data) ? bytes : sizeof(data)), "read");
}

static void take_by_splice(struct side* side)
{
    int ends[2];

    side->tally.calls_vary = true;
    must(pipe2(ends, O_CLOEXEC), "pipe2");
    while (side->tally.rx_bytes < MANY_BYTES)
        empty_pipe(ends[0], into_pipe(side, ends[1]));
}

/* Takes by splice(), copies by tee(), and sends both. */
static void return_twice(struct side* side)
{
    int first[2];
    int second[2];

    side->tally.calls_vary = true;
    must(pipe2(first, O_CLOEXEC), "pipe2");
    must(pipe2(second, O_CLOEXEC), "pipe2");
    while (side->tally.rx_bytes < TEE_BYTES) {
        const size_t part = into_pipe(side, first[1]);
        expect(tee(first[0], second[1], part, 0) == (ssize_t)part, "the pipe's content is copied");
        from_pipe(side, first[0], part);
        from_pipe(side, second[0], part);
    }
}

static void send_once_take_twice(struct side* side)
{
    send_all(side, TEE_BYTES);
    receive_all(side, 2 * TEE_BYTES);
}

static void splice_out_of_mptcp(const void* encounter)
{
    need_protocol("MPTCP", AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    run_encounter(encounter);
}

const struct traffic_case traffic_cases[] = {
    ENCOUNTER("sendfile", TCP4, send_large_file, take_large_file),
    ENCOUNTER("sendfile-ipv6", ROUTE6(SOCK_STREAM, 0), send_large_file, take_large_file),
    ENCOUNTER("sendfile-udp", UDP4, send_small_file, take_small_file),
    ENCOUNTER("splice-in", TCP4, send_by_splice, take_large_file),
    ENCOUNTER("splice-out", TCP4, send_large_plainly, take_by_splice),
    ENCOUNTER("splice-out-ipv6", ROUTE6(SOCK_STREAM, 0), send_large_plainly, take_by_splice),
    {"splice-out-mptcp", splice_out_of_mptcp,
        &(const struct encounter){ROUTE4(SOCK_STREAM, IPPROTO_MPTCP), send_large_plainly, take_by_splice}},
    ENCOUNTER("tee", TCP4, send_once_take_twice, return_twice),
    {0},
};
