// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <tl/expected.hpp>

#include <QByteArray>
#include <QByteArrayList>

#include <cstdint>

namespace bwt {

/// Probes under names of their own in tracefs, since only there a probe of a function's end can be given room for
/// many calls at once. The kernel keeps them until they are removed: this object removes its own when it goes, and
/// those of dead processes when it comes.
class KprobeEvents {
public:
    KprobeEvents();
    /// Those of an earlier process, under its group's name. They stay when this object goes.
    explicit KprobeEvents(QByteArray group);
    KprobeEvents(const KprobeEvents&) = delete;
    KprobeEvents& operator=(const KprobeEvents&) = delete;
    ~KprobeEvents();

    /// Calls of one function that can be waiting at once without a later one's end being missed. The kernel allows no
    /// more (KRETPROBE_MAXACTIVE_MAX).
    static constexpr int callsAtOnce = 4096;

    [[nodiscard]] QByteArray group() const { return m_group; }
    /// Makes the probe for "kprobe/FUNCTION" or "kretprobe/FUNCTION". Returns its name in the group, or an errno.
    /// With a module, FUNCTION is in that module, and the probe waits for it to be loaded.
    [[nodiscard]] tl::expected<QByteArray, int> add(const QByteArray& section, const QByteArray& module);
    /// They stay when this object goes.
    void release() { m_names.clear(); }
    /// Removes the group's, once nobody has a program at any. False when that takes too long.
    [[nodiscard]] bool remove();
    /// How often the kernel passed over one of these probes.
    [[nodiscard]] std::uint64_t misses() const;

private:
    QByteArray m_group;
    QByteArrayList m_names;
};

} // namespace bwt
