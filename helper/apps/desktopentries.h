// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/apps/app.h"
#include "helper/apps/desktopentry.h"

#include <QHash>

#include <cstdint>
#include <tuple>
#include <vector>

namespace bwt {

/// The applications of the system's menus. Users' own entries are in their homes, which the helper can't see.
class DesktopEntries {
public:
    /// Below this folder is what is "/" to everyone; a test has another. Reads nothing yet.
    explicit DesktopEntries(QByteArray root);

    /// Reads the entries where their folders have changed. Whether they had.
    bool refresh();

    /// The app of that desktop file id, without ".desktop"; null where there is no such entry.
    [[nodiscard]] AppPtr byId(const QByteArray& id) const { return m_byId.value(id).app; }
    /// The app that the program is: what an entry starts, or what lies in a folder of its own beside that. Null where
    /// it is no entry's, or any number of entries' (an interpreter).
    [[nodiscard]] AppPtr byProgram(const QByteArray& path) const;
    /// Whether that entry starts that program.
    [[nodiscard]] bool starts(const QByteArray& id, const QByteArray& path) const;
    /// Name of a Flatpak or snap; empty where no entry is of it.
    [[nodiscard]] QByteArray flatpakName(const QByteArray& id) const { return m_flatpaks.value(id); }
    [[nodiscard]] QByteArray snapName(const QByteArray& instance) const { return m_snaps.value(instance); }

private:
    struct Known {
        AppPtr app;
        QByteArray program; ///< canonical path; empty where it isn't there, or stands for nothing
    };
    struct Offer { ///< to be what a program is; the best is taken
        bool hasOtherName = false;
        qsizetype arguments = 0;
        QByteArray id;

        [[nodiscard]] bool isBetterThan(const Offer& other) const
        {
            return std::tie(hasOtherName, arguments, id) < std::tie(other.hasOtherName, other.arguments, other.id);
        }
    };

    void read();
    void readFolder(const QByteArray& folder, const QByteArray& prefix);
    void add(const QByteArray& id, const DesktopEntry& entry);
    void offer(const QByteArray& key, const Offer& offer);
    /// Canonical path of what a command starts.
    [[nodiscard]] QByteArray programOf(const QByteArray& command) const;
    [[nodiscard]] std::vector<std::int64_t> changeTimes() const;

    QByteArray m_root;
    std::vector<std::int64_t> m_changeTimes; ///< of the folders, when they were read; in ns
    QHash<QByteArray, Known> m_byId;
    QHash<QByteArray, Offer>
        m_byProgram; ///< by path; by path with "/" after it for a private folder; by name for scripts
    QHash<QByteArray, QByteArray> m_flatpaks;
    QHash<QByteArray, QByteArray> m_snaps;
};

} // namespace bwt
