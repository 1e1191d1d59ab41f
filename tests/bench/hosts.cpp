// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/hosts.h"

#include <algorithm>
#include <array>

namespace bwt::test {

namespace {

/// The very first ranks are nearer to each other than 1/r has it (Mandelbrot's correction): no host has everyone.
constexpr double flatness = 2;

Address mapped(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
{
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
}

/// Mixes 24 bits, each result from one value alone.
std::uint32_t scattered(std::uint32_t rank)
{
    constexpr std::uint32_t mask = 0xffffff;
    std::uint32_t mixed = (rank * 0x9e3779U) & mask;
    mixed ^= mixed >> 11;
    mixed = (mixed * 0x85ebcbU) & mask;
    return mixed ^ (mixed >> 13);
}

Host publicHost(std::uint32_t rank)
{
    const std::uint32_t low = scattered(rank);
    const auto byte = [low](int shift) { return static_cast<std::uint8_t>(low >> shift); };
    Host host;
    host.isV6 = rank % 20 < 7;
    if (!host.isV6) {
        constexpr std::array<std::uint8_t, 12> networks{3, 13, 18, 34, 52, 81, 93, 104, 142, 151, 185, 195};
        host.address = mapped(networks.at(rank % networks.size()), byte(16), byte(8), byte(0));
        return host;
    }
    constexpr std::array<std::array<std::uint8_t, 4>, 8> networks{
        {{0x2a, 0x00, 0x14, 0x50}, {0x26, 0x06, 0x47, 0x00}, {0x2a, 0x04, 0x4e, 0x42}, {0x26, 0x00, 0x90, 0x00},
            {0x2a, 0x03, 0x28, 0x80}, {0x26, 0x20, 0x01, 0xec}, {0x2a, 0x02, 0x26, 0xf0}, {0x20, 0x01, 0x06, 0x7c}}};
    std::ranges::copy(networks.at(rank % networks.size()), host.address.begin());
    host.address[5] = byte(20);
    host.address[13] = byte(16);
    host.address[14] = byte(8);
    host.address[15] = byte(0);
    return host;
}

} // namespace

Host hostOf(std::uint32_t rank)
{
    constexpr std::uint32_t lanStep = 41; // of the popular ranks one in so many is near
    constexpr std::uint32_t lanReach = 3'000;
    if (rank == resolverRank)
        return {mapped(127, 0, 0, 53), Scope::Loopback, false, true};
    if (rank == 2)
        return {mapped(192, 168, 178, 1), Scope::Lan, false, true};
    if (rank == 7)
        return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, Scope::Loopback, true, false};
    if (rank == 11)
        return {mapped(127, 0, 0, 1), Scope::Loopback, false, false};
    const auto near = static_cast<std::uint8_t>(10 + rank / lanStep);
    if (rank < lanReach && rank % lanStep == 17)
        return {mapped(192, 168, 178, near), Scope::Lan, false, false};
    if (rank < lanReach && rank % lanStep == 30)
        return {
            {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x02, 0x1b, 0x21, 0xff, 0xfe, 0x3c, 0x5d, near}, Scope::Lan, true, false};
    return publicHost(rank);
}

Popularity::Popularity(std::uint32_t reach)
    : m_reach(reach)
    , m_octaves(0)
{
    const double ratio = (reach + 1 + flatness) / (1 + flatness);
    for (double step = 32; step > 1e-12; step /= 2) {
        if (powerOfTwo(m_octaves + step) <= ratio)
            m_octaves += step;
    }
}

std::uint32_t Popularity::rank(Dice& dice) const
{
    // The inverse of the distribution, whose density falls as 1/r.
    const double at = (1 + flatness) * powerOfTwo(dice.unit() * m_octaves) - flatness;
    return std::clamp<std::uint32_t>(static_cast<std::uint32_t>(at), 1, m_reach);
}

} // namespace bwt::test
