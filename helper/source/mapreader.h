// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <tl/expected.hpp>

#include <bpf/bpf.h>

#include <cerrno>
#include <cstdint>
#include <vector>

namespace bwt {

template <typename Key, typename Value> struct MapEntries {
    std::vector<Key> keys;
    std::vector<Value> values; ///< as many, in the same order
};

/// All entries of a hash map from which nothing is ever deleted: each that was there at the start, once. An errno on
/// failure. The kernel hands out whole buckets, and `room` is how many entries to ask for at first.
template <typename Key, typename Value>
[[nodiscard]] tl::expected<MapEntries<Key, Value>, int> readHashMap(int fd, std::uint32_t room = 1024)
{
    MapEntries<Key, Value> entries;
    std::uint32_t position = 0;
    std::uint32_t next = 0;
    bool isFirst = true;
    for (;;) {
        const std::size_t had = entries.keys.size();
        entries.keys.resize(had + room);
        entries.values.resize(had + room);
        std::uint32_t count = room;
        const int error = bpf_map_lookup_batch(fd, isFirst ? nullptr : &position, &next, entries.keys.data() + had,
            entries.values.data() + had, &count, nullptr);
        if (error != 0 && error != -ENOENT && error != -ENOSPC)
            return tl::unexpected<int>(-error);
        const bool isBucketTooBig = error == -ENOSPC; // nothing was read: again from the same position
        entries.keys.resize(isBucketTooBig ? had : had + count);
        entries.values.resize(entries.keys.size());
        if (error == -ENOENT)
            return entries;
        if (isBucketTooBig) {
            room *= 2;
            continue;
        }
        position = next;
        isFirst = false;
    }
}

} // namespace bwt
