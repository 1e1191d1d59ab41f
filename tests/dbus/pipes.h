// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/descriptor.h"

#include <QByteArray>

#include <array>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/// Ways for bytes to take, and their ends.
namespace bwt::test {

struct Ends {
    Descriptor reader{-1};
    Descriptor writer{-1};
};

inline Ends makePipe()
{
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return {};
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

inline Ends makeSockets(int type)
{
    std::array<int, 2> ends{-1, -1};
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return {};
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// What is there now, without waiting for more.
inline QByteArray readAvailable(int fd)
{
    fcntl(fd, F_SETFL, O_NONBLOCK);
    QByteArray all;
    std::array<char, 65'536> piece{};
    for (ssize_t count = 1; count > 0;) {
        count = read(fd, piece.data(), piece.size());
        if (count > 0)
            all.append(piece.data(), count);
    }
    return all;
}

} // namespace bwt::test
