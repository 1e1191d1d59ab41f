// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/service/condition.h"
#include "helper/service/counter.h"
#include "helper/service/historyreader.h"
#include "helper/service/historywriter.h"
#include "helper/service/rounds.h"
#include "helper/service/worker.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>

namespace bwt {

/// What a live view asks.
struct LiveQuery {
    Dimensions by;
    Filter filter;
    Visibility visibility = Visibility::everyone();
    quint32 limit = 0; ///< 0 means all

    friend bool operator==(const LiveQuery&, const LiveQuery&) = default;
};

/// Everything the helper does, for any transport. Lives in the main thread and blocks there at the start alone: a
/// counting thread looks at the counters, a store thread writes the history, a query thread reads it, and values go
/// between them.
class Engine : public QObject {
    Q_OBJECT
public:
    template <typename T> using Reply = std::function<void(Result<T>)>;

    struct Settings {
        QString stateDir; ///< held by the caller, see StateDirectory
        Result<std::unique_ptr<TrafficSource>> source; ///< what counts, or why nothing can
        std::optional<std::chrono::milliseconds> interval; ///< always this one, whoever watches
        Retention retention = {};
        TotalsOnly totalsOnly = {};
        PlacePaths places = {};
    };

    explicit Engine(Settings settings);
    ~Engine() override;

    /// Opens the history and begins to count. A machine that can't count and a history that can't be
    /// had are no failures: status() tells them. A source that is wrongly named is one.
    [[nodiscard]] Result<void> start();
    enum class Ending {
        ForNow, ///< what counts may go on, for the next helper
        ForGood, ///< nothing counts on
    };
    /// Stores what is pending; nothing is told of what is counted after it.
    void finish(Ending ending, Reply<void> reply);

    /// 1 s while anyone subscribes, 5 s otherwise, unless one interval is forced.
    void setSubscribers(int subscribers);
    void setInterval(std::optional<std::chrono::milliseconds> interval);
    /// What goes by it goes now, and once an hour.
    void setRetention(const Retention& retention);
    /// Holds from what is committed next.
    void setTotalsOnly(const TotalsOnly& whose);
    /// Looks there at once, and each minute.
    void setPlaces(const PlacePaths& paths);

    /// What the interfaces are connected to from now on. What they carried until now is read and handed to the
    /// history first, by what they were connected to then.
    void setConnections(const NetworkList& connections);

    // Answers come once each, in this thread, after the call has returned or from within it, and never after the
    // engine is gone.

    /// The counters as they are now, with the rates of the last tick.
    void totals(const LiveQuery& query, const Reply<Frame>& reply);
    /// A range that reaches beyond the last commit sees what was counted up to a second ago.
    void top(const HistoryQuery& query, Reply<Frame> reply);
    void series(const HistoryQuery& query, Bucket bucket, Reply<Series> reply);
    void events(std::int64_t sinceMs, std::int64_t untilMs, const Reply<EventList>& reply);
    /// Whose apps may be seen.
    void apps(const Visibility& visibility, const Reply<AppList>& reply);
    /// At once, whatever the other threads do; the history is told as the last commit left it.
    [[nodiscard]] Status status() const;
    void setPaused(bool paused, Reply<void> reply);
    /// Takes what was counted until now, too; fails where that can't be stored first, and so would come back.
    void clear(const Clearing& what, Reply<quint64> reply);
    /// Holds for whatever is told once it answers, live and of the past.
    void changeApp(const AppChange& change, Reply<void> reply);
    /// Answers when the counting thread is alive.
    void ping(const std::function<void()>& reply);

    /// What keeps it from counting at all.
    [[nodiscard]] std::optional<Error> whyNotCounting() const;
    /// The newest tick's rows; nothing before the first tick.
    [[nodiscard]] std::optional<Frame> liveFrame(const LiveQuery& query) const;

Q_SIGNALS:
    /// liveFrame() has a new answer.
    void ticked();

private:
    void handleTick(const Result<Tick>& tick);
    void look(const Reply<SnapshotPtr>& reply);
    void record(const SnapshotPtr& snapshot, const Reply<Commit>& reply);
    /// As record(), where the history could not be asked before what it has of this set.
    void resumeAndRecord(const Reply<Commit>& reply);
    void commitPending(std::int64_t untilMs, const std::function<void()>& then);
    /// Answers from the history. Where damage is met the history is verified, and asked once more.
    template <typename T> void read(const std::function<Result<T>(HistoryReader&)>& question, const Reply<T>& reply);
    void noteCommit(const Commit& commit);
    void notePaused(bool paused, std::int64_t atMs);
    void noteHistory(const Result<void>& outcome, const HistoryState& state);
    void noteState(const HistoryState& state);
    [[nodiscard]] QList<Row> rowsOf(const Snapshot& now, const Snapshot* previous, const LiveQuery& query) const;
    void cleanUp();
    void refreshPlaces();
    void takePlaces(const PlacesFound& found);
    [[nodiscard]] std::optional<Error> problem() const;
    [[nodiscard]] std::chrono::milliseconds interval() const;
    void applyInterval();

    Settings m_settings;
    std::optional<SourceInfo> m_source; ///< nothing while nothing can count
    std::optional<Tick> m_tick;
    Condition m_counting;
    Condition m_recording;
    HistoryState m_history;
    AppChoices m_appChoices; ///< as the history last had them
    NetworkList m_networks;
    int m_subscribers = 0;
    std::int64_t m_pausedSinceMs = 0; ///< 0 while it records
    std::int64_t m_handedOverMs = 0; ///< until when the writer was given everything
    std::int64_t m_committedMs = 0; ///< until when everything is in the history
    int m_commitsUnderWay = 0;
    bool m_lacksPast = false; ///< the looks are without what the history has of the set
    QElapsedTimer m_sinceCommit;
    QTimer m_cleanup;
    QTimer m_placesBeat;
    mutable Places m_places; ///< remembers what it looked up
    PlaceSources m_placeSources;
    std::stop_source m_stop; ///< of queries
    Rounds<Result<SnapshotPtr>> m_looks;
    Rounds<Result<Commit>> m_commits;
    Rounds<Result<void>> m_verifications;
    // Last, so that they end first: their answers come home to this object.
    Worker<HistoryReader> m_reader;
    Worker<HistoryWriter> m_writer;
    Worker<Counter> m_counter;
};

} // namespace bwt
