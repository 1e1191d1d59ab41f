// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/places/placewatch.h"
#include "helper/store/store.h"

#include <memory>
#include <stop_token>

namespace bwt {

/// What a look at the files of places found.
struct PlacesFound {
    PlaceFiles files;
    PlaceSources sources;
};

/// Owns a read connection to the history, and opens it at need; and the files that tell where remotes are. Lives in
/// the query thread: one, since queries are short and SQLite's cache is per connection.
class HistoryReader {
public:
    /// Once a stop is asked for no query goes on.
    HistoryReader(QString stateDir, std::stop_token stop);

    [[nodiscard]] Result<Frame> top(const HistoryQuery& query);
    [[nodiscard]] Result<Series> series(const HistoryQuery& query, Bucket bucket);
    [[nodiscard]] Result<EventList> events(std::int64_t sinceMs, std::int64_t untilMs);
    [[nodiscard]] Result<AppList> apps(const Visibility& visibility);
    /// Takes other files, where there are some at these paths: for its own answers, and for others'.
    [[nodiscard]] PlacesFound refreshPlaces(const PlacePaths& paths);

private:
    [[nodiscard]] Result<void> open();

    const QString m_stateDir;
    const std::stop_token m_stop;
    std::unique_ptr<Store> m_store;
    PlaceWatch m_watch;
    PlaceFiles m_places;
};

} // namespace bwt
