// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/controlgroups.h"

#include "helper/proc/boundedfile.h"

#include <QList>
#include <QString>

#include <sys/stat.h>
#include <unistd.h>

namespace bwt {

namespace {

constexpr qsizetype mostPaths = 8192; // a user can make any number of groups
constexpr qsizetype longestPath = 1024;
constexpr int deepest = 16;

bool isSecondVersion(const QByteArray& mount)
{
    return access(QByteArray(mount + "/cgroup.controllers").constData(), F_OK) == 0;
}

} // namespace

ControlGroups::ControlGroups(const QByteArray& root)
{
    const QByteArray mount = root + "/sys/fs/cgroup";
    const QByteArray beside = mount + "/unified";
    m_isAlone = isSecondVersion(mount);
    if (m_isAlone || isSecondVersion(beside))
        m_mount = m_isAlone ? mount : beside;
}

std::optional<QByteArray> ControlGroups::pathOf(std::uint64_t inode)
{
    if (!m_paths.contains(inode) && !m_hasWalked && !m_mount.isEmpty() && inode != 0) {
        m_hasWalked = true;
        m_paths.clear(); // of groups that are gone
        walk(AT_FDCWD, m_mount, {}, 0);
    }
    const auto known = m_paths.constFind(inode);
    return known == m_paths.cend() ? std::nullopt : std::optional(*known);
}

std::optional<QByteArray> ControlGroups::knownPathOf(std::uint64_t inode) const
{
    const auto known = m_paths.constFind(inode);
    if (known == m_paths.cend() || (*known == "/" && !m_isAlone))
        return std::nullopt;
    return *known;
}

void ControlGroups::note(std::uint64_t inode, const QByteArray& path)
{
    struct stat facts{};
    const bool isIt = !m_mount.isEmpty() && path.size() <= longestPath
        && stat(QByteArray(m_mount + path).constData(), &facts) == 0 && facts.st_ino == inode;
    if (isIt && m_paths.size() < mostPaths)
        m_paths.insert(inode, path);
}

QByteArray ControlGroups::pathIn(const QByteArray& procCgroup)
{
    QByteArray path("/");
    for (const QByteArray& line : procCgroup.split('\n')) {
        const QList<QByteArray> fields = line.split(':');
        if (fields.size() < 3)
            continue;
        const QByteArray told = line.sliced(fields[0].size() + fields[1].size() + 2);
        const bool isSecond = fields[0] == "0";
        if (told != "/" && (isSecond || (fields[1] == "name=systemd" && path == "/")))
            path = told;
    }
    return path;
}

void ControlGroups::walk(int at, const QByteArray& name, const QByteArray& path, int depth)
{
    const Folder folder = openFolder(name, at);
    struct stat facts{};
    if (folder && depth == 0 && fstat(dirfd(folder.get()), &facts) == 0)
        m_paths.insert(facts.st_ino, QByteArray("/"));
    while (const dirent* group = folder ? readdir(folder.get()) : nullptr) {
        if (group->d_type != DT_DIR || group->d_name[0] == '.' || m_paths.size() >= mostPaths)
            continue;
        const QByteArray below = path + '/' + group->d_name;
        if (below.size() > longestPath)
            continue;
        m_paths.insert(group->d_ino, below);
        if (depth < deepest)
            walk(dirfd(folder.get()), QByteArray(group->d_name), below, depth + 1);
    }
}

} // namespace bwt
