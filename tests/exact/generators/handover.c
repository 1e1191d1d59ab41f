/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sockets that another process made, or another network namespace has: who moves the bytes is who calls. */
#include "generator.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

static const char* const near_address = "127.0.0.2";
static const char* const far_address = "127.0.0.3";

static char data[2000];

static void send_bytes(struct tally* tally, int fd, size_t bytes)
{
    expect(sent(tally, send(fd, data, bytes, 0)) == (ssize_t)bytes, "it is sent");
}

static void receive_bytes(struct tally* tally, int fd, size_t bytes)
{
    expect(taken(tally, recv(fd, data, bytes, MSG_WAITALL)) == (ssize_t)bytes, "it arrives");
}

static void say_near(const char* role, const struct tally* tally)
{
    const struct end remote = end_at(far_address, 0);

    say(role, IPPROTO_TCP, &remote, tally);
}

static void say_far(const char* role, const struct tally* tally)
{
    const struct end remote = end_at(near_address, 0);

    say(role, IPPROTO_TCP, &remote, tally);
}

/* A child uses the parent's connection, and so does the parent. */

static void send_as_child(void* context)
{
    struct tally tally = {0};

    send_bytes(&tally, *(const int*)context, 1234);
    say_near("child", &tally);
}

static void run_fork(const void* plan)
{
    struct tally tally = {0};

    (void)plan;
    own_network();
    struct connection connection = connect_within(near_address, far_address);
    const pid_t child = spawn(send_as_child, &connection.client);
    receive_bytes(&tally, connection.server, 1234);
    say_far("parent", &tally);
    tally = (struct tally){0};
    send_bytes(&tally, connection.client, 100);
    say_near("parent", &tally);
    join(child);
}

/* A process is given a connection by another one, which may have closed it by then. */

static void pass(int channel, int fd)
{
    char control[CMSG_SPACE(sizeof(fd))] = {0};
    struct iovec part = {"", 1};
    struct msghdr message
        = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    must(sendmsg(channel, &message, 0), "sendmsg");
}

static int be_given(int channel)
{
    char control[CMSG_SPACE(sizeof(int))];
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr message
        = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    int fd = -1;

    must(recvmsg(channel, &message, 0), "recvmsg");
    expect(CMSG_FIRSTHDR(&message) != NULL, "a socket comes with the message");
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
    return fd;
}

static void send_what_was_given(void* context)
{
    const int fd = be_given(*(const int*)context);
    struct tally tally = {0};

    send_bytes(&tally, fd, 700);
    receive_bytes(&tally, fd, 900);
    say_near("taker", &tally);
}

static void run_scm_rights(const void* plan)
{
    int channel[2];
    struct tally near_tally = {0};
    struct tally far_tally = {0};

    (void)plan;
    own_network();
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, channel), "socketpair");
    const pid_t taker = spawn(send_what_was_given, &channel[1]); /* has no such connection yet */
    const struct connection connection = connect_within(near_address, far_address);
    send_bytes(&near_tally, connection.client, 55);
    say_near("giver", &near_tally);
    pass(channel[0], connection.client);
    close(connection.client);
    receive_bytes(&far_tally, connection.server, 55 + 700);
    send_bytes(&far_tally, connection.server, 900);
    say_far("giver", &far_tally);
    join(taker);
}

/* A process that has a socket in each of two network namespaces. */

static void enter_network(int fd)
{
    must(setns(fd, CLONE_NEWNET), "setns");
}

static int this_network(void)
{
    return (int)must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "/proc/self/ns/net");
}

static void say_both_ends(const char* near_end, const char* far_end, size_t bytes)
{
    const struct end remotes[] = {end_at(far_end, 0), end_at(near_end, 0)};

    say("wanderer", IPPROTO_TCP, &remotes[0], &(const struct tally){.tx_bytes = bytes, .tx_calls = 1});
    say("wanderer", IPPROTO_TCP, &remotes[1], &(const struct tally){.rx_bytes = bytes, .rx_calls = 1});
}

static void move_within(const struct connection* connection, size_t bytes)
{
    struct tally tally = {0};

    send_bytes(&tally, connection->client, bytes);
    receive_bytes(&tally, connection->server, bytes);
}

static void run_setns(const void* plan)
{
    (void)plan;
    own_network();
    const int first = this_network();
    own_network();
    const struct connection second_connection = connect_within("127.0.0.4", "127.0.0.5");
    enter_network(first);
    const struct connection first_connection = connect_within(near_address, far_address);
    move_within(&second_connection, 1111);
    say_both_ends("127.0.0.4", "127.0.0.5", 1111);
    move_within(&first_connection, 1222);
    say_both_ends(near_address, far_address, 1222);
}

/* A container: users, pids and network of its own, and both ends of a connection in it. */

static void send_and_receive(struct side* side)
{
    send_all(side, MANY_BYTES);
    receive_all(side, MANY_BYTES);
}

static void receive_and_send(struct side* side)
{
    receive_all(side, MANY_BYTES);
    send_all(side, MANY_BYTES);
}

static void live_in_container(void* context)
{
    static const struct route route = TCP4;

    (void)context;
    own_network();
    expect(getpid() == 1 && this_process().pid != 1, "the pid namespace is its own");
    meet(&route, send_and_receive, receive_and_send);
}

static void run_container(const void* plan)
{
    (void)plan;
    must(unshare(CLONE_NEWUSER | CLONE_NEWPID), "unshare");
    join(spawn(live_in_container, NULL));
}

const struct traffic_case traffic_cases[] = {
    {"fork", run_fork, NULL},
    {"scm-rights", run_scm_rights, NULL},
    {"setns", run_setns, NULL},
    {"container", run_container, NULL},
    {0},
};
