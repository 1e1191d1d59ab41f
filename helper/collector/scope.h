// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"

#include <vector>

namespace bwt {

/// The addresses of a network: those whose first `bits` bits are the prefix's.
struct Prefix {
    Address address{};
    int bits = 0; ///< of 128; an IPv4 prefix has 96 more than it is written with

    [[nodiscard]] bool contains(const Address& other) const;
    friend bool operator==(const Prefix&, const Prefix&) = default;
};

/// What this host's interfaces say about which addresses are near.
struct HostAddresses {
    std::vector<Address> own;
    std::vector<Prefix> onLink;

    friend bool operator==(const HostAddresses&, const HostAddresses&) = default;
};

/// How far away a remote address is. Unknown counts as the internet, so that usage is never understated.
[[nodiscard]] Scope scopeOf(const Address& remote, const HostAddresses& host);

/// Addresses and prefixes of the interfaces that are up; empty when they can't be read.
[[nodiscard]] HostAddresses readHostAddresses();

} // namespace bwt
