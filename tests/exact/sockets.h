// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <netinet/in.h>
#include <utility>

/// Sockets on 127.0.0.1 for tests. What fails ends the test program, since nothing could be said after it.
namespace sockets {

class Socket {
public:
    Socket(int family, int type, int protocol = 0);
    explicit Socket(int fd)
        : m_fd(fd)
    {
    }
    Socket(Socket&& other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {
    }
    Socket& operator=(Socket&& other) = delete;
    ~Socket();
    [[nodiscard]] int fd() const { return m_fd; }

private:
    int m_fd;
};

/// 127.0.0.N:PORT.
[[nodiscard]] sockaddr_in loopback(std::uint16_t port, std::uint8_t host = 1);
void bindTo(const Socket& socket, const sockaddr_in& address);
void connectTo(const Socket& socket, const sockaddr_in& address);
/// Bound to a free port of 127.0.0.1, which is returned.
[[nodiscard]] std::uint16_t bindAnywhere(const Socket& socket);

struct Pair {
    Socket client;
    Socket server;
};
[[nodiscard]] Pair connectedTcp();

/// Does it by a thread in a network namespace of its own, which has nothing but the loopback device.
void inNewNamespace(const std::function<void()>& work);

} // namespace sockets
