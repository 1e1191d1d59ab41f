// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/replaysource.h"

#include "dbus/gaps.h"
#include "helper/source/kernelfacts.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QUuid>

namespace bwt {

namespace {

constexpr std::uint64_t nsFromMs(std::int64_t ms)
{
    return static_cast<std::uint64_t>(ms) * 1'000'000;
}

} // namespace

ReplayClock ReplayClock::started()
{
    QElapsedTimer timer;
    timer.start();
    return {QDateTime::currentMSecsSinceEpoch(), [timer] { return timer.elapsed(); }};
}

Result<std::unique_ptr<TrafficSource>> ReplaySource::make(const QString& file, Repeat repeat, ReplayClock clock)
{
    auto recording = readRecording(file);
    if (!recording)
        return tl::unexpected(recording.error());
    if (repeat == Repeat::Endless && recording->lengthMs == 0)
        return failure(ErrorCode::InvalidArgument,
            file + QStringLiteral(": a recording without length can't be repeated: give it an \"end\" event"));
    return std::unique_ptr<TrafficSource>(new ReplaySource(std::move(*recording), repeat, std::move(clock)));
}

ReplaySource::ReplaySource(Recording recording, Repeat repeat, ReplayClock clock)
    : m_recording(std::move(recording))
    , m_repeat(repeat)
    , m_clock(std::move(clock))
    , m_info{QStringLiteral("replay"), kernelRelease(),
          {QStringLiteral("replay"), QUuid::createUuid().toString(QUuid::WithoutBraces)}, m_clock.startWallMs,
          m_recording.hasPackets ? QStringList() : QStringList{gap::packetsAndWireBytes}}
{
}

Result<Reading> ReplaySource::read()
{
    const std::int64_t elapsedMs = m_clock.elapsedMs();
    playUntil(elapsedMs);
    Reading reading;
    reading.wallMs = m_clock.startWallMs + elapsedMs;
    reading.bootNs = nsFromMs(reading.wallMs);
    for (const auto& [key, flow] : m_flows)
        reading.flows.push_back(flow);
    reading.room.used = static_cast<std::uint32_t>(m_flows.size());
    for (const auto& [id, process] : m_processes)
        reading.processes.push_back(process);
    return reading;
}

void ReplaySource::playUntil(std::int64_t elapsedMs)
{
    for (;;) {
        for (; m_next < m_recording.steps.size(); ++m_next) {
            const ReplayStep& step = m_recording.steps[m_next];
            if (m_roundStartMs + step.atMs > elapsedMs)
                return;
            play(step);
        }
        if (m_repeat == Repeat::Once || m_roundStartMs + m_recording.lengthMs > elapsedMs)
            return;
        m_roundStartMs += m_recording.lengthMs;
        m_next = 0;
    }
}

void ReplaySource::play(const ReplayStep& step)
{
    const std::uint64_t atNs = nsFromMs(m_clock.startWallMs + m_roundStartMs + step.atMs);
    if (!step.traffic) {
        if (const auto process = m_processes.find(step.process); process != m_processes.end())
            process->second.exitNs = atNs;
        return;
    }
    const ReplayTraffic& traffic = *step.traffic;
    m_processes.insert_or_assign(step.process, traffic.process);
    count(traffic.key, Direction::Tx, traffic.txBytes, traffic.txCalls, atNs);
    count(traffic.key, Direction::Rx, traffic.rxBytes, traffic.rxCalls, atNs);
    FlowKey wire = traffic.key;
    wire.measure = Measure::Wire;
    count(wire, Direction::Tx, traffic.txWireBytes, traffic.txPackets, atNs);
    count(wire, Direction::Rx, traffic.rxWireBytes, traffic.rxPackets, atNs);
}

void ReplaySource::count(
    FlowKey key, Direction direction, std::uint64_t bytes, std::uint64_t calls, std::uint64_t atNs)
{
    if (bytes == 0 && calls == 0)
        return;
    key.direction = direction;
    FlowCounter& flow = m_flows.try_emplace(key, FlowCounter{key}).first->second;
    flow.bytes += bytes;
    flow.calls += calls;
    flow.lastNs = atNs;
}

} // namespace bwt
