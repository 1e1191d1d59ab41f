// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/apps/app.h"
#include "helper/apps/controlgroups.h"
#include "helper/apps/desktopentries.h"
#include "helper/apps/grouprules.h"
#include "helper/proc/patientreader.h"
#include "helper/source/trafficsource.h"

#include <QHash>

#include <optional>
#include <unordered_map>
#include <vector>

namespace bwt {

class Witness;

/// Says which app each process belongs to. Each is decided once, from what the kernel told of it and, while it lives,
/// from /proc; what is decided by control group and executable alone is decided once for all that are alike.
class AppResolver {
public:
    /// Of this machine's processes; `root` as DesktopEntries has it.
    [[nodiscard]] static AppResolver ofMachine(const QByteArray& root = {});
    /// Of processes that aren't this machine's: looks at nothing but what it is told.
    [[nodiscard]] static AppResolver ofRecording();

    /// An app for each process, in their order; null where nothing is known but the process's name. Remembers no
    /// others. `nowNs` is CLOCK_BOOTTIME.
    [[nodiscard]] std::vector<AppPtr> resolve(const std::vector<ProcessInfo>& processes, std::uint64_t nowNs);

private:
    /// Where to look.
    struct Machine {
        QByteArray root;
        DesktopEntries entries;
        ControlGroups groups;
        PatientReader arguments;
    };
    /// What a process runs.
    struct Program {
        QByteArray exe;
        QByteArray path; ///< the script's where it runs one, else that of `exe`
        App app; ///< what it is by itself; without id where it isn't known
        bool isBareInterpreter = false; ///< one that runs no script
    };
    /// A process that another may be a child of.
    struct Relative {
        Program program;
        AppPtr known; ///< what it is wherever it is started from
        QByteArray group;
        std::uint32_t parent = 0; ///< pid
    };
    struct Decided {
        std::uint64_t cgroup = 0;
        QByteArray exe;
        AppPtr app;
        std::uint64_t round = 0; ///< when it was last asked for
    };
    struct Hash {
        std::size_t operator()(const ProcessId& id) const { return std::hash<std::uint64_t>()(id.startNs ^ id.pid); }
    };
    using Place = std::pair<QByteArray, QByteArray>; ///< path of the control group, and executable

    explicit AppResolver(std::optional<Machine> machine);

    void beginRound(std::uint64_t nowNs);
    void forgetOthers();
    [[nodiscard]] AppPtr decide(const ProcessInfo& info);
    /// Empty where it is not known.
    [[nodiscard]] QByteArray groupOf(const ProcessInfo& info, Witness& witness);
    [[nodiscard]] Program programOf(const Executable& exe, Witness& witness);

    /// What group and program say, without a look at who started it; null where they say nothing.
    [[nodiscard]] AppPtr byPlace(const QByteArray& group, const Program& program, Witness& witness);
    [[nodiscard]] AppPtr byClaim(const Claim& claim, const Program& program, const AppPtr& own);
    [[nodiscard]] AppPtr byEntry(const QByteArray& id, const Program& program, const AppPtr& own) const;
    [[nodiscard]] AppPtr byContainer(const Claim& claim);
    /// An app that is one wherever it is started from.
    [[nodiscard]] AppPtr known(const Program& program, Witness& witness);
    /// The app that started it, where it is a part of that.
    [[nodiscard]] AppPtr byRelatives(const ProcessInfo& info, const QByteArray& group, const Program& program);
    [[nodiscard]] const Relative* relative(std::uint32_t pid, std::optional<std::uint64_t> startNs);

    [[nodiscard]] AppPtr shared(App app);

    std::optional<Machine> m_machine;
    std::uint64_t m_round = 0;
    std::uint64_t m_refreshedNs = 0; ///< the entries; 0 for never
    std::unordered_map<ProcessId, Decided, Hash> m_decided;
    QHash<Place, AppPtr> m_byPlace; ///< null where that is not all that matters
    QHash<QByteArray, AppPtr> m_containers; ///< by engine and id: their names are in large files
    std::unordered_map<std::uint32_t, std::optional<Relative>> m_relatives; ///< of this round
    QHash<QByteArray, AppPtr> m_shared; ///< by id
};

} // namespace bwt
