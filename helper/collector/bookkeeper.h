// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"

#include <map>

namespace bwt {

/// Holds what interfaces count against what the counters of the wire know, from look to look. Loopback has no books:
/// what one program sends there another receives, and nothing leaves.
class Bookkeeper {
public:
    /// Goes on in books that an earlier helper kept; without any it goes on in its own.
    void resume(std::vector<InterfaceBook> books);

    /// Enters what was counted since the last look. The first look only begins the books: what an interface counted
    /// before it was not ours to see. One that appears later begins at 0, as does one whose counters went back.
    /// One that is gone leaves the books.
    [[nodiscard]] std::vector<InterfaceBook> take(
        WireCounting wire, const std::optional<Interfaces>& interfaces, const std::vector<Flow>& flows);

private:
    /// What counters of the wire know of an interface; what it counts itself is left at 0.
    struct Known {
        SeenSide tx;
        SeenSide rx;
    };
    using KnownByIndex = std::map<std::uint32_t, Known>;

    [[nodiscard]] static KnownByIndex knownOf(const std::vector<Flow>& flows, std::uint32_t netns);
    /// The interface's book as the last look left it.
    [[nodiscard]] InterfaceBook open(const Interface& interface, const Known& now) const;

    bool m_hasBegun = false;
    std::vector<InterfaceBook> m_books; ///< ordered by index
    KnownByIndex m_known; ///< at the last look
};

} // namespace bwt
