// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/generation.h"

#include <memory>
#include <vector>

namespace bwt {

/// The maps that programs of one layout count in, from their first generation on: arrays, where programs find them,
/// and the generations that are not closed yet.
class Epoch {
public:
    /// The maps that stay through every exchange.
    struct Arrays {
        Descriptor flowMaps;
        Descriptor processMaps;
    };

    /// Of this build's layout, with a first generation of that number. An errno on failure.
    [[nodiscard]] static tl::expected<Epoch, int> make(Arrays arrays, std::uint32_t first, const Room& room);
    /// Those that an earlier process has kept, oldest first. Incomplete ones are none: no program has used them. An
    /// errno on failure.
    [[nodiscard]] static tl::expected<std::vector<Epoch>, int> takeFrom(DescriptorStore::Contents& contents);
    void keepIn(DescriptorStore& store) const;
    void dropFrom(DescriptorStore& store) const;

    [[nodiscard]] const Layout& layout() const { return *m_layout; }
    [[nodiscard]] const Arrays& arrays() const { return m_arrays; }
    /// Whether programs may count in it, which they do in the newest generation alone.
    [[nodiscard]] bool isOpen() const { return bool(m_arrays.flowMaps); }
    /// Oldest first. Not empty while it is open.
    [[nodiscard]] const std::vector<Generation>& generations() const { return m_generations; }

    /// Freezes the newest generation and begins another. Returns 0 or an errno.
    [[nodiscard]] int exchange(const Room& room, DescriptorStore& store);
    /// All programs count elsewhere: once those that still run have ended, nothing changes here any more. Returns 0
    /// or an errno.
    [[nodiscard]] int end(DescriptorStore& store);
    /// What generations up to that number have counted is safe elsewhere: forgets those that are frozen.
    void close(std::uint32_t number, DescriptorStore& store);

private:
    Epoch(std::uint32_t first, std::shared_ptr<const Layout> layout, Descriptor file, RowReader reader);
    /// Takes its generations, whose numbers are below `end`, and its arrays. Returns 0 or an errno.
    [[nodiscard]] int takeRest(DescriptorStore::Contents& contents, std::uint32_t end);
    /// Has programs count in that generation, which it takes when that succeeds. Returns 0 or an errno.
    [[nodiscard]] int install(Generation& generation);
    void dropArraysFrom(DescriptorStore& store) const;

    std::uint32_t m_first; ///< number of its first generation, which it goes by
    std::shared_ptr<const Layout> m_layout;
    Descriptor m_file; ///< says the layout
    RowReader m_reader;
    Arrays m_arrays;
    std::vector<Generation> m_generations;
};

} // namespace bwt
