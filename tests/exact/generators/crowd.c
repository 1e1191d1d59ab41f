/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many processes, many threads, and the same pids again. */
#include "generator.h"

#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DATAGRAM_BYTES 1000
#define AT_ONCE 50
#define ROUNDS 20
#define THREADS 64

static char data[DATAGRAM_BYTES];
static struct end target;

/* Reads nothing: what is dropped there has been sent all the same. */
static void open_target(void)
{
    target = local_end(bound_at("127.0.0.3", SOCK_DGRAM, 0));
}

static int connect_to_target(int type)
{
    const int fd = socket_at("127.0.0.2", type, 0);

    must(connect(fd, raw(&target), target.length), "connect");
    return fd;
}

static void send_one_and_end(void* context)
{
    struct tally tally = {0};

    (void)context;
    must(sent(&tally, send(connect_to_target(SOCK_DGRAM), data, DATAGRAM_BYTES, 0)), "send");
    say("mayfly", IPPROTO_UDP, &target, &tally);
}

static void spawn_mayflies(pid_t pids[AT_ONCE])
{
    for (int i = 0; i < AT_ONCE; ++i)
        pids[i] = spawn(send_one_and_end, NULL);
    for (int i = 0; i < AT_ONCE; ++i)
        join(pids[i]);
}

static void run_many(const void* plan)
{
    pid_t pids[AT_ONCE];

    (void)plan;
    open_target();
    for (long i = 0; i < 5000 / AT_ONCE / divisor; ++i)
        spawn_mayflies(pids);
}

/* A whole conversation in a life of a few milliseconds. */

static void converse_and_end(void* context)
{
    struct side side = {.fd = connect_to_target(SOCK_STREAM)};

    (void)context;
    send_all(&side, 2000);
    receive_all(&side, 3000);
    say("mayfly", IPPROTO_TCP, &target, &side.tally);
}

static void answer(int listener, struct tally* tally)
{
    struct side side = {.fd = (int)must(accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept")};

    receive_all(&side, 2000);
    send_all(&side, 3000);
    receive_rest(&side); /* until the other has said its line */
    close(side.fd);
    tally->tx_bytes += side.tally.tx_bytes;
    tally->rx_bytes += side.tally.rx_bytes;
}

static void run_brief(const void* plan)
{
    struct tally tally = {.calls_vary = true};
    const struct end clients = end_at("127.0.0.1", 0);

    (void)plan;
    own_network();
    const int listener = bound_at("127.0.0.3", SOCK_STREAM, 0);
    must(listen(listener, 1), "listen");
    target = local_end(listener);
    for (long i = 0; i < 200 / divisor; ++i) {
        const pid_t child = spawn(converse_and_end, NULL);
        answer(listener, &tally);
        join(child);
    }
    say("server", IPPROTO_TCP, &clients, &tally);
}

/* The same pids again and again, each time for another process. */

/* Returns -1 when another program has the pid now. */
static pid_t spawn_as(pid_t pid)
{
    const struct clone_args arguments
        = {.exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&pid, .set_tid_size = 1};
    const pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));

    if (child == 0)
        be_child(send_one_and_end, NULL);
    if (child < 0)
        expect(errno == EEXIST, "a process can be given a free pid");
    return child;
}

/* So that /proc/PID/stat tells the processes of two rounds apart. */
static void await_next_tick(void)
{
    const struct timespec tick = {.tv_nsec = 1000000000L / sysconf(_SC_CLK_TCK)};

    must(clock_nanosleep(CLOCK_MONOTONIC, 0, &tick, NULL), "clock_nanosleep");
}

/* Returns how many there were. */
static int spawn_again(const pid_t pids[AT_ONCE])
{
    pid_t children[AT_ONCE];
    int count = 0;

    for (int i = 0; i < AT_ONCE; ++i)
        children[i] = spawn_as(pids[i]);
    for (int i = 0; i < AT_ONCE; ++i)
        if (children[i] > 0) {
            join(children[i]);
            ++count;
        }
    return count;
}

static void run_reuse(const void* plan)
{
    pid_t pids[AT_ONCE];
    long reused = 0;

    (void)plan;
    open_target();
    spawn_mayflies(pids);
    for (long round = 0; round < ROUNDS / divisor + 1; ++round) {
        await_next_tick();
        reused += spawn_again(pids);
    }
    expect(reused > AT_ONCE / 2, "most pids come round again");
}

/* Threads, which are one process. */

struct thread {
    pthread_t id;
    int fd; /* of all, or of this one */
    struct tally tally;
};

static void* send_datagrams(void* context)
{
    struct thread* thread = context;

    for (long i = 0; i < 10000 / divisor; ++i)
        must(sent(&thread->tally, send(thread->fd, data, 100, 0)), "send");
    return NULL;
}

static void run_threads(const void* plan)
{
    const bool share = *(const bool*)plan;
    static struct thread threads[THREADS];
    struct tally tally = {0};

    open_target();
    const int shared = connect_to_target(SOCK_DGRAM);
    for (int i = 0; i < THREADS; ++i) {
        threads[i].fd = share ? shared : connect_to_target(SOCK_DGRAM);
        expect(pthread_create(&threads[i].id, NULL, send_datagrams, &threads[i]) == 0, "a thread begins");
    }
    for (int i = 0; i < THREADS; ++i) {
        expect(pthread_join(threads[i].id, NULL) == 0, "a thread ends");
        tally.tx_bytes += threads[i].tally.tx_bytes;
        tally.tx_calls += threads[i].tally.tx_calls;
    }
    say("client", IPPROTO_UDP, &target, &tally);
}

const struct traffic_case traffic_cases[] = {
    {"many-processes", run_many, NULL},
    {"brief-processes", run_brief, NULL},
    {"reused-pids", run_reuse, NULL},
    {"threads-on-one-socket", run_threads, &(const bool){true}},
    {"threads-to-one-target", run_threads, &(const bool){false}},
    {0},
};
