// SPDX-License-Identifier: GPL-3.0-or-later
// bwt-tunnel DEVICE ADDRESS PEER: carries a tun device's packets in datagrams from an own address to a peer's, and
// back, as VPN programs do, but for the secrecy. Greets the peer first, as they do, then waits for a line, opens the
// device, and says so.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LARGEST_PACKET 65536
#define PORT 4500

static int must(int result, const char* what)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

static int open_device(const char* name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    const int device = must(open("/dev/net/tun", O_RDWR | O_CLOEXEC), "/dev/net/tun");

    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    must(ioctl(device, TUNSETIFF, &request), "TUNSETIFF");
    return device;
}

static struct sockaddr_in address_from(const char* text)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};

    if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
        fprintf(stderr, "not an address: %s\n", text);
        exit(2);
    }
    return address;
}

static int connect_from_to(const char* own_text, const char* peer_text)
{
    const struct sockaddr_in own = address_from(own_text);
    const struct sockaddr_in peer = address_from(peer_text);
    const int room = 64 << 20; /* so that nothing is lost, however late this program is */
    const int carrier = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");

    must(setsockopt(carrier, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)), "room");
    must(bind(carrier, (const struct sockaddr*)&own, sizeof(own)), "bind");
    must(connect(carrier, (const struct sockaddr*)&peer, sizeof(peer)), "connect");
    return carrier;
}

/* Nobody may be there yet to take what is carried, and nobody need take the greeting. */
static void carry(int from, int to)
{
    char packet[LARGEST_PACKET];
    const ssize_t length = read(from, packet, sizeof(packet));

    if (length > 0 && write(to, packet, (size_t)length) < 0)
        perror("write");
}

int main(int argc, char** argv)
{
    enum { DEVICE, CARRIER };
    struct pollfd ends[2] = {{.events = POLLIN}, {.events = POLLIN}};

    if (argc != 4) {
        fprintf(stderr, "usage: bwt-tunnel DEVICE ADDRESS PEER\n");
        return 2;
    }
    ends[CARRIER].fd = connect_from_to(argv[2], argv[3]);
    if (send(ends[CARRIER].fd, "hello", 5, 0) < 0)
        perror("greeting");
    puts("greeted");
    fflush(stdout);
    must(getchar(), "standard input"); /* whoever started it says when to go on */
    ends[DEVICE].fd = open_device(argv[1]);
    puts("open");
    fflush(stdout);
    for (;;) {
        must(poll(ends, 2, -1), "poll");
        if (ends[DEVICE].revents)
            carry(ends[DEVICE].fd, ends[CARRIER].fd);
        if (ends[CARRIER].revents)
            carry(ends[CARRIER].fd, ends[DEVICE].fd);
    }
}
