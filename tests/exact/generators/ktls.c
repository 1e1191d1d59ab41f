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

/* The same on both sides and for both directions: nothing is secret here. */
static struct tls12_crypto_info_aes_gcm_128 fixed_keys(void)
{
    struct tls12_crypto_info_aes_gcm_128 keys
        = {.info = {.version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128}};

    memset(keys.key, 'k', sizeof(keys.key));
    memset(keys.salt, 's', sizeof(keys.salt));
    return keys;
}

static void begin_tls(const struct side* side)
{
    const struct tls12_crypto_info_aes_gcm_128 keys = fixed_keys();

    if (setsockopt(side->fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) != 0)
        absent("kTLS", errno);
    must(setsockopt(side->fd, SOL_TLS, TLS_TX, &keys, sizeof(keys)), "TLS_TX");
    must(setsockopt(side->fd, SOL_TLS, TLS_RX, &keys, sizeof(keys)), "TLS_RX");
    tell_other(side);
    await_other(side);
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

static void receive_by_splice(struct side* side)
{
    static char data[1 << 16];
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
    ENCOUNTER("splice-out", TCP4, send_only, receive_by_splice),
    {0},
};
