// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/historywriter.h"

namespace bwt {

HistoryWriter::HistoryWriter(QString stateDir)
    : m_stateDir(std::move(stateDir))
{
}

Result<void> HistoryWriter::open()
{
    if (m_store)
        return {};
    return Store::open(m_stateDir, Store::Mode::Writer).map([this](std::unique_ptr<Store>&& store) {
        m_store = std::move(store);
    });
}

HistoryState HistoryWriter::state()
{
    if (!m_store)
        return {};
    return {m_store->setAside(), m_store->info().value_or(StoreInfo())};
}

std::int64_t HistoryWriter::bootTimeMs(const QString& bootId, std::int64_t guessMs)
{
    return open().and_then([&] { return m_store->bootTimeMs(bootId, guessMs); }).value_or(guessMs);
}

Result<Commit> HistoryWriter::commit(const SnapshotPtr& snapshot)
{
    return open().and_then([&]() -> Result<Commit> {
        if (m_paused)
            return m_store->skip(*snapshot).map([&] { return Commit{snapshot->untilMs, 0}; });
        return m_store->insert(*snapshot);
    });
}

Result<void> HistoryWriter::setPaused(bool paused, const SnapshotPtr& snapshot)
{
    return commit(snapshot).map([&](const Commit&) { m_paused = paused; });
}

Result<void> HistoryWriter::verify()
{
    return open().and_then([&] { return m_store->verify(); });
}

Result<quint64> HistoryWriter::clear(std::int64_t sinceMs, std::int64_t untilMs)
{
    return open().and_then([&] { return m_store->clear(sinceMs, untilMs); });
}

Result<quint64> HistoryWriter::cleanup(const Retention& retention, std::int64_t nowMs)
{
    return open().and_then([&] { return m_store->cleanup(retention, nowMs); });
}

} // namespace bwt
