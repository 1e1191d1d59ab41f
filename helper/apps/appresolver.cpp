// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/appresolver.h"

#include "helper/apps/appimage.h"
#include "helper/apps/containernames.h"
#include "helper/apps/interpreters.h"
#include "helper/apps/pathrules.h"
#include "helper/apps/pattern.h"
#include "helper/proc/executable.h"
#include "helper/proc/processdirectory.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace bwt {

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

/// How long the menus are believed to be as they were.
constexpr std::uint64_t entriesValidNs = std::chrono::nanoseconds(30s).count();

/// For what a process can keep from being read; the others wait as long.
constexpr auto patience = 100ms;

constexpr int mostAncestors = 16;

// Whoever starts processes chooses most of these texts; beyond this, caches start anew, and scripts are no longer
// told apart from each other.
constexpr qsizetype mostPlaces = 4096;
constexpr qsizetype mostContainers = 1024;
constexpr qsizetype mostShared = 4096;

constexpr qsizetype longestCommandLine = 4096;
constexpr qsizetype longestGroups = 16 * 1024;
constexpr qsizetype longestMounts = 1024 * 1024;
constexpr qsizetype longestLabel = 256;

/// AppArmor's, in /proc/PID/attr/current.
constexpr const char* snapLabel = "snap.{=.}.{*}";

constexpr QByteArrayView flatpakFolder("/app/");

/// Ends of ids that don't tell one app from others.
constexpr std::array plainEnds{"app"sv, "client"sv, "daemon"sv, "desktop"sv, "gui"sv};

/// "Maps" for "org.gnome.Maps", "telegram" for "org.telegram.desktop".
QByteArray titleOf(const QByteArray& id)
{
    QList<QByteArray> words = id.split('.');
    constexpr qsizetype leastWords = 3; // fewer are a domain, or no domain's
    if (words.size() < leastWords || words.contains(QByteArray()))
        return id;
    while (words.size() > 2 && std::ranges::find(plainEnds, words.last().toLower().toStdString()) != plainEnds.end())
        words.removeLast();
    return words.last();
}

App snapApp(const DesktopEntries& entries, const QByteArray& instance)
{
    const QByteArray name = entries.snapName(instance);
    return {AppKind::Snap, "snap:" + instance, name.isEmpty() ? instance : name};
}

App flatpakApp(const DesktopEntries& entries, const QByteArray& id)
{
    const QByteArray name = entries.flatpakName(id);
    return {AppKind::Flatpak, "flatpak:" + id, name.isEmpty() ? titleOf(id) : name};
}

/// An executable by itself.
App byFile(const Executable& exe)
{
    const QByteArray whole = exe.isTail ? tailMark.toByteArray() + exe.path : exe.path;
    return {AppKind::Executable, whole, fileName(exe.path).toByteArray()};
}

QByteArray withoutInstance(const QByteArray& unit)
{
    const qsizetype at = unit.indexOf('@');
    return at > 0 ? unit.first(at) : unit;
}

} // namespace

/// Looks at a process in /proc, where that is worth while.
class Witness {
public:
    /// Of a process that nothing more can be learnt about.
    Witness() = default;
    Witness(const QByteArray& proc, std::uint32_t pid, std::optional<std::uint64_t> startNs)
        : m_proc(proc)
        , m_pid(pid)
        , m_startNs(startNs)
    {
    }

    /// Null when it is gone.
    [[nodiscard]] const ProcessDirectory* look()
    {
        if (m_pid != 0 && !m_directory)
            m_directory.emplace(m_proc, m_pid);
        const bool isIt = m_directory && (!m_startNs || m_directory->startedAt(*m_startNs));
        return isIt ? &*m_directory : nullptr;
    }

private:
    QByteArray m_proc;
    std::uint32_t m_pid = 0;
    std::optional<std::uint64_t> m_startNs;
    std::optional<ProcessDirectory> m_directory;
};

AppResolver AppResolver::ofMachine(const QByteArray& root)
{
    return AppResolver(Machine{root, DesktopEntries(root), ControlGroups(root), PatientReader(patience)});
}

AppResolver AppResolver::ofRecording()
{
    return AppResolver(std::nullopt);
}

AppResolver::AppResolver(std::optional<Machine> machine)
    : m_machine(std::move(machine))
{
}

std::vector<AppPtr> AppResolver::resolve(const std::vector<ProcessInfo>& processes, std::uint64_t nowNs)
{
    beginRound(nowNs);
    std::vector<AppPtr> apps;
    apps.reserve(processes.size());
    for (const ProcessInfo& info : processes) {
        const auto known = m_decided.find(info.id);
        if (known != m_decided.end() && known->second.cgroup == info.cgroup && known->second.exe == info.exe.path) {
            known->second.round = m_round;
            apps.push_back(known->second.app);
            continue;
        }
        AppPtr app = decide(info);
        m_decided.insert_or_assign(info.id, Decided{info.cgroup, info.exe.path, app, m_round});
        apps.push_back(std::move(app));
    }
    forgetOthers();
    return apps;
}

void AppResolver::beginRound(std::uint64_t nowNs)
{
    ++m_round;
    m_relatives.clear();
    if (!m_machine)
        return;
    m_machine->groups.beginRound();
    if (m_refreshedNs != 0 && nowNs - m_refreshedNs < entriesValidNs)
        return;
    m_refreshedNs = nowNs;
    if (m_machine->entries.refresh())
        m_byPlace.clear();
}

void AppResolver::forgetOthers()
{
    std::erase_if(m_decided, [this](const auto& each) { return each.second.round != m_round; });
    if (m_byPlace.size() > mostPlaces)
        m_byPlace.clear();
    if (m_containers.size() > mostContainers)
        m_containers.clear();
    if (m_shared.size() >= mostShared)
        m_shared.removeIf([](const auto& each) { return each.value().use_count() == 1; });
}

AppPtr AppResolver::decide(const ProcessInfo& info)
{
    if (info.id.pid == 0) // the kernel, or a group
        return nullptr;
    Witness witness = m_machine && info.exitNs == 0 ? Witness(m_machine->root + "/proc", info.id.pid, info.id.startNs)
                                                    : Witness();
    const QByteArray group = groupOf(info, witness);
    const Program program = programOf(info.exe, witness);
    const bool isAlike = languageOf(info.exe.path).isEmpty() && !info.exe.path.isEmpty();
    const Place place(group, info.exe.path);
    const auto placed = isAlike ? m_byPlace.constFind(place) : m_byPlace.cend();
    AppPtr app = placed != m_byPlace.cend() ? *placed : byPlace(group, program, witness);
    if (isAlike && placed == m_byPlace.cend() && witness.look())
        m_byPlace.insert(place, app);
    if (!app)
        app = byRelatives(info, group, program);
    if (!app && !program.app.id.isEmpty())
        app = m_shared.size() < mostShared || program.app.kind != AppKind::Script ? shared(program.app)
                                                                                  : shared(byFile(info.exe));
    return app;
}

QByteArray AppResolver::groupOf(const ProcessInfo& info, Witness& witness)
{
    if (!m_machine)
        return {};
    ControlGroups& groups = m_machine->groups;
    if (const auto known = groups.knownPathOf(info.cgroup))
        return *known;
    const ProcessDirectory* living = witness.look();
    if (!living)
        return groups.pathOf(info.cgroup).value_or(QByteArray());
    const QByteArray path = ControlGroups::pathIn(living->contents("cgroup", longestGroups));
    groups.note(info.cgroup, path);
    return path;
}

AppResolver::Program AppResolver::programOf(const Executable& exe, Witness& witness)
{
    Program program;
    program.exe = program.path = exe.path;
    if (exe.path.isEmpty())
        return program;
    program.app = byFile(exe);
    const QByteArray language = languageOf(exe.path);
    const ProcessDirectory* living = language.isEmpty() ? nullptr : witness.look();
    if (!living)
        return program;
    const QByteArray commandLine = m_machine->arguments.read(living->file("cmdline"), longestCommandLine);
    const auto told = toldTo(exe.path, argumentsIn(commandLine));
    program.isBareInterpreter = !told;
    if (!told)
        return program;
    const bool isRelative = told->what == Told::What::File && !told->text.startsWith('/');
    program.app = appOf(language, *told, isRelative ? living->link("cwd") : QByteArray());
    if (program.app.id.startsWith('/'))
        program.path = program.app.id;
    return program;
}

AppPtr AppResolver::byPlace(const QByteArray& group, const Program& program, Witness& witness)
{
    const AppPtr own = known(program, witness);
    for (const Claim& claim : claimsOf(group))
        if (AppPtr app = byClaim(claim, program, own))
            return app;
    if (own || !m_machine)
        return own;
    const DesktopEntries& entries = m_machine->entries;
    if (const QByteArray snap = snapOf(program.exe); !snap.isEmpty())
        return shared(snapApp(entries, snap));
    const bool isInFlatpak = program.exe.startsWith(flatpakFolder);
    const ProcessDirectory* living = isInFlatpak || program.exe.isEmpty() ? witness.look() : nullptr;
    if (!living)
        return nullptr;
    if (isInFlatpak) {
        const QByteArray flatpak = flatpakOf(living->contents("mountinfo", longestMounts));
        return flatpak.isEmpty() ? nullptr : shared(flatpakApp(entries, flatpak));
    }
    const auto snap = match(snapLabel, living->contents("attr/current", longestLabel));
    return snap ? shared(snapApp(entries, *snap)) : nullptr;
}

AppPtr AppResolver::byClaim(const Claim& claim, const Program& program, const AppPtr& own)
{
    const DesktopEntries& entries = m_machine->entries;
    switch (claim.kind) {
    case ClaimKind::Service:
        return shared({AppKind::Service, "service:" + claim.name, claim.name});
    case ClaimKind::UserService: {
        const QByteArray id = withoutInstance(claim.name);
        if (entries.byId(id))
            return byEntry(id, program, own);
        return own ? own : shared({AppKind::UserService, "user-service:" + claim.name, claim.name});
    }
    case ClaimKind::DesktopFolder:
        return entries.byId(claim.name) ? byEntry(claim.name, program, own) : nullptr;
    case ClaimKind::Desktop:
        if (entries.byId(claim.name))
            return byEntry(claim.name, program, own);
        return own ? own : shared({AppKind::Desktop, "desktop:" + claim.name, titleOf(claim.name)});
    case ClaimKind::Flatpak:
        return shared(flatpakApp(entries, claim.name));
    case ClaimKind::Snap:
        return shared(snapApp(entries, claim.name));
    case ClaimKind::Docker:
    case ClaimKind::Podman:
    case ClaimKind::Container:
        return byContainer(claim);
    }
    return nullptr;
}

/// A program that is an app of its own stays that, whoever's group it was started in.
AppPtr AppResolver::byEntry(const QByteArray& id, const Program& program, const AppPtr& own) const
{
    const DesktopEntries& entries = m_machine->entries;
    return own && !entries.starts(id, program.path) ? own : entries.byId(id);
}

AppPtr AppResolver::byContainer(const Claim& claim)
{
    const QByteArray engine = claim.kind == ClaimKind::Docker ? "docker:"
        : claim.kind == ClaimKind::Podman                     ? "podman:"
                                                              : "container:";
    const QByteArray key = engine + claim.name;
    if (const auto known = m_containers.constFind(key); known != m_containers.cend())
        return *known;
    QByteArray name;
    if (claim.kind == ClaimKind::Docker)
        name = dockerName(m_machine->root, claim.name);
    else if (claim.kind == ClaimKind::Podman)
        name = podmanName(m_machine->root, claim.name);
    constexpr qsizetype wholeId = 64;
    if (name.isEmpty())
        name = claim.name.size() == wholeId ? shortId(claim.name) : claim.name;
    return *m_containers.insert(key, shared({AppKind::Container, engine + name, name}));
}

AppPtr AppResolver::known(const Program& program, Witness& witness)
{
    if (isInAppImage(program.exe)) {
        const ProcessDirectory* living = witness.look();
        const QByteArray mounts = living ? living->contents("mountinfo", longestMounts) : QByteArray();
        const QByteArray name = appImageOf(program.exe, mounts);
        return shared({AppKind::AppImage, "appimage:" + name, name});
    }
    return m_machine ? m_machine->entries.byProgram(program.path) : nullptr;
}

AppPtr AppResolver::byRelatives(const ProcessInfo& info, const QByteArray& group, const Program& program)
{
    const auto isPart = [](const Program& child, const Program& parent) {
        return (isPartOfAnother(child.path) && !isStarter(parent.path))
            || (child.isBareInterpreter && child.exe == parent.exe);
    };
    const Relative* parent = relative(info.parent.pid, info.parent.startNs);
    if (!parent) {
        const auto gone = m_decided.find(info.parent);
        const bool isNear = gone != m_decided.end() && gone->second.cgroup == info.cgroup && gone->second.app;
        if (!isNear)
            return nullptr;
        const AppKind kind = gone->second.app->kind;
        Program past;
        past.exe = past.path = gone->second.exe;
        return kind == AppKind::Desktop || kind == AppKind::AppImage || isPart(program, past) ? gone->second.app
                                                                                              : nullptr;
    }
    std::optional<App> whole; // that it is a part of
    const Program* part = &program;
    for (int i = 0; i < mostAncestors && parent && parent->group == group; ++i) {
        if (parent->known)
            return parent->known;
        if (part && isPart(*part, parent->program) && !parent->program.app.id.isEmpty()) {
            whole = parent->program.app;
            part = &parent->program;
        } else {
            part = nullptr;
        }
        parent = relative(parent->parent, std::nullopt);
    }
    return whole ? shared(*whole) : nullptr;
}

const AppResolver::Relative* AppResolver::relative(std::uint32_t pid, std::optional<std::uint64_t> startNs)
{
    if (!m_machine || pid <= 1) // init is nobody's app
        return nullptr;
    const auto [place, isNew] = m_relatives.try_emplace(pid);
    std::optional<Relative>& found = place->second;
    if (isNew) {
        Witness witness(m_machine->root + "/proc", pid, startNs);
        if (const ProcessDirectory* living = witness.look()) {
            found.emplace();
            found->program = programOf(executableFromLink(living->link("exe")), witness);
            found->known = known(found->program, witness);
            found->group = ControlGroups::pathIn(living->contents("cgroup", longestGroups));
            found->parent = living->parentPid();
        }
    }
    return found ? &*found : nullptr;
}

AppPtr AppResolver::shared(App app)
{
    const AppPtr known = m_shared.value(app.id);
    if (known && *known == app)
        return known;
    const QByteArray id = app.id;
    AppPtr made = std::make_shared<const App>(std::move(app));
    if (known || m_shared.size() < mostShared)
        m_shared.insert(id, made);
    return made;
}

} // namespace bwt
