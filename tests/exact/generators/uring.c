/* SPDX-License-Identifier: GPL-3.0-or-later */
/* io_uring, by its system calls. */
#include "generator.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES 32
#define CHUNK_BYTES 50000
#define BUFFERS 16
#define BUFFER_BYTES 4096
#define BUFFER_GROUP 1

enum request { TRANSFER = 1, PROVIDE };

struct plan {
    struct route route;
    uint8_t send_opcode;
    uint8_t receive_opcode;
    uint32_t setup_flags;
    uint8_t request_flags;
    const char* feature; /* that an invalid request tells to be absent */
};

/* The kernel's has a tail of no fixed length. */
struct completion {
    uint64_t user_data;
    int32_t result;
    uint32_t flags;
};

struct ring {
    int fd;
    bool polls;
    uint32_t* sq_tail;
    uint32_t* sq_flags;
    uint32_t* sq_array;
    uint32_t sq_mask;
    uint32_t* cq_head;
    uint32_t* cq_tail;
    uint32_t cq_mask;
    struct io_uring_cqe* cqes;
    struct io_uring_sqe* sqes;
};

static const struct plan* the_plan;
static char data[CHUNK_BYTES];
static char buffers[BUFFERS][BUFFER_BYTES];

static void* map(int fd, size_t bytes, off_t what)
{
    void* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);

    expect(memory != MAP_FAILED, "the ring can be mapped");
    return memory;
}

static struct ring open_ring(uint32_t setup_flags)
{
    struct io_uring_params parameters = {.flags = setup_flags, .sq_thread_idle = 1000};
    const int fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &parameters);

    if (fd < 0 && errno == ENOSYS)
        absent("io_uring", errno);
    must(fd, "io_uring_setup");
    const size_t sq_bytes = parameters.sq_off.array + parameters.sq_entries * sizeof(uint32_t);
    const size_t cq_bytes = parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
    char* sq = map(fd, sq_bytes, IORING_OFF_SQ_RING);
    char* cq = map(fd, cq_bytes, IORING_OFF_CQ_RING);
    return (struct ring){
        .fd = fd,
        .polls = setup_flags & IORING_SETUP_SQPOLL,
        .sq_tail = (uint32_t*)(sq + parameters.sq_off.tail),
        .sq_flags = (uint32_t*)(sq + parameters.sq_off.flags),
        .sq_array = (uint32_t*)(sq + parameters.sq_off.array),
        .sq_mask = *(uint32_t*)(sq + parameters.sq_off.ring_mask),
        .cq_head = (uint32_t*)(cq + parameters.cq_off.head),
        .cq_tail = (uint32_t*)(cq + parameters.cq_off.tail),
        .cq_mask = *(uint32_t*)(cq + parameters.cq_off.ring_mask),
        .cqes = (struct io_uring_cqe*)(cq + parameters.cq_off.cqes),
        .sqes = map(fd, parameters.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES),
    };
}

static void enter(const struct ring* ring, uint32_t submissions, uint32_t completions, uint32_t flags)
{
    must(syscall(SYS_io_uring_enter, ring->fd, submissions, completions, flags, NULL, 0), "io_uring_enter");
}

static void submit(struct ring* ring, const struct io_uring_sqe* request)
{
    const uint32_t tail = *ring->sq_tail;

    ring->sqes[tail & ring->sq_mask] = *request;
    ring->sq_array[tail & ring->sq_mask] = tail & ring->sq_mask;
    __atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_SEQ_CST);
    if (!ring->polls)
        enter(ring, 1, 0, 0);
    else if (__atomic_load_n(ring->sq_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
        enter(ring, 0, 0, IORING_ENTER_SQ_WAKEUP);
}

static struct completion complete(struct ring* ring)
{
    const uint32_t head = *ring->cq_head;

    while (__atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) == head)
        enter(ring, 0, 1, IORING_ENTER_GETEVENTS);
    const struct io_uring_cqe* entry = &ring->cqes[head & ring->cq_mask];
    const struct completion completion = {entry->user_data, entry->res, entry->flags};
    __atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
    return completion;
}

/* Fails unless it moved something. */
static int moved_by(const struct completion* completion)
{
    errno = -completion->result;
    if (completion->result == -EINVAL && the_plan->feature)
        absent(the_plan->feature, EINVAL);
    must(completion->result, "a completion");
    expect(completion->result > 0, "all that was sent arrives");
    return completion->result;
}

/* Moves up to `size` bytes. */
static int move(struct ring* ring, const struct side* side, uint8_t opcode, size_t size)
{
    struct iovec part = {data, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    const bool is_message = opcode == IORING_OP_SENDMSG || opcode == IORING_OP_RECVMSG;

    submit(ring,
        &(const struct io_uring_sqe){
            .opcode = opcode,
            .flags = the_plan->request_flags,
            .fd = side->fd,
            .addr = (uint64_t)(uintptr_t)(is_message ? (void*)&message : (void*)data),
            .len = is_message ? 1 : (uint32_t)size,
            .user_data = TRANSFER,
        });
    struct completion completion = complete(ring);
    const int bytes = moved_by(&completion);
    if (completion.flags & IORING_CQE_F_MORE) /* a second one tells that the buffer is free */
        completion = complete(ring);
    return bytes;
}

static size_t next_part(uint64_t done)
{
    const uint64_t left = MANY_BYTES - done;

    return left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
}

static void send_many(struct ring* ring, struct side* side)
{
    while (side->tally.tx_bytes < MANY_BYTES)
        sent(&side->tally, move(ring, side, the_plan->send_opcode, next_part(side->tally.tx_bytes)));
}

static void receive_many(struct ring* ring, struct side* side)
{
    while (side->tally.rx_bytes < MANY_BYTES)
        taken(&side->tally, move(ring, side, the_plan->receive_opcode, CHUNK_BYTES));
}

static void send_and_receive(struct side* side)
{
    struct ring ring = open_ring(the_plan->setup_flags);

    side->tally.calls_vary = true;
    send_many(&ring, side);
    receive_many(&ring, side);
}

static void receive_and_send(struct side* side)
{
    struct ring ring = open_ring(the_plan->setup_flags);

    side->tally.calls_vary = true;
    receive_many(&ring, side);
    send_many(&ring, side);
}

/* One request, many receipts, each into a buffer that the kernel chooses. */

static void provide(struct ring* ring, int first, int count)
{
    submit(ring,
        &(const struct io_uring_sqe){
            .opcode = IORING_OP_PROVIDE_BUFFERS,
            .fd = count,
            .addr = (uint64_t)(uintptr_t)buffers[first],
            .len = BUFFER_BYTES,
            .off = (uint64_t)first,
            .buf_group = BUFFER_GROUP,
            .user_data = PROVIDE,
        });
}

static void receive_from_now_on(struct ring* ring, const struct side* side)
{
    submit(ring,
        &(const struct io_uring_sqe){
            .opcode = IORING_OP_RECV,
            .flags = IOSQE_BUFFER_SELECT,
            .ioprio = IORING_RECV_MULTISHOT,
            .fd = side->fd,
            .buf_group = BUFFER_GROUP,
            .user_data = TRANSFER,
        });
}

static void receive_many_by_one_request(struct side* side)
{
    struct ring ring = open_ring(0);

    side->tally.calls_vary = true;
    provide(&ring, 0, BUFFERS);
    receive_from_now_on(&ring, side);
    while (side->tally.rx_bytes < MANY_BYTES) {
        const struct completion completion = complete(&ring);
        if (completion.user_data == PROVIDE)
            continue;
        if (completion.result != -ENOBUFS) {
            taken(&side->tally, moved_by(&completion));
            provide(&ring, (int)(completion.flags >> IORING_CQE_BUFFER_SHIFT), 1);
        }
        if (!(completion.flags & IORING_CQE_F_MORE))
            receive_from_now_on(&ring, side);
    }
}

static void send_plainly(struct side* side)
{
    send_all(side, MANY_BYTES);
}

/* Before the two sides are there, of which only one would know. */
static void need_request(uint8_t opcode, const char* feature)
{
    struct {
        struct io_uring_probe probe;
        struct io_uring_probe_op ops[256];
    } known = {0};
    const struct ring ring = open_ring(0);

    must(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PROBE, &known, 256), "io_uring_register");
    if (opcode > known.probe.last_op || !(known.ops[opcode].flags & IO_URING_OP_SUPPORTED))
        absent(feature, EINVAL);
    close(ring.fd);
}

static void run_both_ways(const void* plan)
{
    the_plan = plan;
    if (the_plan->feature)
        need_request(the_plan->send_opcode, the_plan->feature);
    own_network();
    meet(&the_plan->route, send_and_receive, receive_and_send);
}

static void run_multishot(const void* plan)
{
    the_plan = plan;
    own_network();
    meet(&the_plan->route, send_plainly, receive_many_by_one_request);
}

#define CASE(name, run, ...)                                                                                         \
    {                                                                                                                \
        name, run, &(const struct plan)                                                                              \
        {                                                                                                            \
            __VA_ARGS__                                                                                              \
        }                                                                                                            \
    }

const struct traffic_case traffic_cases[] = {
    CASE("send-recv", run_both_ways, TCP4, IORING_OP_SEND, IORING_OP_RECV, 0, 0, NULL),
    CASE("send-recv-ipv6", run_both_ways, ROUTE6(SOCK_STREAM, 0), IORING_OP_SEND, IORING_OP_RECV, 0, 0, NULL),
    CASE("sendmsg-recvmsg", run_both_ways, TCP4, IORING_OP_SENDMSG, IORING_OP_RECVMSG, 0, 0, NULL),
    CASE("write-read", run_both_ways, TCP4, IORING_OP_WRITE, IORING_OP_READ, 0, 0, NULL),
    CASE("async", run_both_ways, TCP4, IORING_OP_SEND, IORING_OP_RECV, 0, IOSQE_ASYNC, NULL),
    CASE("polled", run_both_ways, TCP4, IORING_OP_SEND, IORING_OP_RECV, IORING_SETUP_SQPOLL, 0, NULL),
    CASE("zero-copy-send", run_both_ways, TCP4, IORING_OP_SEND_ZC, IORING_OP_RECV, 0, 0, "io_uring zero-copy send"),
    CASE("multishot", run_multishot, TCP4, 0, 0, 0, 0, "io_uring multishot receive"),
    {0},
};
