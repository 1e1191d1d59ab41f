// SPDX-License-Identifier: GPL-3.0-or-later
#include "sockets.h"

#include <QtGlobal>

#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace sockets {

namespace {

int must(int result, const char* what)
{
    if (result < 0)
        qFatal("%s: %s", what, std::strerror(errno));
    return result;
}

sockaddr* raw(sockaddr_in& address)
{
    return reinterpret_cast<sockaddr*>(&address);
}

} // namespace

Socket::Socket(int family, int type, int protocol)
    : m_fd(must(::socket(family, type | SOCK_CLOEXEC, protocol), "socket"))
{
}

Socket::~Socket()
{
    if (m_fd >= 0)
        close(m_fd);
}

sockaddr_in loopback(std::uint16_t port, std::uint8_t host)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
    return address;
}

void bindTo(const Socket& socket, const sockaddr_in& address)
{
    sockaddr_in copy = address;
    must(bind(socket.fd(), raw(copy), sizeof(copy)), "bind");
}

void connectTo(const Socket& socket, const sockaddr_in& address)
{
    sockaddr_in copy = address;
    must(connect(socket.fd(), raw(copy), sizeof(copy)), "connect");
}

std::uint16_t bindAnywhere(const Socket& socket)
{
    bindTo(socket, loopback(0));
    sockaddr_in bound{};
    socklen_t length = sizeof(bound);
    must(getsockname(socket.fd(), raw(bound), &length), "getsockname");
    return ntohs(bound.sin_port);
}

Pair connectedTcp()
{
    const Socket listener(AF_INET, SOCK_STREAM);
    const std::uint16_t port = bindAnywhere(listener);
    must(listen(listener.fd(), 1), "listen");
    Socket client(AF_INET, SOCK_STREAM);
    connectTo(client, loopback(port));
    return {std::move(client), Socket(must(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC), "accept"))};
}

void inNewNamespace(const std::function<void()>& work)
{
    std::thread([&work] {
        must(unshare(CLONE_NEWNET), "unshare");
        ifreq link{.ifr_ifrn = {.ifrn_name = "lo"}, .ifr_ifru = {.ifru_flags = IFF_UP}};
        must(ioctl(Socket(AF_INET, SOCK_DGRAM).fd(), SIOCSIFFLAGS, &link), "SIOCSIFFLAGS");
        work();
    }).join();
}

} // namespace sockets
