// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/historywriter.h"

#include "helper/service/log.h"

namespace bwt {

namespace {

constexpr std::chrono::milliseconds mostRollUpTime{20};

} // namespace

HistoryWriter::HistoryWriter(QString stateDir, TotalsOnly totalsOnly)
    : m_stateDir(std::move(stateDir))
    , m_totalsOnly(std::move(totalsOnly))
{
}

Result<void> HistoryWriter::open()
{
    if (m_store)
        return {};
    return Store::open(m_stateDir, Store::Mode::Writer).and_then([this](std::unique_ptr<Store>&& store) {
        return store->setTotalsOnly(m_totalsOnly).map([&] { m_store = std::move(store); });
    });
}

HistoryState HistoryWriter::state()
{
    if (!m_store)
        return {{}, {}, m_backlog.mergedMinutes(), {}};
    const auto choices = m_store->appChoices();
    return {m_store->setAside(), m_store->info().value_or(StoreInfo()), m_backlog.mergedMinutes(),
        choices ? std::optional(*choices) : std::nullopt};
}

std::int64_t HistoryWriter::bootTimeMs(const QString& bootId, std::int64_t guessMs)
{
    return open().and_then([&] { return m_store->bootTimeMs(bootId, guessMs); }).value_or(guessMs);
}

Result<Past> HistoryWriter::resume(const CounterSet& set, bool wasRecorded)
{
    return open().and_then([&] { return m_store->past(set); }).map([&](const std::optional<Past>& past) {
        m_beginsAnew = !past && wasRecorded;
        if (m_beginsAnew)
            qCWarning(serviceLog)
                << "another history has recorded the counters that went on; what they counted since "
                   "its last commit is in neither";
        return past.value_or(Past());
    });
}

Result<Commit> HistoryWriter::commit(const SnapshotPtr& snapshot)
{
    m_backlog.push(snapshot);
    return open().and_then([&] { return writeBacklog(); });
}

Result<Commit> HistoryWriter::writeBacklog()
{
    Commit done;
    while (!m_backlog.isEmpty()) {
        auto commit = write(m_backlog.front());
        if (!commit)
            return commit;
        done = {commit->untilMs, done.rows + commit->rows};
        m_backlog.pop();
    }
    rollUp();
    return done;
}

Result<Commit> HistoryWriter::write(const Snapshot& snapshot)
{
    if (!m_paused && !m_beginsAnew)
        return m_store->insert(snapshot);
    return m_store->skip(snapshot).map([&] {
        m_beginsAnew = false;
        return Commit{snapshot.untilMs, 0};
    });
}

/// A little after each commit, so that a long way to go disturbs nobody.
void HistoryWriter::rollUp()
{
    if (const auto isUnfinished = m_store->rollUp(mostRollUpTime); !isUnfinished)
        qCWarning(serviceLog).noquote() << isUnfinished.error().detail;
}

Result<void> HistoryWriter::setPaused(bool paused, const SnapshotPtr& snapshot)
{
    return commit(snapshot).map([&](const Commit&) { m_paused = paused; });
}

Result<void> HistoryWriter::setTotalsOnly(const TotalsOnly& whose)
{
    m_totalsOnly = whose;
    if (!m_store)
        return open();
    auto taken = m_store->setTotalsOnly(whose);
    if (!taken)
        m_store.reset(); // opening it anew begins with this
    return taken;
}

Result<void> HistoryWriter::verify()
{
    return open().and_then([&] { return m_store->verify(); });
}

Result<quint64> HistoryWriter::clear(const Clearing& what)
{
    return open().and_then([&] { return m_store->clear(what); });
}

Result<void> HistoryWriter::changeApp(const AppChange& change)
{
    return open().and_then([&] { return m_store->changeApp(change); });
}

Result<quint64> HistoryWriter::cleanup(const Retention& retention, std::int64_t nowMs)
{
    return open().and_then([&] { return m_store->cleanup(retention, nowMs); });
}

} // namespace bwt
