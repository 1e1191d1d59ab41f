// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"
#include "tests/bench/dice.h"

namespace bwt::test {

/// A remote address of the made-up world. Its rank, from 1, says how popular it is.
struct Host {
    Address address{};
    Scope scope = Scope::Internet;
    bool isV6 = false;
    bool resolves = false; ///< asked for names, and for nothing else
};
inline constexpr std::uint32_t resolverRank = 1;

/// The same for the same rank; no two ranks share an address.
[[nodiscard]] Host hostOf(std::uint32_t rank);

/// Zipf's law: the host of rank r is chosen about as often as 1/r says, up to the rank where its reach ends.
class Popularity {
public:
    explicit Popularity(std::uint32_t reach);
    [[nodiscard]] std::uint32_t rank(Dice& dice) const;

private:
    std::uint32_t m_reach;
    double m_octaves; ///< from the first rank to the last
};

} // namespace bwt::test
