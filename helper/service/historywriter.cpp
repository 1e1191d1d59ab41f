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
    auto opened = Store::open(m_stateDir, Store::Mode::Writer);
    if (!opened)
        return tl::unexpected(opened.error());
    m_store = std::move(*opened);
    if (m_store->setAside().isNull())
        return {};
    m_setAside = m_store->setAside();
    // What the damaged history held already must not be stored once more in the new one.
    return m_committed ? m_store->skip(*m_committed) : Result<void>();
}

std::int64_t HistoryWriter::bootTimeMs(const QString& bootId, std::int64_t guessMs)
{
    return open().and_then([&] { return m_store->bootTimeMs(bootId, guessMs); }).value_or(guessMs);
}

Result<Commit> HistoryWriter::commit(const SnapshotPtr& snapshot)
{
    auto answer = guard(open().and_then([&]() -> Result<Commit> {
        if (m_paused)
            return m_store->skip(*snapshot).map([&] { return Commit{snapshot->untilMs, 0}; });
        return m_store->insert(*snapshot);
    }));
    if (answer)
        m_committed = snapshot;
    return answer;
}

Result<void> HistoryWriter::setPaused(bool paused, const SnapshotPtr& snapshot)
{
    return commit(snapshot).map([&](const Commit&) { m_paused = paused; });
}

Result<quint64> HistoryWriter::clear(std::int64_t sinceMs, std::int64_t untilMs)
{
    return guard(open().and_then([&] { return m_store->clear(sinceMs, untilMs); }));
}

Result<quint64> HistoryWriter::cleanup(const Retention& retention, std::int64_t nowMs)
{
    return guard(open().and_then([&] { return m_store->cleanup(retention, nowMs); }));
}

/// A history found damaged is left, so that the next call opens it anew, which sets it aside.
template <typename Answer> Answer HistoryWriter::guard(Answer answer)
{
    if (!answer && answer.error().code == ErrorCode::StoreCorrupt)
        m_store.reset();
    return answer;
}

} // namespace bwt
