// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/descriptor.h"

#include <QByteArray>

#include <algorithm>
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

/// What is there now, without waiting for more, and at most what a pipe holds.
inline QByteArray readPiece(int fd)
{
    fcntl(fd, F_SETFL, O_NONBLOCK);
    std::array<char, 65'536> piece{};
    const ssize_t count = read(fd, piece.data(), piece.size());
    return {piece.data(), std::max<ssize_t>(count, 0)};
}

/// Until nothing more is there: all of it, if the reader is quicker than the writer.
inline QByteArray readAvailable(int fd)
{
    QByteArray all;
    for (QByteArray piece = readPiece(fd); !piece.isEmpty(); piece = readPiece(fd))
        all += piece;
    return all;
}

} // namespace bwt::test
