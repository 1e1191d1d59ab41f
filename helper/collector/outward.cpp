// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/outward.h"

#include <net/if_arp.h>

namespace bwt {

namespace {

bool isDevice(const Interface& interface)
{
    return interface.kind.isEmpty() || interface.kind == "wwan";
}

} // namespace

std::set<std::uint32_t> leadingOut(const std::vector<Interface>& interfaces)
{
    std::set<std::uint32_t> toDevice;
    std::set<std::uint32_t> all;
    for (const Interface& interface : interfaces) {
        if (interface.type == ARPHRD_LOOPBACK)
            continue;
        all.insert(interface.index);
        if (isDevice(interface))
            toDevice.insert(interface.index);
    }
    for (bool grows = true; grows;) { // through a bridge of bonds, too
        grows = false;
        for (const Interface& interface : interfaces)
            if (interface.master != 0 && toDevice.contains(interface.index))
                grows = toDevice.insert(interface.master).second || grows;
    }
    std::set<std::uint32_t> leading = toDevice.empty() ? all : toDevice;
    for (const Interface& interface : interfaces)
        if (interface.master != 0)
            leading.erase(interface.index);
    return leading;
}

} // namespace bwt
