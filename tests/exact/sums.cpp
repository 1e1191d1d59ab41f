// SPDX-License-Identifier: GPL-3.0-or-later
#include "sums.h"

#include <QFile>

#include <algorithm>
#include <arpa/inet.h>
#include <unistd.h>

namespace bwt {

namespace {

bool isProcess(const ProcessId& id, pid_t pid, quint64 startTicks)
{
    static const quint64 nsPerTick = 1'000'000'000ULL / static_cast<quint64>(sysconf(_SC_CLK_TCK));
    return id.pid == static_cast<std::uint32_t>(pid) && id.startNs / nsPerTick == startTicks;
}

} // namespace

quint64 startTicks(pid_t pid)
{
    QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!stat.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray line = stat.readAll();
    return line.mid(line.lastIndexOf(')') + 2).split(' ').value(22 - 3).toULongLong();
}

Sum sum(const Reading& reading, pid_t pid, quint64 startTicks, Direction direction, Measure measure)
{
    Sum sum;
    for (const FlowCounter& flow : reading.flows) {
        if (!isProcess(flow.key.process(), pid, startTicks) || flow.key.direction != direction
            || flow.key.measure != measure)
            continue;
        sum.bytes += flow.bytes;
        sum.calls += flow.calls;
        sum.keys.push_back(flow.key);
    }
    return sum;
}

Sum growth(const Sum& before, const Sum& after)
{
    Sum growth{after.bytes - before.bytes, after.calls - before.calls, after.keys};
    std::erase_if(
        growth.keys, [&](const FlowKey& key) { return std::ranges::find(before.keys, key) != before.keys.end(); });
    return growth;
}

ProcessInfo processOf(const Reading& reading, pid_t pid, quint64 startTicks)
{
    const auto found = std::ranges::find_if(
        reading.processes, [&](const ProcessInfo& process) { return isProcess(process.id, pid, startTicks); });
    return found == reading.processes.end() ? ProcessInfo() : *found;
}

Address address(const QString& text)
{
    Address address{};
    const QByteArray latin = text.toLatin1();
    if (inet_pton(AF_INET6, latin.constData(), address.data()) == 1)
        return address;
    address[10] = address[11] = 0xff;
    inet_pton(AF_INET, latin.constData(), address.data() + 12);
    return address;
}

} // namespace bwt
