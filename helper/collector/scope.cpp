// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/scope.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace bwt {

namespace {

constexpr int mappedBits = 96; // ::ffff:0:0/96, RFC 4291, 2.5.5.2

constexpr Prefix ipv4Prefix(std::uint8_t a, std::uint8_t b, int bits)
{
    return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, 0, 0}, mappedBits + bits};
}

constexpr Prefix ipv6Prefix(std::uint8_t a, std::uint8_t b, int bits)
{
    return {{a, b}, bits};
}

const Prefix loopback[] = {
    ipv4Prefix(127, 0, 8),
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128},
};

const Prefix localNetworks[] = {
    ipv4Prefix(10, 0, 8), ipv4Prefix(172, 16, 12), ipv4Prefix(192, 168, 16), // RFC 1918
    ipv4Prefix(169, 254, 16), ipv6Prefix(0xfe, 0x80, 10), // link-local
    ipv6Prefix(0xfc, 0, 7), // unique local, RFC 4193
    ipv4Prefix(224, 0, 4), ipv6Prefix(0xff, 0, 8), // multicast
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 128}, // limited broadcast
};

template <typename Prefixes> bool anyContains(const Prefixes& prefixes, const Address& address)
{
    return std::any_of(std::begin(prefixes), std::end(prefixes),
        [&address](const Prefix& prefix) { return prefix.contains(address); });
}

Address addressOf(const sockaddr* socketAddress)
{
    Address address{};
    if (socketAddress->sa_family == AF_INET6) {
        sockaddr_in6 in6{};
        std::memcpy(&in6, socketAddress, sizeof in6);
        std::memcpy(address.data(), &in6.sin6_addr, address.size());
    } else {
        sockaddr_in in4{};
        std::memcpy(&in4, socketAddress, sizeof in4);
        address[10] = address[11] = 0xff;
        std::memcpy(address.data() + 12, &in4.sin_addr, sizeof in4.sin_addr);
    }
    return address;
}

bool isInternet(const sockaddr* address)
{
    return address && (address->sa_family == AF_INET || address->sa_family == AF_INET6);
}

/// How many bits of an address of its family, as it is written, belong to the network.
int maskBits(const sockaddr* netmask)
{
    const Address mask = addressOf(netmask);
    int bits = 0;
    for (std::size_t i = netmask->sa_family == AF_INET6 ? 0 : mappedBits / 8; i < mask.size(); ++i)
        bits += __builtin_popcount(mask[i]);
    return bits;
}

/// The network that an interface is in. Nothing for a mask of no bits, which some tunnels carry: it would make the
/// whole internet on-link.
std::optional<Prefix> networkOf(const ifaddrs& one)
{
    const int bits = isInternet(one.ifa_netmask) ? maskBits(one.ifa_netmask) : 0;
    if (bits == 0)
        return {};
    return Prefix{addressOf(one.ifa_addr), one.ifa_netmask->sa_family == AF_INET6 ? bits : mappedBits + bits};
}

} // namespace

bool Prefix::contains(const Address& other) const
{
    const int whole = bits / 8;
    if (std::memcmp(address.data(), other.data(), static_cast<std::size_t>(whole)) != 0)
        return false;
    const int rest = bits % 8;
    return rest == 0 || ((address[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

Scope scopeOf(const Address& remote, const HostAddresses& host)
{
    if (anyContains(loopback, remote) || std::ranges::find(host.own, remote) != host.own.end())
        return Scope::Loopback;
    if (anyContains(localNetworks, remote) || anyContains(host.onLink, remote))
        return Scope::Lan;
    return Scope::Internet;
}

HostAddresses readHostAddresses()
{
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0)
        return {};
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, &freeifaddrs);

    HostAddresses host;
    for (const ifaddrs* one = first; one; one = one->ifa_next) {
        if (!isInternet(one->ifa_addr) || !(one->ifa_flags & IFF_UP))
            continue;
        host.own.push_back(addressOf(one->ifa_addr));
        if (const auto network = networkOf(*one))
            host.onLink.push_back(*network);
        if ((one->ifa_flags & IFF_POINTOPOINT) && isInternet(one->ifa_dstaddr))
            host.onLink.push_back({addressOf(one->ifa_dstaddr), 128});
    }
    return host;
}

} // namespace bwt
