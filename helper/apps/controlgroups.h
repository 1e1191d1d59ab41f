// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>

#include <cstdint>
#include <optional>

namespace bwt {

/// Paths of the cgroup2 hierarchy's groups by the inodes that the kernel names them by, so that a process needs not
/// live to be in one. An inode is given once in a boot.
class ControlGroups {
public:
    /// `root` as DesktopEntries has it; empty paths where there is no such hierarchy.
    explicit ControlGroups(const QByteArray& root);

    /// Another look for groups that were not there is worth while.
    void beginRound() { m_hasWalked = false; }
    /// "/" for the root; nothing where it is not known, for example when the group is gone.
    [[nodiscard]] std::optional<QByteArray> pathOf(std::uint64_t inode);
    /// Without a look for it; and nothing for the root where that may say only that version 1 is in use.
    [[nodiscard]] std::optional<QByteArray> knownPathOf(std::uint64_t inode) const;
    /// What a living process's /proc/PID/cgroup said, which saves a walk through all groups.
    void note(std::uint64_t inode, const QByteArray& path);

    /// The path that /proc/PID/cgroup tells; where version 1's hierarchies alone are in use, systemd's there.
    [[nodiscard]] static QByteArray pathIn(const QByteArray& procCgroup);

private:
    void walk(int at, const QByteArray& name, const QByteArray& path, int depth);

    QByteArray m_mount; ///< empty where there is none
    bool m_isAlone = false; ///< no version 1 beside it
    QHash<std::uint64_t, QByteArray> m_paths;
    bool m_hasWalked = false;
};

} // namespace bwt
