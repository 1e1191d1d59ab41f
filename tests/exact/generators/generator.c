/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "generator.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_SECONDS 120 /* emulated machines are slow */

long divisor = 1;

static const char* case_name = "";

_Noreturn void fail(const char* what)
{
    fprintf(stderr, "%s %s: %s: %s\n", program_invocation_short_name, case_name, what, strerror(errno));
    _exit(1);
}

_Noreturn void absent(const char* feature, int error)
{
    dprintf(STDOUT_FILENO, "{\"absent\":\"%s\",\"errno\":%d}\n", feature, error);
    _exit(EXIT_ABSENT);
}

long must(long result, const char* what)
{
    if (result < 0)
        fail(what);
    return result;
}

void expect(bool holds, const char* what)
{
    if (holds)
        return;
    fprintf(stderr, "%s %s: this does not hold: %s\n", program_invocation_short_name, case_name, what);
    _exit(1);
}

struct sockaddr* raw(struct end* end)
{
    return (struct sockaddr*)&end->storage;
}

struct end end_at(const char* address, uint16_t port)
{
    struct end end = {0};
    struct sockaddr_in* v4 = (struct sockaddr_in*)&end.storage;
    struct sockaddr_in6* v6 = (struct sockaddr_in6*)&end.storage;

    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        end.length = sizeof(*v4);
        return end;
    }
    expect(inet_pton(AF_INET6, address, &v6->sin6_addr) == 1, address);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    end.length = sizeof(*v6);
    return end;
}

struct end local_end(int fd)
{
    struct end end = {.length = sizeof(end.storage)};

    must(getsockname(fd, raw(&end), &end.length), "getsockname");
    return end;
}

struct end remote_end(int fd)
{
    struct end end = {.length = sizeof(end.storage)};

    must(getpeername(fd, raw(&end), &end.length), "getpeername");
    return end;
}

ssize_t sent(struct tally* tally, ssize_t result)
{
    if (result > 0) {
        tally->tx_bytes += (uint64_t)result;
        ++tally->tx_calls;
    }
    return result;
}

ssize_t taken(struct tally* tally, ssize_t result)
{
    if (result > 0) {
        tally->rx_bytes += (uint64_t)result;
        ++tally->rx_calls;
    }
    return result;
}

struct process this_process(void)
{
    struct process process = {0};
    char line[1024] = "";
    const int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

    must(fd, "/proc/self/stat");
    must(read(fd, line, sizeof(line) - 1), "/proc/self/stat");
    close(fd);
    process.pid = strtol(line, NULL, 10);
    const char* field = strrchr(line, ')') + 1; /* before field 3 */
    for (int number = 3; number <= 22; ++number)
        field = strchr(field, ' ') + 1;
    process.start_ticks = strtoull(field, NULL, 10);
    return process;
}

static void quote_address(const struct end* end, char* text, size_t size)
{
    const struct sockaddr_in* v4 = (const struct sockaddr_in*)&end->storage;
    const struct sockaddr_in6* v6 = (const struct sockaddr_in6*)&end->storage;
    const void* address = end->storage.ss_family == AF_INET ? (const void*)&v4->sin_addr : &v6->sin6_addr;
    char address_text[INET6_ADDRSTRLEN] = "";

    inet_ntop(end->storage.ss_family, address, address_text, sizeof(address_text));
    snprintf(text, size, "\"%s\"", address_text);
}

void say(const char* role, int protocol, const struct end* remote, const struct tally* tally)
{
    say_of(this_process(), role, protocol, remote, tally);
}

void say_of(
    struct process process, const char* role, int protocol, const struct end* remote, const struct tally* tally)
{
    char address[INET6_ADDRSTRLEN + 2] = "null";
    char calls[100] = "";
    char line[512];

    if (remote)
        quote_address(remote, address, sizeof(address));
    if (!tally->calls_vary)
        snprintf(calls, sizeof(calls), ",\"tx_calls\":%llu,\"rx_calls\":%llu", (unsigned long long)tally->tx_calls,
            (unsigned long long)tally->rx_calls);
    const int length = snprintf(line, sizeof(line),
        "{\"role\":\"%s\",\"pid\":%ld,\"start_ticks\":%llu,\"protocol\":%d,\"remote\":%s,\"tx_bytes\":%llu,"
        "\"rx_bytes\":%llu%s}\n",
        role, process.pid, process.start_ticks, protocol, address, (unsigned long long)tally->tx_bytes,
        (unsigned long long)tally->rx_bytes, calls);
    /* At once, so that lines of many processes don't mix. */
    expect(write(STDOUT_FILENO, line, (size_t)length) == length, "a line was written whole");
}

_Noreturn void be_child(void (*work)(void* context), void* context)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(PATIENCE_SECONDS);
    work(context);
    _exit(0);
}

pid_t spawn(void (*work)(void* context), void* context)
{
    const pid_t child = fork();

    must(child, "fork");
    if (child == 0)
        be_child(work, context);
    return child;
}

void join(pid_t child)
{
    int status = 0;

    must(waitpid(child, &status, 0), "waitpid");
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        _exit(WEXITSTATUS(status));
    expect(WIFEXITED(status), "a child process exits by itself");
}

void set_option(int fd, int level, int option, int value)
{
    must(setsockopt(fd, level, option, &value, sizeof(value)), "setsockopt");
}

void need_protocol(const char* feature, int family, int type, int protocol)
{
    const int fd = socket(family, type | SOCK_CLOEXEC, protocol);

    if (fd < 0)
        absent(feature, errno);
    close(fd);
}

int socket_at(const char* address, int type, int protocol)
{
    const struct end end = end_at(address, 0);

    return (int)must(socket(end.storage.ss_family, type | SOCK_CLOEXEC, protocol), "socket");
}

int bound_at(const char* address, int type, int protocol)
{
    const int fd = socket_at(address, type, protocol);
    struct end end = end_at(address, 0);

    if (type == SOCK_DGRAM)
        set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20);
    if (end.storage.ss_family == AF_INET6 && type != SOCK_RAW)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    must(bind(fd, raw(&end), end.length), "bind");
    return fd;
}

static void connect_to(int fd, struct end end)
{
    must(connect(fd, raw(&end), end.length), "connect");
}

struct connection connect_within(const char* client, const char* server)
{
    const int listener = bound_at(server, SOCK_STREAM, 0);

    must(listen(listener, 1), "listen");
    const int fd = bound_at(client, SOCK_STREAM, 0);
    connect_to(fd, local_end(listener));
    const struct connection connection = {fd, (int)must(accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept")};
    close(listener);
    return connection;
}

struct meeting {
    const struct route* route;
    struct side client;
    int server_fd; /* listens, or is the server's datagram socket */
    struct end server_end;
    side_work work;
};

static int protocol_of(int fd)
{
    int protocol = 0;
    socklen_t length = sizeof(protocol);

    must(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length), "SO_PROTOCOL");
    return protocol;
}

static void work_and_say(struct side* side, side_work work)
{
    const struct end remote = remote_end(side->fd);
    const int protocol = protocol_of(side->fd);

    work(side);
    say(side->role, protocol, &remote, &side->tally);
}

static bool has_connections(const struct route* route)
{
    return route->type == SOCK_STREAM;
}

static void be_client(void* context)
{
    struct meeting* meeting = context;

    close(meeting->server_fd);
    if (has_connections(meeting->route)) {
        meeting->client.fd = bound_at(meeting->route->client, meeting->route->type, meeting->route->protocol);
        connect_to(meeting->client.fd, meeting->server_end);
    }
    work_and_say(&meeting->client, meeting->work);
}

/* Connected to each other before either side begins, so that no datagram finds nobody. */
static int open_client_datagrams(const struct route* route, int server_fd)
{
    const int fd = bound_at(route->client, route->type, route->protocol);

    connect_to(fd, local_end(server_fd));
    connect_to(server_fd, local_end(fd));
    return fd;
}

void meet(const struct route* route, side_work client, side_work server)
{
    int others[2];

    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, others), "socketpair");
    struct meeting meeting = {
        .route = route,
        .client = {.role = "client", .fd = -1, .other = others[0]},
        .server_fd = bound_at(route->server, route->type, route->protocol),
        .work = client,
    };
    meeting.server_end = local_end(meeting.server_fd);
    if (has_connections(route))
        must(listen(meeting.server_fd, 1), "listen");
    else
        meeting.client.fd = open_client_datagrams(route, meeting.server_fd);
    const pid_t child = spawn(be_client, &meeting);
    close(others[0]);
    struct side side = {.role = "server", .fd = meeting.server_fd, .other = others[1]};
    if (has_connections(route))
        side.fd = (int)must(accept4(meeting.server_fd, NULL, NULL, SOCK_CLOEXEC), "accept");
    else
        close(meeting.client.fd);
    work_and_say(&side, server);
    join(child);
}

void run_encounter(const void* plan)
{
    const struct encounter* encounter = plan;

    own_network();
    meet(&encounter->route, encounter->client, encounter->server);
}

void tell_other(const struct side* side)
{
    must(write(side->other, "", 1), "write to the other side");
}

void await_other(const struct side* side)
{
    char byte;

    expect(read(side->other, &byte, 1) == 1, "the other side lives");
}

void send_all(struct side* side, uint64_t bytes)
{
    static char data[1 << 16];

    while (side->tally.tx_bytes < bytes) {
        const uint64_t left = bytes - side->tally.tx_bytes;
        const size_t part = left < sizeof(data) ? (size_t)left : sizeof(data);
        must(sent(&side->tally, send(side->fd, data, part, MSG_NOSIGNAL)), "send");
    }
}

void receive_all(struct side* side, uint64_t bytes)
{
    static char data[1 << 16];

    while (side->tally.rx_bytes < bytes)
        expect(taken(&side->tally, recv(side->fd, data, sizeof(data), 0)) > 0, "all that was sent arrives");
}

void receive_rest(struct side* side)
{
    static char data[1 << 16];

    while (must(taken(&side->tally, recv(side->fd, data, sizeof(data), 0)), "recv") > 0) { }
}

static struct ifreq loopback_device(void)
{
    struct ifreq device = {0};

    strcpy(device.ifr_name, "lo");
    return device;
}

int ask_network(const void* request, size_t size)
{
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
    } answer;
    const int fd = (int)must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");

    must(send(fd, request, size, 0), "netlink");
    must(recv(fd, &answer, sizeof(answer), 0), "netlink");
    close(fd);
    return -answer.error.error;
}

/* A route rather than addresses, since those become usable only some time after they were added. */
static void make_local6(const char* prefix, uint8_t bits)
{
    struct {
        struct nlmsghdr header;
        struct rtmsg message;
        struct rtattr to;
        struct in6_addr prefix;
        struct rtattr through;
        uint32_t device;
    } request = {
        .header = {sizeof(request), RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK, 0, 0},
        .message = {.rtm_family = AF_INET6,
            .rtm_dst_len = bits,
            .rtm_table = RT_TABLE_LOCAL,
            .rtm_protocol = RTPROT_STATIC,
            .rtm_type = RTN_LOCAL},
        .to = {RTA_LENGTH(sizeof(struct in6_addr)), RTA_DST},
        .through = {RTA_LENGTH(sizeof(uint32_t)), RTA_OIF},
        .device = if_nametoindex("lo"),
    };

    expect(inet_pton(AF_INET6, prefix, &request.prefix) == 1, prefix);
    errno = ask_network(&request, sizeof(request));
    expect(errno == 0, "a route can be added");
}

void own_network(void)
{
    struct ifreq device = loopback_device();

    must(unshare(CLONE_NEWNET), "unshare");
    const int fd = socket_at("127.0.0.1", SOCK_DGRAM, 0);
    device.ifr_flags = IFF_UP;
    must(ioctl(fd, SIOCSIFFLAGS, &device), "SIOCSIFFLAGS");
    close(fd);
    make_local6("fd00::", 64);
    set_network("ipv6/ip_nonlocal_bind", "1");
}

void set_network(const char* setting, const char* value)
{
    char path[200];
    const size_t length = strlen(value);

    snprintf(path, sizeof(path), "/proc/sys/net/%s", setting);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd, path);
    expect(write(fd, value, length) == (ssize_t)length, path);
    close(fd);
}

void set_loopback_mtu(int bytes)
{
    struct ifreq device = loopback_device();
    const int fd = socket_at("127.0.0.1", SOCK_DGRAM, 0);

    device.ifr_mtu = bytes;
    must(ioctl(fd, SIOCSIFMTU, &device), "SIOCSIFMTU");
    close(fd);
}

static int list_cases(void)
{
    for (const struct traffic_case* each = traffic_cases; each->name; ++each)
        puts(each->name);
    return 0;
}

int main(int argc, char** argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        return list_cases();
    if (argc == 3)
        divisor = strtol(argv[2], NULL, 10);
    for (const struct traffic_case* each = traffic_cases; argc >= 2 && each->name; ++each)
        if (strcmp(each->name, argv[1]) == 0 && divisor > 0) {
            case_name = each->name;
            alarm(PATIENCE_SECONDS);
            each->run(each->plan);
            return 0;
        }
    fprintf(stderr,
        "Usage: %s CASE [DIVISOR] | --list\n"
        "Moves bytes, and prints what its system calls returned. DIVISOR shortens long loops.\n"
        "Exit status: 0 done, 1 failed, 2 wrong usage, %d the kernel has no such feature.\n",
        program_invocation_short_name, EXIT_ABSENT);
    return 2;
}
