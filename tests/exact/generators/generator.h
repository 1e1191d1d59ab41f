/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the traffic generators have in common. They know nothing of the product: each moves bytes and says what its
 * own system calls returned, one JSON line for each process, remote address and protocol. */
#ifndef GENERATOR_H
#define GENERATOR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define EXIT_ABSENT 3 /* the kernel lacks what the case needs */

#define MANY_BYTES 3000000

struct traffic_case {
    const char* name;
    void (*run)(const void* plan);
    const void* plan;
};

/* Each program's own; the last has no name. */
extern const struct traffic_case traffic_cases[];

/* How much shorter the long loops are to be, for emulated machines. */
extern long divisor;

_Noreturn void fail(const char* what);
/* Ends the program since the kernel has no such feature, as `error` tells. */
_Noreturn void absent(const char* feature, int error);
long must(long result, const char* what);
void expect(bool holds, const char* what);

struct end {
    struct sockaddr_storage storage;
    socklen_t length;
};

struct sockaddr* raw(struct end* end);
struct end end_at(const char* address, uint16_t port);
struct end local_end(int fd);
struct end remote_end(int fd);

/* What one process's calls returned. A call that moved no byte isn't one. */
struct tally {
    uint64_t tx_bytes;
    uint64_t rx_bytes;
    uint64_t tx_calls;
    uint64_t rx_calls;
    bool calls_vary; /* the kernel may cut one call into several: calls are not said */
};

/* Both return `result`. */
ssize_t sent(struct tally* tally, ssize_t result);
ssize_t taken(struct tally* tally, ssize_t result);

/* As the file system mounted at /proc sees it, whatever the process's own pid namespace; {0, 0} is the kernel. */
struct process {
    long pid;
    unsigned long long start_ticks;
};
struct process this_process(void);

/* Prints a line for this process; no remote means that none can be known. */
void say(const char* role, int protocol, const struct end* remote, const struct tally* tally);
void say_of(
    struct process process, const char* role, int protocol, const struct end* remote, const struct tally* tally);

/* A child process, which dies with its parent. */
pid_t spawn(void (*work)(void* context), void* context);
/* The same once fork() or a relative of it returned 0. */
_Noreturn void be_child(void (*work)(void* context), void* context);
/* Waits for it; what it failed at, or found absent, is the parent's failure or absence. */
void join(pid_t child);

/* Two ends of a connection, or of a pair of connected datagram sockets. */
struct route {
    const char* client;
    const char* server;
    int type;
    int protocol;
};

struct side {
    const char* role;
    int fd;
    int other; /* to tell the other side something; no part of the traffic */
    struct tally tally;
};

typedef void (*side_work)(struct side* side);

/* Runs the two sides in two processes, each of which says what it moved. */
void meet(const struct route* route, side_work client, side_work server);
/* The plan of a case that is two sides in a network of their own. */
struct encounter {
    struct route route;
    side_work client;
    side_work server;
};
void run_encounter(const void* encounter);

/* An entry of traffic_cases that is an encounter: its name, route, client and server. */
#define ENCOUNTER(name, ...)                                                                                         \
    {                                                                                                                \
        name, run_encounter, &(const struct encounter)                                                               \
        {                                                                                                            \
            __VA_ARGS__                                                                                              \
        }                                                                                                            \
    }

#define ROUTE4(type, protocol) {"127.0.0.2", "127.0.0.3", type, protocol}
#define ROUTE6(type, protocol) {"fd00::2", "fd00::3", type, protocol}
#define TCP4 ROUTE4(SOCK_STREAM, 0)
#define UDP4 ROUTE4(SOCK_DGRAM, 0)

void tell_other(const struct side* side);
void await_other(const struct side* side);

/* Absent, if this kernel has no such sockets. */
void need_protocol(const char* feature, int family, int type, int protocol);
/* A connection whose two ends are this process's. */
struct connection {
    int client;
    int server;
};
struct connection connect_within(const char* client, const char* server);

int socket_at(const char* address, int type, int protocol);
/* Bound to a free port of the address, with room for all that a case sends. */
int bound_at(const char* address, int type, int protocol);
void set_option(int fd, int level, int option, int value);

void send_all(struct side* side, uint64_t bytes);
void receive_all(struct side* side, uint64_t bytes);
/* Until the other end closes. */
void receive_rest(struct side* side);

/* A network namespace with nothing but its loopback device, which takes all of fd00::/64 as well. */
void own_network(void);
/* A setting of that network, below /proc/sys/net. */
void set_network(const char* setting, const char* value);
void set_loopback_mtu(int bytes);
/* One request by netlink, with NLM_F_ACK. Returns 0 or an errno. */
int ask_network(const void* request, size_t size);

#endif
