// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/dice.h"

#include <array>

namespace bwt::test {

namespace ip {
inline constexpr std::uint16_t icmp = 1;
inline constexpr std::uint16_t tcp = 6;
inline constexpr std::uint16_t udp = 17;
inline constexpr std::uint16_t icmp6 = 58;
} // namespace ip

/// One direction's part of what a process and a host exchanged.
struct Moved {
    std::uint64_t bytes = 0;
    std::uint64_t calls = 0;
    std::uint64_t packets = 0;
    std::uint64_t wireBytes = 0;

    Moved& operator+=(const Moved& more)
    {
        bytes += more.bytes;
        calls += more.calls;
        packets += more.packets;
        wireBytes += more.wireBytes;
        return *this;
    }
    friend bool operator==(const Moved&, const Moved&) = default;
};
using Exchange = std::array<Moved, 2>; ///< sent, received

/// The calls and packets that a program's bytes take: segments of TCP with what acknowledges them, and some that are
/// sent anew, or datagrams.
[[nodiscard]] Exchange carried(
    Dice& dice, std::uint16_t protocol, bool isV6, std::uint64_t txBytes, std::uint64_t rxBytes);

} // namespace bwt::test
