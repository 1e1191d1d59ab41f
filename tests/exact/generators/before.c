/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there was before counting began. Each case says "ready", goes on when its standard input ends, and doesn't say
 * what it moved before. */
#include "generator.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char data[2000];

static void await_beginning(void)
{
    char byte;

    expect(write(STDOUT_FILENO, "ready\n", 6) == 6, "readiness can be said");
    expect(read(STDIN_FILENO, &byte, 1) == 0, "standard input ends");
}

/* Both ends have moved bytes before. */

static void send_before_and_after(struct side* side)
{
    expect(send(side->fd, data, 1000, 0) == 1000, "it is sent");
    expect(recv(side->fd, data, 1000, MSG_WAITALL) == 1000, "it arrives");
    await_beginning();
    tell_other(side);
    expect(sent(&side->tally, send(side->fd, data, 1500, 0)) == 1500, "it is sent");
    receive_all(side, 1700);
}

static void receive_before_and_after(struct side* side)
{
    expect(recv(side->fd, data, 1000, MSG_WAITALL) == 1000, "it arrives");
    expect(send(side->fd, data, 1000, 0) == 1000, "it is sent");
    await_other(side);
    receive_all(side, 1500);
    expect(sent(&side->tally, send(side->fd, data, 1700, 0)) == 1700, "it is sent");
}

/* A call that began before: it belongs to the moment at which it returns. */

static char state_of(pid_t pid)
{
    char path[64];
    char line[1024] = "";

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE* file = fopen(path, "re");
    expect(file && fgets(line, sizeof(line), file), path);
    fclose(file);
    return strrchr(line, ')')[2];
}

static void send_to_who_waits(struct side* side)
{
    const pid_t server = getppid();

    await_other(side);
    while (state_of(server) != 'S')
        sched_yield();
    await_beginning();
    expect(sent(&side->tally, send(side->fd, data, 1500, 0)) == 1500, "it is sent");
}

static void wait_and_receive(struct side* side)
{
    tell_other(side);
    expect(taken(&side->tally, recv(side->fd, data, 1500, MSG_WAITALL)) == 1500, "it arrives");
}

const struct traffic_case traffic_cases[] = {
    ENCOUNTER("tcp", TCP4, send_before_and_after, receive_before_and_after),
    ENCOUNTER("udp", UDP4, send_before_and_after, receive_before_and_after),
    ENCOUNTER("tcp6", ROUTE6(SOCK_STREAM, 0), send_before_and_after, receive_before_and_after),
    ENCOUNTER("udp6", ROUTE6(SOCK_DGRAM, 0), send_before_and_after, receive_before_and_after),
    ENCOUNTER("waiting-tcp", TCP4, send_to_who_waits, wait_and_receive),
    ENCOUNTER("waiting-udp", UDP4, send_to_who_waits, wait_and_receive),
    {0},
};
