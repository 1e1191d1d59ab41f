// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <cstdint>
#include <optional>
#include <vector>

namespace bwt {

/// A network interface as the kernel counts for it.
struct Interface {
    std::uint32_t index = 0;
    QByteArray name; ///< any bytes but zero and "/"
    std::uint16_t type = 0; ///< ARPHRD_*, if_arp.h
    QByteArray kind; ///< "bridge", "veth", …; empty where it is a device's
    std::uint32_t master = 0; ///< index of the interface that it is a port of; 0 for none
    bool isUp = false; ///< can carry packets: it is switched on, and its cable or radio is connected
    std::uint32_t carrierChanges = 0; ///< how often that was lost or found
    std::uint64_t txBytes = 0;
    std::uint64_t rxBytes = 0;
    std::uint64_t txPackets = 0;
    std::uint64_t rxPackets = 0;
};

/// Those of one network namespace.
struct Interfaces {
    std::uint32_t netns = 0; ///< inode of the namespace
    std::vector<Interface> list;
};

/// Those of this thread's network namespace, as they are now. Nothing where the kernel doesn't tell.
[[nodiscard]] std::optional<Interfaces> readInterfaces();

} // namespace bwt
