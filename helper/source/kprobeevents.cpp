// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/kprobeevents.h"

#include "helper/source/kernelfacts.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace bwt {

namespace {

const QByteArray prefix = QByteArrayLiteral("bwt_");

/// Where the unit lets us write, or else where tracefs was found.
QString traceFile(const char* name)
{
    const QString own = QStringLiteral("/sys/kernel/tracing/") + QLatin1StringView(name);
    if (QFileInfo::exists(own))
        return own;
    return QFileInfo(traceEvents().value_or(QString())).path() + QLatin1Char('/') + QLatin1StringView(name);
}

/// Gives the kernel one command. Returns 0 or an errno.
int command(const QByteArray& line)
{
    // Truncating the file would remove everybody's probes.
    const int fd = open(QFile::encodeName(traceFile("kprobe_events")).constData(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return errno;
    const int error = write(fd, line.constData(), static_cast<std::size_t>(line.size())) == line.size() ? 0 : errno;
    close(fd);
    return error;
}

QByteArrayList linesOf(const char* name)
{
    QFile file(traceFile(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll().split('\n') : QByteArrayList();
}

void removeEvent(const QByteArray& group, const QByteArray& name)
{
    command("-:" + group + '/' + name);
}

/// As it is named after the process that made it. This one has made none yet.
bool isLeftOver(const QByteArray& group)
{
    const QByteArray pid = group.mid(prefix.size()).split('_').first();
    return pid.toInt() == getpid() || !QDir(QStringLiteral("/proc/") + QString::fromLatin1(pid)).exists();
}

struct Event {
    QByteArray group;
    QByteArray name;
};

/// Everybody's.
std::vector<Event> events()
{
    std::vector<Event> events;
    for (const QByteArray& line : linesOf("kprobe_events")) { // "r4096:GROUP/NAME FUNCTION"
        const QByteArray event = line.mid(line.indexOf(':') + 1).split(' ').first();
        const qsizetype slash = event.indexOf('/');
        if (slash > 0)
            events.push_back({event.left(slash), event.mid(slash + 1)});
    }
    return events;
}

void removeLeftOvers()
{
    for (const Event& event : events())
        if (event.group.startsWith(prefix) && isLeftOver(event.group))
            removeEvent(event.group, event.name);
}

QByteArray newGroup()
{
    static std::atomic<int> made = 0;
    const int number = made++;
    if (number == 0)
        removeLeftOvers();
    return prefix + QByteArray::number(getpid()) + '_' + QByteArray::number(number);
}

} // namespace

KprobeEvents::KprobeEvents()
    : m_group(newGroup())
{
}

KprobeEvents::KprobeEvents(QByteArray group)
    : m_group(std::move(group))
{
}

KprobeEvents::~KprobeEvents()
{
    for (const QByteArray& name : m_names)
        removeEvent(m_group, name);
}

tl::expected<QByteArray, int> KprobeEvents::add(const QByteArray& section, const QByteArray& module)
{
    const qsizetype slash = section.indexOf('/');
    const QByteArray function = section.mid(slash + 1);
    const bool isEnd = section.startsWith("kretprobe/");
    const QByteArray kind = isEnd ? "r" + QByteArray::number(callsAtOnce) : QByteArray("p");
    // The group's name is in it too, since misses are told without the group.
    const QByteArray name = m_group + '_' + kind.left(1) + '_' + function;
    const QByteArray symbol = module.isEmpty() ? function : module + ':' + function;
    if (const int error = command(kind + ':' + m_group + '/' + name + ' ' + symbol); error != 0)
        return tl::unexpected(error);
    m_names.append(name);
    return name;
}

bool KprobeEvents::remove()
{
    // A service manager that has dropped the last link closes it a moment later, and tells nobody.
    constexpr std::chrono::milliseconds pause(10);
    constexpr int tries = 500;
    m_names.clear();
    for (int i = 0; i < tries; ++i) {
        bool isGone = true;
        for (const Event& event : events()) {
            if (event.group != m_group)
                continue;
            removeEvent(event.group, event.name);
            isGone = false;
        }
        if (isGone)
            return true;
        std::this_thread::sleep_for(pause);
    }
    return false;
}

std::uint64_t KprobeEvents::misses() const
{
    const QByteArray ours = m_group + '_';
    std::uint64_t misses = 0;
    for (const QByteArray& line : linesOf("kprobe_profile")) { // "NAME HITS MISSES"
        const QByteArrayList words = line.simplified().split(' ');
        if (words.size() == 3 && words.first().startsWith(ours))
            misses += words.last().toULongLong();
    }
    return misses;
}

} // namespace bwt
