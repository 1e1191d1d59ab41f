/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TLS by the kernel: what the program gives and takes is the plain text. */
#include "generator.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define SOL_TLS 282 /* include/linux/socket.h of the kernel */
#define TLS_BYTES 500000

static char data[TLS_BYTES];

/* The same on both sides and for both directions: nothing is secret here. */
static struct tls12_crypto_info_aes_gcm_128 fixed_keys(uint16_t version)
{
    struct tls12_crypto_info_aes_gcm_128 keys = {.info = {.version = version, .cipher_type = TLS_CIPHER_AES_GCM_128}};

    memset(keys.key, 'k', sizeof(keys.key));
    memset(keys.salt, 's', sizeof(keys.salt));
    return keys;
}

static void begin_version(const struct side* side, uint16_t version)
{
    const struct tls12_crypto_info_aes_gcm_128 keys = fixed_keys(version);

    if (setsockopt(side->fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) != 0)
        absent("kTLS", errno);
    must(setsockopt(side->fd, SOL_TLS, TLS_TX, &keys, sizeof(keys)), "TLS_TX");
    must(setsockopt(side->fd, SOL_TLS, TLS_RX, &keys, sizeof(keys)), "TLS_RX");
    tell_other(side);
    await_other(side);
}

static void begin_tls(const struct side* side)
{
    begin_version(side, TLS_1_2_VERSION);
}

static void send_and_receive(struct side* side)
{
    begin_tls(side);
    send_all(side, TLS_BYTES);
    receive_all(side, TLS_BYTES);
}

static void receive_and_send(struct side* side)
{
    begin_tls(side);
    receive_all(side, TLS_BYTES);
    send_all(side, TLS_BYTES);
}

static void send_file(struct side* side)
{
    const int file = (int)must(memfd_create("data", MFD_CLOEXEC), "memfd_create");

    begin_tls(side);
    side->tally.calls_vary = true;
    must(ftruncate(file, TLS_BYTES), "ftruncate");
    while (side->tally.tx_bytes < TLS_BYTES)
        expect(sent(&side->tally, sendfile(side->fd, file, NULL, TLS_BYTES - side->tally.tx_bytes)) > 0,
            "the file is sent");
}

static void send_by_splice(struct side* side)
{
    int ends[2];

    begin_tls(side);
    side->tally.calls_vary = true;
    must(pipe2(ends, O_CLOEXEC), "pipe2");
    while (side->tally.tx_bytes < TLS_BYTES) {
        const long filled = must(write(ends[1], data, 10000), "write");
        for (long left = filled; left > 0;) {
            const ssize_t part = sent(&side->tally, splice(ends[0], NULL, side->fd, NULL, (size_t)left, 0));
            expect(part > 0, "the pipe's content is sent");
            left -= part;
        }
    }
}

static void send_only(struct side* side)
{
    begin_tls(side);
    send_all(side, TLS_BYTES);
}

static void receive_only(struct side* side)
{
    begin_tls(side);
    receive_all(side, TLS_BYTES);
}

static void peek_and_receive(struct side* side)
{
    begin_tls(side);
    expect(recv(side->fd, data, 1000, MSG_PEEK) == 1000, "as much as that is seen");
    receive_all(side, TLS_BYTES);
}

static void send_by_tls13(struct side* side)
{
    begin_version(side, TLS_1_3_VERSION);
    send_all(side, TLS_BYTES);
}

/* Straight into the program's memory, since no record is padded. */
static void receive_without_copies(struct side* side)
{
    const int yes = 1;

    begin_version(side, TLS_1_3_VERSION);
    if (setsockopt(side->fd, SOL_TLS, TLS_RX_EXPECT_NO_PAD, &yes, sizeof(yes)) != 0)
        absent("TLS_RX_EXPECT_NO_PAD", errno);
    receive_all(side, TLS_BYTES);
}

static void receive_by_splice(struct side* side)
{
    int ends[2];

    begin_tls(side);
    side->tally.calls_vary = true;
    must(pipe2(ends, O_CLOEXEC), "pipe2");
    while (side->tally.rx_bytes < TLS_BYTES) {
        expect(taken(&side->tally, splice(side->fd, NULL, ends[1], NULL, 16384, 0)) > 0, "all that was sent arrives");
        must(read(ends[0], data, sizeof(data)), "read");
    }
}

const struct traffic_case traffic_cases[] = {
    ENCOUNTER("tcp4", TCP4, send_and_receive, receive_and_send),
    ENCOUNTER("tcp6", ROUTE6(SOCK_STREAM, 0), send_and_receive, receive_and_send),
    ENCOUNTER("sendfile", TCP4, send_file, receive_only),
    ENCOUNTER("splice-in", TCP4, send_by_splice, receive_only),
    ENCOUNTER("splice-out", TCP4, send_only, receive_by_splice),
    ENCOUNTER("peek", TCP4, send_only, peek_and_receive),
    ENCOUNTER("zero-copy-receive", TCP4, send_by_tls13, receive_without_copies),
    {0},
};
