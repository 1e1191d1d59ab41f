// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <tl/expected.hpp>

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <unistd.h>
#include <vector>

namespace bwt {

/// Reads to the end of what an iterator yields; an errno on failure.
template <typename Row> [[nodiscard]] tl::expected<std::vector<Row>, int> readToEnd(int fd)
{
    constexpr std::size_t room = 1024; // rows at a time; the kernel yields 32 KiB at most
    std::vector<Row> rows;
    for (std::size_t bytes = 0;;) {
        rows.resize(bytes / sizeof(Row) + room);
        const ssize_t got
            = read(fd, reinterpret_cast<std::byte*>(rows.data()) + bytes, rows.size() * sizeof(Row) - bytes);
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return tl::unexpected<int>(errno);
        if (got == 0) {
            rows.resize(bytes / sizeof(Row));
            return rows;
        }
        bytes += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    }
}

/// All rows of a map from which nothing is ever deleted, in order of their keys' bytes: each that was there at the
/// start, once. `link` is an iterator's. An errno on failure.
template <typename Row> [[nodiscard]] tl::expected<std::vector<Row>, int> readRows(int link)
{
    const int fd = bpf_iter_create(link);
    if (fd < 0)
        return tl::unexpected<int>(-fd);
    auto rows = readToEnd<Row>(fd);
    close(fd);
    if (!rows)
        return rows;
    // An entry made while the kernel pauses between two reads can push its neighbour into both.
    const auto compare = [](const Row& a, const Row& b) { return std::memcmp(&a.key, &b.key, sizeof(a.key)); };
    std::ranges::sort(*rows, [&](const Row& a, const Row& b) { return compare(a, b) < 0; });
    const auto repeated = std::ranges::unique(*rows, [&](const Row& a, const Row& b) { return compare(a, b) == 0; });
    rows->erase(repeated.begin(), repeated.end());
    return rows;
}

} // namespace bwt
