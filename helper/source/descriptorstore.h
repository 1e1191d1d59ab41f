// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/descriptor.h"

#include <QByteArray>

#include <map>
#include <optional>

namespace bwt {

/// The service manager's store of descriptors: what is kept there outlives this process, until the service is stopped
/// (systemd.exec(5), "FileDescriptorStoreMax="). Where there is none every call does nothing.
class DescriptorStore {
public:
    using Contents = std::map<QByteArray, Descriptor>;

    /// Takes what earlier processes of this service have left, out of the environment: a process does it once.
    [[nodiscard]] static DescriptorStore open();
    /// No store, whatever the environment says.
    DescriptorStore() = default;

    /// Whether there is one. Finds out by trying, where the service manager doesn't tell.
    [[nodiscard]] bool isThere();
    /// By name. Who needs one takes the descriptor out of here, which leaves the store's own.
    [[nodiscard]] Contents& contents() { return m_contents; }
    /// Drops what nobody has taken.
    void dropRest();
    /// Drops everything, taken or not.
    void dropAll();

    /// A name is given once. The store has a descriptor of its own for the same thing.
    void keep(const QByteArray& name, int fd);
    void drop(const QByteArray& name);
    /// Waits until the store has done all that it was told. False when it didn't in time.
    [[nodiscard]] bool settle() const;

private:
    [[nodiscard]] static bool keepsSomething();

    std::optional<bool> m_isThere = false; ///< nothing: not known yet
    Contents m_contents; ///< everything that is kept; empty descriptors where they were taken
};

} // namespace bwt
