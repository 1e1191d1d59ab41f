// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/executable.h"

#include <QFile>

#include <array>
#include <climits>
#include <fcntl.h>
#include <unistd.h>

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

QString executableOf(const ProcessId& id)
{
    static const auto nsPerTick = 1'000'000'000ULL / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    const ProcessDirectory process(id.pid);
    if (startTicks(process.contents("stat")) != id.startNs / nsPerTick)
        return {};
    QByteArray path = process.linkTarget("exe");
    const QByteArray deleted(" (deleted)"); // an upgrade replaced the file: still the same program
    if (path.endsWith(deleted))
        path.chop(deleted.size());
    return path.isEmpty() ? QString() : QFile::decodeName(path);
}

} // namespace bwt
