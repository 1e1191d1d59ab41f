// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/replaysource.h"

#include "dbus/gaps.h"
#include "helper/source/kernelfacts.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QUuid>

#include <utility>

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
    if (repeat == Repeat::Endless && recording->awakeMs <= 0)
        return failure(ErrorCode::InvalidArgument,
            file + QStringLiteral(": a recording without length can't be repeated: give it an \"end\" event"));
    return std::unique_ptr<TrafficSource>(new ReplaySource(std::move(*recording), repeat, std::move(clock)));
}

ReplaySource::ReplaySource(Recording recording, Repeat repeat, ReplayClock clock)
    : m_recording(std::move(recording))
    , m_repeat(repeat)
    , m_clock(std::move(clock))
    , m_info{QStringLiteral("replay"), kernelRelease(),
          {recordedBoot, QUuid::createUuid().toString(QUuid::WithoutBraces)}, m_clock.startWallMs,
          m_recording.hasPackets ? QStringList() : QStringList{gap::packetsAndWireBytes}}
{
}

Result<Reading> ReplaySource::read()
{
    const std::int64_t elapsedMs = m_clock.elapsedMs();
    playUntil(elapsedMs);
    Reading reading;
    const std::int64_t unsetMs = m_clock.startWallMs + elapsedMs + m_sleptMs;
    reading.wallMs = unsetMs + m_setByMs;
    reading.bootNs = nsFromMs(unsetMs);
    reading.sleptNs = m_sleptMs * 1'000'000;
    reading.events = std::exchange(m_events, {});
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
            const std::int64_t atMs = m_roundStartMs + step.atMs;
            if (atMs > elapsedMs + m_sleptMs)
                return;
            std::visit([&](const auto& what) { play(what, m_clock.startWallMs + atMs); }, step.what);
        }
        if (m_repeat == Repeat::Once || m_roundStartMs + m_recording.lengthMs > elapsedMs + m_sleptMs)
            return;
        m_roundStartMs += m_recording.lengthMs;
        m_next = 0;
    }
}

void ReplaySource::play(const ReplayTraffic& traffic, std::int64_t atMs)
{
    const std::uint64_t atNs = nsFromMs(atMs);
    m_processes.insert_or_assign(traffic.process.id, traffic.process);
    count(traffic.key, Direction::Tx, traffic.txBytes, traffic.txCalls, atNs);
    count(traffic.key, Direction::Rx, traffic.rxBytes, traffic.rxCalls, atNs);
    FlowKey wire = traffic.key;
    wire.measure = Measure::Wire;
    count(wire, Direction::Tx, traffic.txWireBytes, traffic.txPackets, atNs);
    count(wire, Direction::Rx, traffic.rxWireBytes, traffic.rxPackets, atNs);
}

void ReplaySource::play(const ReplayExit& exit, std::int64_t atMs)
{
    if (const auto process = m_processes.find(exit.process); process != m_processes.end())
        process->second.exitNs = nsFromMs(atMs);
}

void ReplaySource::play(const ReplaySleep& sleep, std::int64_t /*atMs*/)
{
    m_sleptMs += sleep.lengthMs;
}

void ReplaySource::play(const ReplayClockSet& set, std::int64_t /*atMs*/)
{
    m_setByMs += set.byMs;
}

void ReplaySource::play(const ReplayEvent& event, std::int64_t atMs)
{
    m_events.push_back({event.kind, atMs + m_setByMs, atMs + m_setByMs, event.detail});
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
