// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/executable.h"

#include <QFile>

#include <algorithm>
#include <array>
#include <climits>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace bwt {

namespace {

/// An open directory of /proc. Stays with its process: when the pid comes round again, reads through it fail.
class ProcessDirectory {
public:
    explicit ProcessDirectory(std::uint32_t pid)
        : m_fd(open(QByteArray("/proc/" + QByteArray::number(pid)).constData(), O_PATH | O_DIRECTORY | O_CLOEXEC))
    {
    }
    ProcessDirectory(const ProcessDirectory&) = delete;
    ProcessDirectory& operator=(const ProcessDirectory&) = delete;
    ~ProcessDirectory()
    {
        if (m_fd >= 0)
            close(m_fd);
    }

    [[nodiscard]] QByteArray contents(const char* name) const
    {
        const int fd = openat(m_fd, name, O_RDONLY | O_CLOEXEC);
        QFile file;
        if (fd < 0 || !file.open(fd, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle))
            return {};
        return file.readAll();
    }

    [[nodiscard]] QByteArray linkTarget(const char* name) const
    {
        std::array<char, PATH_MAX> path{};
        const ssize_t length = readlinkat(m_fd, name, path.data(), path.size());
        return length > 0 ? QByteArray(path.data(), length) : QByteArray();
    }

private:
    int m_fd;
};

/// Field 22 of proc_pid_stat(5). The name before it may hold blanks and parentheses.
std::uint64_t startTicks(const QByteArray& stat)
{
    constexpr int afterName = 22 - 3;
    return stat.mid(stat.lastIndexOf(')') + 2).split(' ').value(afterName).toULongLong();
}

} // namespace

Executable executableFromLink(QByteArray path)
{
    Executable executable;
    if (path.endsWith(deletedMark)) {
        path.chop(deletedMark.size());
        executable.isDeleted = true;
    }
    if (path.startsWith(tailMark)) {
        path.remove(0, tailMark.size());
        executable.isTail = true;
    }
    if (path.size() > longestPath) {
        path = path.last(longestPath);
        path = path.sliced(std::max<qsizetype>(path.indexOf('/'), 0)); // a name is shorter than that
        executable.isTail = true;
    }
    executable.path = std::move(path);
    return executable;
}

Executable executableOf(const ProcessId& id)
{
    static const auto nsPerTick = 1'000'000'000ULL / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    const ProcessDirectory process(id.pid);
    if (startTicks(process.contents("stat")) != id.startNs / nsPerTick)
        return {};
    return executableFromLink(process.linkTarget("exe"));
}

} // namespace bwt
