// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/layout.h"

#include <tl/expected.hpp>

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
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

/// Everything that the iterator behind `link` yields. An errno on failure.
template <typename Row> [[nodiscard]] tl::expected<std::vector<Row>, int> readIterator(int link)
{
    const int fd = bpf_iter_create(link);
    if (fd < 0)
        return tl::unexpected<int>(-fd);
    auto rows = readToEnd<Row>(fd);
    close(fd);
    return rows;
}

/// All rows of a map from which nothing is ever deleted, in order of their keys' bytes: each that was there at the
/// start, once. `link` is an iterator's. An errno on failure.
template <typename Row> [[nodiscard]] tl::expected<std::vector<Row>, int> readRows(int link)
{
    auto rows = readIterator<Row>(link);
    if (!rows)
        return rows;
    // An entry made while the kernel pauses between two reads can push its neighbour into both.
    const auto compare = [](const Row& a, const Row& b) { return std::memcmp(&a.key, &b.key, sizeof(a.key)); };
    std::ranges::sort(*rows, [&](const Row& a, const Row& b) { return compare(a, b) < 0; });
    const auto repeated = std::ranges::unique(*rows, [&](const Row& a, const Row& b) { return compare(a, b) == 0; });
    rows->erase(repeated.begin(), repeated.end());
    return rows;
}

/// As readRows(), from a map of another layout. Keys that differ there may be equal here.
template <typename Row>
[[nodiscard]] tl::expected<std::vector<Row>, int> readForeignRows(
    int link, const Layout::Entry& from, const Layout::Entry& own)
{
    const auto words = readIterator<std::uint64_t>(link);
    if (!words)
        return tl::unexpected(words.error());
    const auto bytes = std::as_bytes(std::span(*words));
    std::map<std::span<const std::byte>, Row,
        decltype([](const auto& a, const auto& b) { return std::ranges::lexicographical_compare(a, b); })>
        rows; // each once
    for (std::size_t at = 0; at + from.bytes() <= bytes.size(); at += from.bytes()) {
        const auto key = bytes.subspan(at, from.key.bytes);
        Row& row = rows[key];
        copyFields(from.key, key.data(), own.key, reinterpret_cast<std::byte*>(&row.key));
        copyFields(from.value, key.data() + key.size(), own.value, reinterpret_cast<std::byte*>(&row.value));
    }
    std::vector<Row> converted;
    converted.reserve(rows.size());
    for (const auto& [key, row] : rows)
        converted.push_back(row);
    return converted;
}

} // namespace bwt
