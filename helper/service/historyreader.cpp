// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/historyreader.h"

namespace bwt {

namespace {

/// Less than callers wait for an answer.
constexpr std::chrono::seconds mostQueryTime{15};

} // namespace

HistoryReader::HistoryReader(QString stateDir, std::stop_token stop)
    : m_stateDir(std::move(stateDir))
    , m_stop(std::move(stop))
    , m_watch(m_stateDir)
{
}

Result<Frame> HistoryReader::top(const HistoryQuery& query)
{
    return open().and_then([&] { return m_store->top(query); });
}

Result<Series> HistoryReader::series(const HistoryQuery& query, Bucket bucket)
{
    return open().and_then([&] { return m_store->history(query, bucket); });
}

Result<EventList> HistoryReader::events(std::int64_t sinceMs, std::int64_t untilMs)
{
    return open().and_then([&] { return m_store->events(sinceMs, untilMs); });
}

Result<AppList> HistoryReader::apps(const Visibility& visibility)
{
    return open().and_then([&] { return m_store->apps(visibility); });
}

Result<void> HistoryReader::open()
{
    if (m_store)
        return {};
    return Store::open(m_stateDir, Store::Mode::Reader).map([this](std::unique_ptr<Store>&& store) {
        m_store = std::move(store);
        m_store->boundQueries(mostQueryTime, m_stop);
        m_store->setPlaces(m_places);
    });
}

PlacesFound HistoryReader::refreshPlaces(const PlacePaths& paths)
{
    PlaceFiles files = m_watch.refresh(paths);
    if (files != m_places && m_store)
        m_store->setPlaces(files);
    m_places = files;
    return {files, m_watch.sources()};
}

} // namespace bwt
