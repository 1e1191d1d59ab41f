// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/interfaces.h"

#include <set>

namespace bwt {

/// Indexes of those that lead to a device, without those that are ports of another, where the packets are known;
/// where no interface leads to a device, as in a container, of all that aren't ports.
[[nodiscard]] std::set<std::uint32_t> leadingOut(const std::vector<Interface>& interfaces);

} // namespace bwt
