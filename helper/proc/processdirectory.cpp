// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/proc/processdirectory.h"

#include <QByteArrayView>
#include <QString>

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

namespace bwt {

namespace {

// Fields of proc_pid_stat(5) after the name, which may hold blanks and parentheses.
constexpr int afterName = 3;
constexpr int parentField = 4 - afterName;
constexpr int startField = 22 - afterName;

/// The field of that number, of those that blanks part; empty where there is none.
QByteArrayView fieldOf(QByteArrayView line, int number)
{
    for (; number > 0 && !line.isEmpty(); --number) {
        const qsizetype blank = line.indexOf(' ');
        line = blank < 0 ? QByteArrayView() : line.sliced(blank + 1);
    }
    const qsizetype end = line.indexOf(' ');
    return end < 0 ? line : line.first(end);
}

} // namespace

ProcessDirectory::ProcessDirectory(const QByteArray& proc, std::uint32_t pid)
    : m_directory(
          open(QByteArray(proc + '/' + QByteArray::number(pid)).constData(), O_PATH | O_DIRECTORY | O_CLOEXEC))
{
    constexpr qsizetype longestStat = 4096;
    const QByteArray stat = contents("stat", longestStat);
    const qsizetype begin = stat.lastIndexOf(')') + 2;
    const QByteArrayView fields = QByteArrayView(stat).sliced(std::min(begin, stat.size()));
    m_parentPid = fieldOf(fields, parentField).toUInt();
    m_startTicks = fieldOf(fields, startField).toULongLong();
}

QByteArray ProcessDirectory::contents(const QByteArray& name, qsizetype limit) const
{
    return m_directory ? contentsOf(name, limit, m_directory.get()) : QByteArray();
}

Descriptor ProcessDirectory::file(const char* name) const
{
    return Descriptor(m_directory ? openat(m_directory.get(), name, O_RDONLY | O_CLOEXEC) : -1);
}

QByteArray ProcessDirectory::link(const char* name) const
{
    return m_directory ? linkTarget(name, m_directory.get()) : QByteArray();
}

Folder ProcessDirectory::folder(const char* name) const
{
    return m_directory ? openFolder(name, m_directory.get()) : Folder();
}

std::uint64_t ProcessDirectory::ticks(std::uint64_t ns)
{
    static const auto nsPerTick = 1'000'000'000ULL / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    return ns / nsPerTick;
}

} // namespace bwt
