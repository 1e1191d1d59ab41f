// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/appentry.h"
#include "dbus/bucket.h"
#include "dbus/event.h"
#include "dbus/row.h"
#include "helper/apps/appchoices.h"
#include "helper/collector/aggregate.h"
#include "helper/collector/snapshot.h"
#include "helper/places/places.h"

#include <QString>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>

namespace bwt {

/// What a query asks. Times are milliseconds since the epoch, half-open, widened to the stored buckets.
struct HistoryQuery {
    std::int64_t sinceMs = 0;
    std::int64_t untilMs = 0;
    Dimensions by;
    Filter filter;
    Visibility visibility = Visibility::everyone();
    quint32 limit = 0; ///< 0 means all
};

/// How long each tier is kept, and how large the file may grow. Days and months stay for ever; what a tier drops
/// first is in the coarser ones.
struct Retention {
    std::chrono::days minutes{7}; ///< with process and remote address
    std::chrono::days appMinutes{31}; ///< of programs alone; not below `minutes`
    std::chrono::days hours{731};
    quint64 mostBytes = 512ULL * 1024 * 1024; ///< database and write-ahead log: the oldest fine rows go first

    friend bool operator==(const Retention&, const Retention&) = default;
};

/// What clear() drops of a range: everything, or what is known to be an app's or a remote address's. Times as in a
/// query.
struct Clearing {
    std::int64_t sinceMs = 0;
    std::int64_t untilMs = 0;
    QString app = {}; ///< an app id, which takes in what counts for it; empty for all
    QString remote = {}; ///< an address; empty for all
};

/// Whose traffic is recorded without the remote address.
struct TotalsOnly {
    QStringList apps; ///< app ids, which take in what counts for them
    QStringList remotes; ///< addresses

    friend bool operator==(const TotalsOnly&, const TotalsOnly&) = default;
};

/// What one commit did.
struct Commit {
    std::int64_t untilMs = 0; ///< everything before is in the file
    quint64 rows = 0; ///< rows inserted or grown
};

struct StoreInfo {
    quint64 bytes = 0; ///< database and write-ahead log
    std::int64_t historySinceMs = 0; ///< start of the oldest bucket, 0 when there is none
};

/// The history file: SQLite in WAL mode, `history.db` in the state directory. One object is one connection and stays
/// in the thread that opened it: one Writer in all, and a Reader for each thread that queries.
class Store {
public:
    enum class Mode { Writer, Reader };

    /// A Writer makes the file and migrates it; a file of a newer version is StoreTooNew and stays untouched; one
    /// found damaged, now or later, is set aside (renamed beside itself, never overwritten), a new one begun, and
    /// `setAside()` says so. A Reader that meets damage only tells it, as StoreCorrupt.
    [[nodiscard]] static Result<std::unique_ptr<Store>> open(const QString& stateDir, Mode mode);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// Path that a damaged file was moved to last; null where there was none.
    [[nodiscard]] QString setAside() const;

    /// Wall time of the boot, remembered from the first call with this boot id.
    [[nodiscard]] Result<std::int64_t> bootTimeMs(const QString& bootId, std::int64_t nowGuessMs);

    /// What the file has of the set from earlier helpers; nothing when it doesn't know the set.
    [[nodiscard]] Result<std::optional<Past>> past(const CounterSet& set);

    /// Records what the counters grew by since the last insert that succeeded: rows += absolute - baseline, and
    /// baseline = absolute, in one transaction. After a failure nothing has changed, and the next snapshot holds it
    /// all. The growth belongs to the bucket in which the snapshot's interval began.
    [[nodiscard]] Result<Commit> insert(const Snapshot& snapshot);
    /// As insert, but forgets the growth: the baseline moves on, no rows are written.
    [[nodiscard]] Result<void> skip(const Snapshot& snapshot);

    /// From now on an answer takes so long at most, and none is given once a stop is asked for: LimitExceeded.
    void boundQueries(std::chrono::milliseconds most, std::stop_token stop);
    /// From now on these tell where remotes are.
    void setPlaces(const PlaceFiles& places);
    /// Biggest first; what the caller may not see is one row.
    [[nodiscard]] Result<Frame> top(const HistoryQuery& query);
    /// `limit` holds for each bucket; days and months are those of the system's time zone.
    [[nodiscard]] Result<Series> history(const HistoryQuery& query, Bucket bucket);

    /// Makes hours, days and months of what is over, for about so long; can be broken off anywhere. Whether there is
    /// more to do.
    [[nodiscard]] Result<bool> rollUp(std::chrono::milliseconds most);
    /// Drops what is older than the retention, now or at the newest moment that was recorded, whichever is earlier,
    /// and the oldest fine rows while the file is too large. Days and months stay, so totals never change; names that
    /// no row has any more go within a day. Returns how many buckets went or lost detail.
    [[nodiscard]] Result<quint64> cleanup(const Retention& retention, std::int64_t nowMs);
    /// Drops from every tier, in a range widened as top() by remote widens it, and the names that no row has any
    /// more. Without an app or remote, events and books too. The baseline keeps the keys of the set that is counted
    /// now: without them its next insert would record it from the beginning. Returns how many rows went.
    [[nodiscard]] Result<quint64> clear(const Clearing& what);
    /// From now on; what is recorded stays as it is.
    [[nodiscard]] Result<void> setTotalsOnly(const TotalsOnly& whose);

    /// Holds for all that is told from now on, whatever it was recorded as. InvalidArgument where there is no such
    /// app, or where apps would count for each other.
    [[nodiscard]] Result<void> changeApp(const AppChange& change);
    [[nodiscard]] Result<AppChoices> appChoices();
    /// Whose apps may be seen, by name.
    [[nodiscard]] Result<AppList> apps(const Visibility& visibility);

    /// What happened in a range, in order of time.
    [[nodiscard]] Result<QList<Event>> events(std::int64_t sinceMs, std::int64_t untilMs);

    /// Reads a writer's whole file, however large, for a reader that met damage: it is set aside as on opening.
    [[nodiscard]] Result<void> verify();

    [[nodiscard]] Result<StoreInfo> info();

private:
    class Private;
    explicit Store(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

} // namespace bwt
