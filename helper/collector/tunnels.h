// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"

#include <functional>
#include <map>
#include <set>
#include <vector>

namespace bwt {

/// Which traffic carries other traffic that is counted, too: what the processes that hold a tun or tap device
/// exchange by other interfaces than that, and what the kernel wraps. Of one network namespace.
class Tunnels {
public:
    /// Names of the devices that a process holds.
    using Holdings = std::function<std::vector<QByteArray>(const ProcessId&)>;
    /// Nobody is known to hold any.
    Tunnels();
    explicit Tunnels(Holdings holdingsOf);

    /// The interfaces and the processes as they are now. Looks at processes only while a device has no known holder:
    /// at each that is new, and at all when a device came or was opened.
    void take(const Interfaces& interfaces, const std::vector<ProcessInfo>& processes);
    /// Gives what carries its scope. Once a counter has it, it keeps it.
    void mark(Snapshot& snapshot) const;

private:
    /// An open one.
    struct Device {
        std::uint32_t index = 0; ///< of its interface
        QByteArray name;
        std::uint32_t carrierChanges = 0; ///< grows when someone opens it

        friend bool operator==(const Device&, const Device&) = default;
    };
    using Held = std::set<std::uint32_t>; ///< indexes of interfaces

    void forget(const std::set<ProcessId>& living);
    [[nodiscard]] bool lacksHolder() const;
    void examine(const ProcessId& process);
    static void mark(Snapshot& snapshot, const ProcessId& process, const Held& held);
    void markKernels(Snapshot& snapshot) const;

    Holdings m_holdingsOf;
    std::vector<Device> m_devices;
    std::map<ProcessId, Held> m_holders;
    std::set<ProcessId> m_examined; ///< since the devices changed
    bool m_kernelWrapsInUdp = false;
};

} // namespace bwt
