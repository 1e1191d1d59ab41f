// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bpf/traffic.h"
#include "helper/source/descriptor.h"
#include "helper/source/descriptorstore.h"
#include "helper/source/rowreader.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace bwt {

/// Entries that one generation's maps have room for. All of it is allocated at once.
struct Room {
    std::uint32_t flows = 16384;
    std::uint32_t coarse = 4096;
    std::uint32_t processes = 16384; ///< as many short-lived ones as may come between two looks
    std::uint32_t wires = 32768; ///< of each flow packets come and go
    std::uint32_t coarseWires = 4096;
};

/// What one generation holds. Each map has a key once, where the layout is ours.
struct Rows {
    std::vector<bwt_flow> flows{};
    std::vector<bwt_flow> coarse{};
    std::vector<bwt_flow> wires{};
    std::vector<bwt_flow> coarseWires{};
    std::vector<bwt_process> processes{};

    void append(const Rows& rows);
};

/// The maps in which programs count from one exchange to the next.
class Generation {
public:
    /// Empty ones. An errno on failure.
    [[nodiscard]] static tl::expected<Generation, int> make(
        std::uint32_t number, std::shared_ptr<const Layout> layout, const Room& room);

    /// The numbers of those that an earlier process has kept. Incomplete ones are none: no program has used them.
    [[nodiscard]] static std::set<std::uint32_t> numbersIn(const DescriptorStore::Contents& contents);
    /// Nothing where there is no complete one.
    [[nodiscard]] static std::optional<Generation> takeFrom(
        DescriptorStore::Contents& contents, std::uint32_t number, std::shared_ptr<const Layout> layout);
    void keepIn(DescriptorStore& store) const;
    void dropFrom(DescriptorStore& store) const;

    [[nodiscard]] std::uint32_t number() const { return m_number; }
    [[nodiscard]] const Room& room() const { return m_room; }

    /// Has programs count here from now on. Once it has returned none uses the maps that were there before: replacing
    /// a map in another waits for those that have found it (Linux, maybe_wait_bpf_programs). Returns 0 or an errno.
    [[nodiscard]] int install(const Descriptor& flowMaps, const Descriptor& processMaps) const;

    /// Makes iterators, without which it can't be read. Returns 0 or an errno.
    [[nodiscard]] int prepare(const RowReader& reader);
    /// Processes come after the flows that name them, since in the kernel they are written before.
    [[nodiscard]] tl::expected<Rows, int> read() const;

private:
    /// A map and its iterator.
    struct Map {
        Descriptor map;
        Descriptor iterator;
    };

    Generation(std::uint32_t number, std::shared_ptr<const Layout> layout);

    std::uint32_t m_number = 0; ///< counts from 1
    std::shared_ptr<const Layout> m_layout;
    Room m_room;
    std::vector<Map> m_flowMaps; ///< as the layout has them
    Map m_processes;
};

/// The room that a generation's successor needs: enough for what still lives, several times over, and never less than
/// `least`.
[[nodiscard]] Room roomAfter(const Rows& rows, const Room& least);

/// Whether one of the maps has too little left for what may come until the next look.
[[nodiscard]] bool isCrowded(const Rows& rows, const Room& room);

} // namespace bwt
