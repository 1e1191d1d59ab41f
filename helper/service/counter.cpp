// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/counter.h"

#include "helper/collector/folds.h"
#include "helper/proc/tundevices.h"
#include "helper/service/tickclock.h"

#include <QDateTime>

#include <utility>

namespace bwt {

namespace {

/// As it was, but for what a later one has folded.
SnapshotPtr comparable(const SnapshotPtr& earlier, const Snapshot& later)
{
    if (!earlier || earlier->folds.number == later.folds.number)
        return earlier;
    auto folded = std::make_shared<Snapshot>(*earlier);
    fold(folded->flows, later.folds.list);
    return folded;
}

/// The same counters, with the tick's whole interval although somebody looked in between.
SnapshotPtr since(const Snapshot& before, const SnapshotPtr& snapshot)
{
    const std::int64_t sinceMs = beginMs({before.untilMs, before.bootNs}, {snapshot->untilMs, snapshot->bootNs});
    if (snapshot->sinceMs == sinceMs)
        return snapshot;
    auto widened = std::make_shared<Snapshot>(*snapshot);
    widened->sinceMs = sinceMs;
    return widened;
}

} // namespace

Counter::Counter()
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.callOnTimeout(this, &Counter::handleTimeout);
}

Result<OpenedSource> Counter::open(Result<std::unique_ptr<TrafficSource>> source)
{
    if (!source)
        return tl::unexpected(source.error());
    auto reading = (*source)->read();
    if (!reading)
        return tl::unexpected(reading.error());
    m_source = std::move(*source);
    m_opening = std::move(*reading);
    return OpenedSource{m_source->info(), bwt::bootTimeMs(*m_opening)};
}

void Counter::begin(std::int64_t bootTimeMs, std::chrono::milliseconds interval)
{
    const SourceInfo info = m_source->info();
    if (info.set.bootId == recordedBoot) // whose processes are another machine's
        m_collector.emplace(info, bootTimeMs);
    else
        m_collector.emplace(info, bootTimeMs, &readHostAddresses, AppResolver::ofMachine(), Tunnels(&tunDevicesOf));
    m_collector->begin(*m_opening);
    m_opening.reset();
    setInterval(interval);
}

void Counter::resume(const Past& past)
{
    if (past.closedGeneration > 0)
        m_source->noteRecorded(past.closedGeneration);
    m_collector->resume(past);
}

void Counter::noteRecorded(const Snapshot& recorded)
{
    m_source->noteRecorded(recorded.closes);
    m_collector->noteRecorded(recorded);
}

void Counter::setInterval(std::chrono::milliseconds interval)
{
    m_interval = interval;
    arm();
}

Result<SnapshotPtr> Counter::look()
{
    auto reading = m_source->read();
    if (!reading)
        return tl::unexpected(reading.error());
    return m_collector->take(*reading);
}

Result<SnapshotPtr> Counter::setConnections(const NetworkList& connections)
{
    auto last = m_collector->hasConnections() ? look() : Result<SnapshotPtr>(nullptr);
    m_collector->setConnections(connections);
    return last;
}

Result<SnapshotPtr> Counter::lastLook()
{
    m_timer.stop();
    return look();
}

void Counter::end()
{
    m_source->end();
}

void Counter::arm()
{
    const std::int64_t nowMs = QDateTime::currentMSecsSinceEpoch();
    m_dueMs = tickclock::nextTickMs(nowMs, m_interval);
    m_timer.start(std::chrono::milliseconds(m_dueMs - nowMs));
}

void Counter::handleTimeout()
{
    const auto early = tickclock::earlyBy(m_dueMs, QDateTime::currentMSecsSinceEpoch());
    if (early.count() > 0) {
        m_timer.start(early);
        return;
    }
    auto snapshot = look();
    arm();
    if (!snapshot) {
        Q_EMIT ticked(tl::unexpected(snapshot.error()));
        return;
    }
    const SnapshotPtr now = m_previous ? since(*m_previous, *snapshot) : *snapshot;
    const SnapshotPtr previous = comparable(std::exchange(m_previous, now), *now);
    Q_EMIT ticked(Tick{now, previous});
}

} // namespace bwt
