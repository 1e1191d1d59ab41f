// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/epoch.h"

#include <map>
#include <memory>
#include <vector>

namespace bwt {

/// A set of counters: the maps that its programs write to, through every exchange and every upgrade. Whatever is
/// counted is in a generation, once, until that is closed.
class Counters {
public:
    /// Generations that are counted in no more.
    struct Frozen {
        std::uint32_t number = 0; ///< of the newest
        Rows rows; ///< of all of them, the newest first
    };

    /// A new set; programs that use the maps count in it. An errno on failure.
    [[nodiscard]] static tl::expected<Counters, int> make(Epoch::Arrays arrays, Descriptor health, const Room& least);
    /// The set that an earlier process has kept. An errno on failure, ENOENT where there is none.
    [[nodiscard]] static tl::expected<Counters, int> takeFrom(
        const std::shared_ptr<DescriptorStore>& store, const Room& least);
    /// Has the set outlive this process, from now on through every exchange.
    void keepIn(const std::shared_ptr<DescriptorStore>& store);

    /// The maps that this build's programs have to use, by name: where the set is of another layout not all of them.
    [[nodiscard]] std::map<QByteArray, int> maps() const;
    [[nodiscard]] bool isOfOwnLayout() const { return m_epochs.back().layout() == Layout::own(); }
    /// Those of this build's programs that come from now on count in these, which are kept before it returns; others
    /// go on in the maps that they have, until the epoch of those has ended. Returns 0 or an errno.
    [[nodiscard]] int beginEpoch(Epoch::Arrays arrays);
    /// All programs are of this build: whatever is counted elsewhere is frozen.
    void endEarlierEpochs();

    /// What is counted in now. A crowded generation is frozen and another begun, unless one is frozen already: then
    /// what there is no room for goes to coarser keys. While programs of two layouts count, a key may be there for
    /// each. An errno on failure, which loses nothing.
    [[nodiscard]] tl::expected<Rows, int> look();
    /// Freezes the current generation and begins another. Not while one is frozen. Returns 0 or an errno.
    [[nodiscard]] int exchange(const Room& room);
    /// Null when there is none. Changes in look() and close() alone.
    [[nodiscard]] std::shared_ptr<const Frozen> frozen() const { return m_frozen; }
    [[nodiscard]] const Room& room() const { return current().room(); }

    /// What generations up to that number have counted is safe elsewhere: forgets it.
    void close(std::uint32_t number);

    [[nodiscard]] std::uint64_t health(bwt_health slot) const;

private:
    struct Unmapper {
        void operator()(const std::uint64_t* page) const;
    };
    using Health = std::unique_ptr<const std::uint64_t, Unmapper>;

    Counters(std::vector<Epoch> epochs, Descriptor healthMap, Health health, const Room& least);
    [[nodiscard]] static tl::expected<Counters, int> open(
        std::vector<Epoch> epochs, Descriptor healthMap, const Room& least);
    [[nodiscard]] const Generation& current() const { return m_epochs.back().generations().back(); }
    [[nodiscard]] bool isAlone() const { return m_epochs.size() == 1 && m_epochs.back().generations().size() == 1; }
    /// Number of the oldest generation that programs may count in.
    [[nodiscard]] std::uint32_t oldestLive() const;
    /// Those with numbers in [from, until), newest first.
    [[nodiscard]] std::vector<const Generation*> generations(std::uint32_t from, std::uint32_t until) const;
    /// Returns 0 or an errno.
    [[nodiscard]] int readFrozen();

    std::vector<Epoch> m_epochs; ///< oldest first; the newest is open
    Descriptor m_healthMap;
    Health m_health; ///< BWT_HEALTH_SLOTS of them
    Room m_least;
    std::shared_ptr<DescriptorStore> m_store = std::make_shared<DescriptorStore>();
    std::shared_ptr<const Frozen> m_frozen; ///< what those before the oldest live one hold, once it was read
};

} // namespace bwt
