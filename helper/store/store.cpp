// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/store.h"

#include "helper/store/apps.h"
#include "helper/store/clearing.h"
#include "helper/store/deadline.h"
#include "helper/store/events.h"
#include "helper/store/query.h"
#include "helper/store/recorder.h"
#include "helper/store/retention.h"
#include "helper/store/rollup.h"
#include "helper/store/schema.h"
#include "helper/store/statedirectory.h"
#include "helper/store/tiers.h"

#include <QLoggingCategory>

#include <algorithm>

namespace bwt {

Q_LOGGING_CATEGORY(storeLog, "bwt.store")

using namespace store;

namespace {

/// A file up to this size is checked whole on opening, which takes about a tenth of a second. In a larger one damage
/// is found where it is met: by the writer with the same consequence, by a reader when verify() is asked.
constexpr quint64 mostBytesChecked = 64ULL * 1024 * 1024;

/// One open file.
struct Connection {
    Connection(const QString& path, Database::Access access)
        : database(path, access)
    {
    }

    Database database;
    std::optional<Names> names; ///< once something was asked
    std::optional<FileId> file;
    std::optional<Recorder> recorder; ///< a writer's
};

/// A reader was asked to write: our own mistake.
Recorder& recorderOf(Connection& connection)
{
    if (!connection.recorder)
        throw DatabaseError{{ErrorCode::Internal, QStringLiteral("the history was opened for reading")}};
    return *connection.recorder;
}

void checkIntegrity(const Database& database)
{
    Statement check = database.run(QStringLiteral("PRAGMA quick_check(1)"));
    if (check.next() && check.text(0) != QStringLiteral("ok"))
        throw DatabaseError{
            {ErrorCode::StoreCorrupt, database.path() + QStringLiteral(": ") + check.text(0).simplified()}};
}

} // namespace

class Store::Private {
public:
    Private(QString directory, Mode openMode)
        : stateDir(std::move(directory))
        , path(historyPath(stateDir))
        , mode(openMode)
    {
        if (mode == Mode::Writer) {
            makeStateDirectory(stateDir);
            lock.emplace(stateDir);
        }
        reconnect();
        if (mode == Mode::Writer)
            believedTime = BelievedTime(newestMs(connection->database));
    }

    /// Runs an action on the file that the path leads to now; what it throws becomes the Result's error. A writer
    /// replaces a damaged file and tries once more.
    template <typename Action> auto attempt(Action action) -> Result<decltype(action(std::declval<Connection&>()))>
    {
        try {
            try {
                return action(current());
            } catch (const DatabaseError& failed) {
                if (mode != Mode::Writer || failed.error.code != ErrorCode::StoreCorrupt)
                    throw;
                replaceDamaged(failed.error);
                return action(current());
            }
        } catch (const DatabaseError& failed) {
            return tl::unexpected(failed.error);
        }
    }

    /// As attempt(), within the time that a query has.
    template <typename Query> auto answer(Query query)
    {
        return attempt([&](Connection& connection) {
            const Deadline deadline(connection.database, mostQueryTime, stopQueries);
            if (!connection.names)
                connection.names.emplace(connection.database, places);
            return query(connection, deadline);
        }).and_then([](auto result) { return result; });
    }

    void setPlaces(const PlaceFiles& files)
    {
        places = files;
        if (connection)
            connection->names.reset();
    }

    [[nodiscard]] const CounterSet& knownSet() const { return baseline.set(); }

    /// Second before which nothing more comes, as far as the clock may be believed.
    [[nodiscard]] qint64 rollUpTo(std::int64_t clockMs) const { return believedTime.latest(clockMs) / msPerSecond; }

    QString setAside;
    std::chrono::milliseconds mostQueryTime = std::chrono::milliseconds::max();
    std::stop_token stopQueries;
    PlaceFiles places;
    TotalsOnly totalsOnly; ///< a writer's
    BelievedTime believedTime{0}; ///< a writer's

private:
    /// The connection, made anew when the file was deleted or exchanged beneath it.
    Connection& current()
    {
        if (!connection || connection->file != fileAt(path))
            reconnect();
        return *connection;
    }

    void reconnect()
    {
        connection.reset(); // first, since SQLite removes its log by name on closing
        if (mode == Mode::Reader) {
            connection = openForReading();
            return;
        }
        try {
            connection = openForWriting();
        } catch (const DatabaseError& failed) {
            if (failed.error.code != ErrorCode::StoreCorrupt)
                throw;
            replaceDamaged(failed.error);
        }
    }

    void replaceDamaged(const Error& reason)
    {
        connection.reset();
        setAside = setHistoryAside(path);
        qCWarning(storeLog).noquote() << reason.detail << "- kept as" << setAside << "and a new history begun";
        connection = openForWriting();
    }

    std::unique_ptr<Connection> openForWriting()
    {
        makeHistoryFile(path);
        refuseNewer(path, schemaVersionInHeader(path));
        auto made = std::make_unique<Connection>(path, Database::Access::ReadWrite);
        if (historyBytes(path) <= mostBytesChecked)
            checkIntegrity(made->database); // first: a damaged file is kept as it was found
        prepareForWriting(made->database);
        made->file = fileAt(path);
        made->recorder.emplace(made->database, baseline);
        made->recorder->setTotalsOnly(totalsOnly);
        made->recorder->reconcile();
        return made;
    }

    std::unique_ptr<Connection> openForReading() const
    {
        refuseNewer(path, schemaVersionInHeader(path));
        auto made = std::make_unique<Connection>(path, Database::Access::ReadOnly);
        prepareForReading(made->database);
        made->file = fileAt(path);
        return made;
    }

    QString stateDir;
    QString path;
    Mode mode;
    std::optional<WriterLock> lock;
    Baseline baseline;
    std::unique_ptr<Connection> connection;
};

Store::Store(std::unique_ptr<Private> made)
    : d(std::move(made))
{
}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const QString& stateDir, Mode mode)
{
    try {
        return std::unique_ptr<Store>(new Store(std::make_unique<Private>(stateDir, mode)));
    } catch (const DatabaseError& failed) {
        return tl::unexpected(failed.error);
    }
}

QString Store::setAside() const
{
    return d->setAside;
}

Result<std::int64_t> Store::bootTimeMs(const QString& bootId, std::int64_t nowGuessMs)
{
    return d->attempt([&](Connection& connection) -> std::int64_t {
        return connection.database
            .prepare(
                QStringLiteral("INSERT INTO boot (boot_id, time_ms) VALUES (?, ?) ON CONFLICT (boot_id) DO UPDATE "
                               "SET time_ms = coalesce(time_ms, excluded.time_ms) RETURNING time_ms"))
            .find(bootId, qint64{nowGuessMs})
            .value_or(nowGuessMs);
    });
}

Result<std::optional<Past>> Store::past(const CounterSet& set)
{
    return d->attempt([&](Connection& connection) -> std::optional<Past> {
        if (d->knownSet() != set)
            return std::nullopt;
        return Baseline::readPast(connection.database);
    });
}

Result<Commit> Store::insert(const Snapshot& snapshot)
{
    d->believedTime.advance(snapshot.bootNs);
    return d->attempt(
        [&](Connection& connection) { return recorderOf(connection).insert(snapshot, Recorder::Growth::Recorded); });
}

Result<void> Store::skip(const Snapshot& snapshot)
{
    d->believedTime.advance(snapshot.bootNs);
    return d
        ->attempt([&](Connection& connection) {
            return recorderOf(connection).insert(snapshot, Recorder::Growth::Forgotten);
        })
        .map([](const Commit&) {});
}

void Store::boundQueries(std::chrono::milliseconds most, std::stop_token stop)
{
    d->mostQueryTime = most;
    d->stopQueries = std::move(stop);
}

void Store::setPlaces(const PlaceFiles& places)
{
    d->setPlaces(places);
}

Result<Frame> Store::top(const HistoryQuery& query)
{
    return d->answer([&](Connection& file, const Deadline& deadline) {
        return queryTop(file.database, *file.names, query, deadline);
    });
}

Result<Series> Store::history(const HistoryQuery& query, Bucket bucket)
{
    return d->answer([&](Connection& file, const Deadline& deadline) {
        return querySeries(file.database, *file.names, query, bucket, deadline);
    });
}

Result<bool> Store::rollUp(std::chrono::milliseconds most)
{
    return d->attempt([&](Connection& connection) {
        // By the clock of the newest commit: that it once was ahead does not count.
        return store::rollUp(connection.database, d->rollUpTo(lastCommitMs(connection.database)), most);
    });
}

Result<quint64> Store::cleanup(const Retention& retention, std::int64_t nowMs)
{
    return d->attempt([&](Connection& connection) {
        recorderOf(connection).forgetIds();
        // Only what is in the coarser tiers can go.
        const qint64 until = d->rollUpTo(std::min(nowMs, newestMs(connection.database)));
        while (store::rollUp(connection.database, until, std::chrono::seconds(1))) { }
        return dropExpired(connection.database, retention, d->believedTime.latest(nowMs));
    });
}

Result<quint64> Store::clear(const Clearing& what)
{
    return d->attempt([&](Connection& connection) {
        recorderOf(connection).forgetIds();
        return clearHistory(connection.database, what);
    });
}

Result<void> Store::setTotalsOnly(const TotalsOnly& whose)
{
    d->totalsOnly = whose;
    return d
        ->attempt([&](Connection& connection) {
            recorderOf(connection).setTotalsOnly(whose);
            return true;
        })
        .map([](bool) {});
}

Result<void> Store::changeApp(const AppChange& change)
{
    return d
        ->attempt([&](Connection& connection) {
            store::changeApp(connection.database, change);
            return true;
        })
        .map([](bool) {});
}

Result<AppChoices> Store::appChoices()
{
    return d->attempt([](Connection& connection) { return readAppChoices(connection.database); });
}

Result<AppList> Store::apps(const Visibility& visibility)
{
    return d->attempt([&](Connection& connection) { return readApps(connection.database, visibility); });
}

Result<QList<Event>> Store::events(std::int64_t sinceMs, std::int64_t untilMs)
{
    return d->attempt([&](Connection& connection) { return readEvents(connection.database, {sinceMs, untilMs}); });
}

Result<void> Store::verify()
{
    return d
        ->attempt([](Connection& connection) {
            // By a connection of its own: this one may still have in memory what the file has lost.
            checkIntegrity(Database(connection.database.path(), Database::Access::ReadOnly));
            return true;
        })
        .map([](bool) {});
}

Result<StoreInfo> Store::info()
{
    return d->attempt([](Connection& connection) {
        return StoreInfo{
            historyBytes(connection.database.path()), oldestBucket(connection.database).value_or(0) * msPerSecond};
    });
}

} // namespace bwt
