// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/generation.h"

#include <map>
#include <memory>
#include <optional>

namespace bwt {

/// A set of counters: the maps that its programs write to, through every exchange. Whatever is counted is in the
/// current generation or, once, in the frozen one, until that is closed.
class Counters {
public:
    /// The maps that stay.
    struct Arrays {
        Descriptor flowMaps;
        Descriptor processMaps;
        Descriptor health;
    };

    /// A generation that is counted in no more.
    struct Frozen {
        std::uint32_t number = 0;
        Rows rows;
    };

    /// A new set; programs that use the arrays count in it. An errno on failure.
    [[nodiscard]] static tl::expected<Counters, int> make(Arrays arrays, const Room& least);
    /// The set that an earlier process has kept. An errno on failure, ENOENT where there is none.
    [[nodiscard]] static tl::expected<Counters, int> takeFrom(
        const std::shared_ptr<DescriptorStore>& store, const Room& least);
    /// Has the set outlive this process, from now on through every exchange.
    void keepIn(const std::shared_ptr<DescriptorStore>& store);

    /// The maps that stay, by name.
    [[nodiscard]] std::map<QByteArray, int> maps() const;
    /// The current generation's rows. A crowded one is frozen and another begun, unless one is frozen already: then
    /// what there is no room for goes to coarser keys. An errno on failure, which loses nothing.
    [[nodiscard]] tl::expected<Rows, int> look();
    /// Freezes the current generation and begins another. Not while one is frozen. Returns 0 or an errno.
    [[nodiscard]] int exchange(const Room& room);
    /// Null when there is none. Changes in look() and close() alone.
    [[nodiscard]] std::shared_ptr<const Frozen> frozen() const { return m_frozen; }
    [[nodiscard]] const Room& room() const { return m_current->room(); }

    /// What generations up to that number have counted is safe elsewhere: forgets it.
    void close(std::uint32_t number);

    [[nodiscard]] std::uint64_t health(bwt_health slot) const;

private:
    struct Unmapper {
        void operator()(const std::uint64_t* page) const;
    };
    using Health = std::unique_ptr<const std::uint64_t, Unmapper>;

    Counters(RowReader reader, Arrays arrays, Health health, const Room& least);
    /// Of arrays that programs use already or will. Without a generation yet.
    [[nodiscard]] static tl::expected<Counters, int> open(Arrays arrays, const Room& least);
    /// Has programs count in that generation, which it takes when that succeeds. Returns 0 or an errno.
    [[nodiscard]] int install(Generation& generation);
    /// Returns 0 or an errno.
    [[nodiscard]] int readFrozen();

    RowReader m_reader;
    Arrays m_arrays;
    Health m_health; ///< BWT_HEALTH_SLOTS of them
    Room m_least;
    std::shared_ptr<DescriptorStore> m_store = std::make_shared<DescriptorStore>();
    std::optional<Generation> m_current; ///< always there
    std::optional<Generation> m_retired; ///< from an exchange until it is closed
    std::shared_ptr<const Frozen> m_frozen; ///< what m_retired holds, once it was read
};

} // namespace bwt
