// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include "helper/proc/executable.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

#include <sys/stat.h>
#include <unistd.h>

namespace bwt::test {

namespace {

constexpr std::uint64_t nsPerTick = 10'000'000;

QByteArray bytes(const QJsonObject& object, const char* key)
{
    return object[QLatin1StringView(key)].toString().toUtf8();
}

std::uint32_t number(const QJsonObject& object, const char* key)
{
    return static_cast<std::uint32_t>(object[QLatin1StringView(key)].toInteger());
}

/// Each began at the tick of its pid.
ProcessId processId(std::uint32_t pid)
{
    return {pid, pid * nsPerTick};
}

QByteArray statOf(std::uint32_t pid, std::uint32_t parent)
{
    QByteArray stat = QByteArray::number(pid) + " (a (b) c) S " + QByteArray::number(parent);
    for (int field = 5; field < 22; ++field)
        stat += " 0";
    return stat + ' ' + QByteArray::number(pid) + " 0\n";
}

} // namespace

Fixture::Fixture(const QString& path, Processes processes)
{
    QFile file(path);
    const bool isOpen = file.open(QIODevice::ReadOnly);
    Q_ASSERT(isOpen);
    const QJsonObject whole = QJsonDocument::fromJson(file.readAll()).object();
    const QJsonObject files = whole[QLatin1StringView("files")].toObject();
    for (auto each = files.begin(); each != files.end(); ++each)
        write('/' + each.key().toUtf8(), each->toString().toUtf8());
    const QJsonObject links = whole[QLatin1StringView("links")].toObject();
    for (auto each = links.begin(); each != links.end(); ++each)
        link('/' + each.key().toUtf8(), each->toString().toUtf8());
    const QJsonArray all = whole[QLatin1StringView("processes")].toArray();
    const bool isHybrid = all.at(0).toObject().contains(QLatin1StringView("hybrid"));
    write(isHybrid ? "/sys/fs/cgroup/unified/cgroup.controllers" : "/sys/fs/cgroup/cgroup.controllers", "");
    for (const auto& process : all)
        add(process.toObject(), processes);
}

void Fixture::add(const QJsonObject& process, Processes processes)
{
    const std::uint32_t pid = number(process, "pid");
    const QByteArray hybrid = bytes(process, "hybrid");
    const QByteArray cgroup = bytes(process, "cgroup");
    const QByteArray second = hybrid == "first" ? QByteArray("/") : cgroup;
    ProcessInfo info;
    info.id = processId(pid);
    info.name = "thread";
    info.exe = executableFromLink(bytes(process, "exe"));
    info.parent = processId(number(process, "parent"));
    info.cgroup = group((hybrid.isEmpty() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified") + second);
    if (processes == Processes::Gone)
        info.exitNs = info.id.startNs + 1;
    m_processes.push_back(info);
    m_described.push_back(process);
    if (processes == Processes::Gone)
        return;

    const QByteArray folder = "/proc/" + QByteArray::number(pid) + '/';
    QByteArray commandLine;
    const QJsonArray words = process[QLatin1StringView("argv")].toArray();
    for (const auto& word : words)
        commandLine += word.toString().toUtf8() + '\0';
    const QByteArray first = hybrid.isEmpty() ? QByteArray() : "3:cpu:/\n1:name=systemd:" + cgroup + '\n';
    write(folder + "stat", statOf(pid, number(process, "parent")));
    write(folder + "cmdline", commandLine);
    write(folder + "cgroup", first + "0::" + second + '\n');
    write(folder + "mountinfo", bytes(process, "mountinfo"));
    write(folder + "attr/current",
        process[QLatin1StringView("label")].toString(QStringLiteral("unconfined\n")).toUtf8());
    link(folder + "exe", bytes(process, "exe"));
    link(folder + "cwd", bytes(process, "cwd"));
}

void Fixture::write(const QByteArray& path, const QByteArray& contents) const
{
    QFile file(QFile::decodeName(root() + path));
    QDir().mkpath(QFileInfo(file).path());
    const bool isWritten = file.open(QIODevice::WriteOnly) && file.write(contents) == contents.size();
    Q_ASSERT(isWritten);
}

void Fixture::link(const QByteArray& path, const QByteArray& target) const
{
    QDir().mkpath(QFileInfo(QFile::decodeName(root() + path)).path());
    const bool isMade = target.isEmpty() || symlink(target.constData(), QByteArray(root() + path).constData()) == 0;
    Q_ASSERT(isMade);
}

std::uint64_t Fixture::group(const QByteArray& path) const
{
    struct stat facts{};
    const QByteArray whole = root() + path;
    QDir().mkpath(QFile::decodeName(whole));
    const bool isThere = stat(whole.constData(), &facts) == 0;
    Q_ASSERT(isThere);
    return facts.st_ino;
}

} // namespace bwt::test
