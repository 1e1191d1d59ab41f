// SPDX-License-Identifier: GPL-3.0-or-later
#include "flows.h"

#include "sums.h"

#include <arpa/inet.h>
#include <unistd.h>

namespace bwt {

namespace {

Moved movedOf(const QJsonObject& object, const char* bytes, const char* calls)
{
    const auto number = [&](const char* name) { return object.value(QLatin1StringView(name)).toInteger(); };
    Moved moved{static_cast<quint64>(number(bytes)), std::nullopt};
    if (object.contains(QLatin1StringView(calls)))
        moved.calls = static_cast<quint64>(number(calls));
    return moved;
}

void add(Flows& flows, const Flow& flow, const Moved& more)
{
    if (more.bytes == 0)
        return;
    Moved& moved = flows[flow];
    moved.bytes += more.bytes;
    if (moved.calls && more.calls)
        *moved.calls += *more.calls;
    else
        moved.calls.reset();
}

QString text(const Flow& flow)
{
    std::array<char, INET6_ADDRSTRLEN> remote{};
    inet_ntop(AF_INET6, flow.remote.data(), remote.data(), remote.size());
    return QStringLiteral("pid %1 started at %2, protocol %3, %4 %5")
        .arg(flow.process.pid)
        .arg(flow.process.startTicks)
        .arg(flow.protocol)
        .arg(flow.direction == Direction::Tx ? QStringLiteral("to") : QStringLiteral("from"),
            flow.remote == Address{} ? QStringLiteral("unknown") : QString::fromLatin1(remote.data()));
}

QString text(const Moved& moved)
{
    const QString calls
        = moved.calls ? QStringLiteral(" in %1 calls").arg(*moved.calls) : QStringLiteral(" in any number of calls");
    return QString::number(moved.bytes) % QStringLiteral(" bytes") % calls;
}

bool isSame(const Moved& expected, const Moved& seen)
{
    return expected.bytes == seen.bytes && (!expected.calls || expected.calls == seen.calls);
}

StatId statId(const ProcessId& process)
{
    static const quint64 nsPerTick = 1'000'000'000ULL / static_cast<quint64>(sysconf(_SC_CLK_TCK));
    return {process.pid, process.startNs / nsPerTick};
}

} // namespace

Line lineOf(const QJsonObject& object)
{
    const auto value = [&](const char* name) { return object.value(QLatin1StringView(name)); };
    return {
        value("role").toString(),
        {static_cast<std::uint32_t>(value("pid").toInteger()),
            static_cast<quint64>(value("start_ticks").toInteger())},
        value("protocol").toInt(),
        value("remote").isNull() ? Address{} : address(value("remote").toString()),
        movedOf(object, "tx_bytes", "tx_calls"),
        movedOf(object, "rx_bytes", "rx_calls"),
    };
}

Flows said(const QList<Line>& lines)
{
    Flows flows;
    for (const Line& line : lines) {
        add(flows, {line.process, line.protocol, line.remote, Direction::Tx}, line.tx);
        add(flows, {line.process, line.protocol, line.remote, Direction::Rx}, line.rx);
    }
    return flows;
}

Flows counted(const Reading& reading, const QList<Line>& lines)
{
    std::set<StatId> processes;
    std::set<Address> kernelRemotes;
    for (const Line& line : lines) {
        processes.insert(line.process);
        if (line.process == StatId())
            kernelRemotes.insert(line.remote);
    }
    Flows flows;
    for (const FlowCounter& counter : reading.flows) {
        if (counter.key.measure != Measure::Program)
            continue;
        const Flow flow{
            statId(counter.key.process()), counter.key.protocol, counter.key.remote, counter.key.direction};
        if (processes.contains(flow.process) && (flow.process != StatId() || kernelRemotes.contains(flow.remote)))
            add(flows, flow, {counter.bytes, counter.calls});
    }
    return flows;
}

Flows withRemotesMixed(const Flows& flows)
{
    Flows mixed;
    for (const auto& [flow, moved] : flows) {
        Flow from = flow;
        if (flow.direction == Direction::Rx)
            from.remote = {};
        add(mixed, from, moved);
    }
    return mixed;
}

QStringList differences(const Flows& expected, const Flows& seen)
{
    QStringList differences;
    for (const auto& [flow, moved] : expected) {
        const auto found = seen.find(flow);
        const Moved counted = found == seen.end() ? Moved() : found->second;
        if (!isSame(moved, counted))
            differences += QStringLiteral("%1: expected %2, counted %3").arg(text(flow), text(moved), text(counted));
    }
    for (const auto& [flow, moved] : seen)
        if (!expected.contains(flow))
            differences += QStringLiteral("%1: expected nothing, counted %2").arg(text(flow), text(moved));
    return differences;
}

QStringList unknownProcesses(const Reading& reading, const QList<Line>& lines, const QByteArray& name)
{
    std::map<StatId, const ProcessInfo*> known;
    for (const ProcessInfo& process : reading.processes)
        known[statId(process.id)] = &process;
    QStringList unknown;
    for (const Line& line : lines) {
        const auto found = known.find(line.process);
        const ProcessInfo process = found == known.end() ? ProcessInfo() : *found->second;
        const bool isNamed = line.process != StatId() && line.tx.bytes + line.rx.bytes > 0;
        if (isNamed && (process.name != name || process.uid != 0 || process.exitNs == 0))
            unknown += QStringLiteral("pid %1 started at %2 is known as '%3' of user %4, ended at %5")
                           .arg(line.process.pid)
                           .arg(line.process.startTicks)
                           .arg(QString::fromLatin1(process.name))
                           .arg(process.uid)
                           .arg(process.exitNs);
    }
    return unknown;
}

} // namespace bwt
