// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/desktopentries.h"

#include "helper/apps/interpreters.h"
#include "helper/apps/pathrules.h"
#include "helper/proc/boundedfile.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <sys/stat.h>

namespace bwt {

using namespace std::string_view_literals;

namespace {

/// The first that has an id counts.
constexpr std::array folders{"/usr/local/share/applications", "/usr/share/applications",
    "/var/lib/flatpak/exports/share/applications", "/var/lib/snapd/desktop/applications"};

constexpr std::array searchPath{"/usr/local/bin/", "/usr/bin/", "/usr/local/games/", "/usr/games/", "/usr/sbin/"};

/// What entries begin with to start something else.
constexpr std::array wrappers{"flatpak"sv, "gapplication"sv, "gtk-launch"sv, "kioclient"sv, "pkexec"sv, "snap"sv,
    "sudo"sv, "x-terminal-emulator"sv, "x-www-browser"sv, "xdg-open"sv};
static_assert(std::ranges::is_sorted(wrappers));

constexpr qsizetype longestFile = 64 * 1024;
constexpr qsizetype mostEntries = 4096;
constexpr QByteArrayView suffix(".desktop");

/// What a file's own program is. Others run it by its name, or from the folder that it leads to.
bool isScript(const QByteArray& path)
{
    return contentsOf(path, 2) == "#!";
}

bool standsForItself(const QByteArray& program)
{
    const QByteArrayView name = fileName(program);
    return languageOf(program).isEmpty() && !isStarter(program)
        && !std::ranges::binary_search(
            wrappers, std::string_view(name.data(), static_cast<std::size_t>(name.size())));
}

std::int64_t changeTime(const QByteArray& path)
{
    constexpr std::int64_t nsPerSecond = 1'000'000'000;
    struct stat facts{};
    return stat(path.constData(), &facts) == 0 ? facts.st_mtim.tv_sec * nsPerSecond + facts.st_mtim.tv_nsec : 0;
}

} // namespace

DesktopEntries::DesktopEntries(QByteArray root)
    : m_root(std::move(root))
{
}

bool DesktopEntries::refresh()
{
    std::vector<std::int64_t> times = changeTimes();
    if (times == m_changeTimes)
        return false;
    m_changeTimes = std::move(times);
    read();
    return true;
}

AppPtr DesktopEntries::byProgram(const QByteArray& path) const
{
    if (!standsForItself(path))
        return nullptr;
    const auto idFor = [this](const QByteArray& key) { return m_byProgram.value(key).id; };
    QByteArray id = idFor(path);
    const QByteArray folder = folderOf(path).toByteArray();
    if (id.isEmpty() && isPrivate(folder))
        id = idFor(folder + '/');
    if (id.isEmpty() && isOfTheSystem(path))
        id = idFor(fileName(path).toByteArray());
    return id.isEmpty() ? nullptr : byId(id);
}

bool DesktopEntries::starts(const QByteArray& id, const QByteArray& path) const
{
    const QByteArray program = m_byId.value(id).program;
    if (program.isEmpty())
        return false;
    return program == path || (folderOf(program) == folderOf(path) && isPrivate(folderOf(path)))
        || (fileName(program) == fileName(path) && isOfTheSystem(path));
}

void DesktopEntries::read()
{
    m_byId.clear();
    m_byProgram.clear();
    m_flatpaks.clear();
    m_snaps.clear();
    for (const char* folder : folders)
        readFolder(m_root + folder, {});
}

void DesktopEntries::readFolder(const QByteArray& folder, const QByteArray& prefix)
{
    const Folder directory = openFolder(folder);
    while (const dirent* file = directory ? readdir(directory.get()) : nullptr) {
        const QByteArray name(file->d_name);
        const QByteArray path = folder + '/' + name;
        if (m_byId.size() >= mostEntries)
            return;
        if (file->d_type == DT_DIR && !name.startsWith('.') && prefix.isEmpty()) // as KDE 4 did; nobody goes deeper
            readFolder(path, name + '-');
        if (!name.endsWith(suffix))
            continue;
        const QByteArray id = prefix + name.chopped(suffix.size());
        if (m_byId.contains(id))
            continue;
        if (const auto entry = desktopEntryIn(contentsOf(path, longestFile)))
            add(id, *entry);
    }
}

void DesktopEntries::add(const QByteArray& id, const DesktopEntry& entry)
{
    Known& known = m_byId[id];
    if (!entry.flatpak.isEmpty()) {
        known.app = std::make_shared<const App>(App{AppKind::Flatpak, "flatpak:" + entry.flatpak, entry.name});
        m_flatpaks.insert(entry.flatpak, entry.name);
        return;
    }
    if (!entry.snap.isEmpty()) {
        known.app = std::make_shared<const App>(App{AppKind::Snap, "snap:" + entry.snap, entry.name});
        QByteArray& name = m_snaps[entry.snap];
        if (name.isEmpty()
            || id == QByteArray(entry.snap + '_' + entry.snap)) // a snap can have several; this is its first
            name = entry.name;
        return;
    }
    known.app = std::make_shared<const App>(App{AppKind::Desktop, "desktop:" + id, entry.name});
    known.program = entry.command.isEmpty() ? QByteArray() : programOf(entry.command.first());
    if (known.program.isEmpty() || !standsForItself(known.program)) {
        known.program.clear();
        return;
    }
    if (!entry.isShown)
        return;
    const QByteArrayView name = fileName(known.program);
    const Offer own{id != name, entry.command.size() - 1, id};
    offer(known.program, own);
    if (const QByteArray folder = folderOf(known.program).toByteArray(); isPrivate(folder))
        offer(folder + '/', own);
    if (isScript(m_root + known.program))
        offer(name.toByteArray(), own);
}

void DesktopEntries::offer(const QByteArray& key, const Offer& offer)
{
    const auto known = m_byProgram.find(key);
    if (known == m_byProgram.end())
        m_byProgram.insert(key, offer);
    else
        *known = offer.isBetterThan(*known) ? offer : *known;
}

QByteArray DesktopEntries::programOf(const QByteArray& command) const
{
    const auto canonical = [this](const QByteArray& path) {
        const std::unique_ptr<char, decltype(&std::free)> resolved(
            realpath(QByteArray(m_root + path).constData(), nullptr), &std::free);
        const QByteArray whole(resolved.get());
        return whole.startsWith(m_root) ? whole.sliced(m_root.size()) : QByteArray();
    };
    if (command.startsWith('/'))
        return canonical(command);
    for (const char* folder : searchPath) {
        if (const QByteArray found = command.contains('/') ? QByteArray() : canonical(folder + command);
            !found.isEmpty())
            return found;
    }
    return {};
}

std::vector<std::int64_t> DesktopEntries::changeTimes() const
{
    std::vector<std::int64_t> times;
    times.reserve(folders.size());
    for (const char* folder : folders)
        times.push_back(changeTime(m_root + folder));
    return times;
}

} // namespace bwt
