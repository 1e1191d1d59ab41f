// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/engine.h"

#include "dbus/losses.h"
#include "helper/service/log.h"
#include "helper/service/ownusage.h"
#include "helper/service/rowchanges.h"
#include "helper/service/tickclock.h"

#include <QDateTime>
#include <QSysInfo>

#include <algorithm>

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds watchedInterval = 1s;
constexpr std::chrono::milliseconds unwatchedInterval = 5s;
constexpr std::chrono::milliseconds leastTimeBetweenCommitsOnDemand = 1s;
constexpr std::chrono::milliseconds cleanupInterval = 1h;
constexpr std::chrono::milliseconds placesInterval = 1min;

std::int64_t nowMs()
{
    return QDateTime::currentMSecsSinceEpoch();
}

Frame liveFrameOf(const Snapshot& snapshot, std::int64_t sinceMs, QList<Row> rows)
{
    return {sinceMs, snapshot.untilMs, sinceMs, snapshot.untilMs, snapshot.backend, std::move(rows)};
}

/// Where the tick's frame begins: what the machine slept through is no part of it, and a view has a gap there.
std::int64_t frameBeginMs(const Tick& tick)
{
    const Snapshot& now = *tick.now;
    const std::int64_t sleptNs = tick.previous ? now.sleptNs - tick.previous->sleptNs : 0;
    return std::min(now.sinceMs + sleptNs / 1'000'000, now.untilMs);
}

QList<Loss> lossesOf(const SourceLosses& losses)
{
    return {
        {loss::mapFull, losses.coarseCalls},
        {loss::lostTxBytes, losses.lostTxBytes},
        {loss::lostRxBytes, losses.lostRxBytes},
        {loss::unknownProcess, losses.unknownProcesses},
        {loss::recursionMiss, losses.recursionMisses},
        {loss::streamFull, losses.uncertainReceipts},
        {loss::wireMapFull, losses.coarsePackets},
        {loss::lostTxWireBytes, losses.lostTxWireBytes},
        {loss::lostRxWireBytes, losses.lostRxWireBytes},
        {loss::unknownOwner, losses.ownerlessPackets},
        {loss::ownerFull, losses.unnotedOwners},
        {loss::countersGivenUp, losses.countersGivenUp},
        {loss::missedAnswers, losses.missedAnswers},
    };
}

QList<Book> booksOf(const Snapshot& snapshot)
{
    QList<Book> books;
    for (const InterfaceBook& entry : snapshot.books)
        books.append(entry.book);
    return books;
}

} // namespace

Engine::Engine(Settings settings)
    : m_settings(std::move(settings))
    , m_counting(QStringLiteral("nothing can be counted"), QStringLiteral("the counters can be read again"))
    , m_recording(
          QStringLiteral("the history can't be written"), QStringLiteral("the history is being written again"))
    , m_looks([this](Rounds<Result<SnapshotPtr>>::Reply reply) {
        m_counter.run([](Counter& counter) { return counter.look(); }, std::move(reply));
    })
    , m_commits([this](Rounds<Result<Commit>>::Reply reply) {
        look([this, reply = std::move(reply)](const Result<SnapshotPtr>& snapshot) {
            if (snapshot)
                record(*snapshot, reply);
            else
                reply(tl::unexpected(snapshot.error()));
        });
    })
    , m_verifications([this](const Rounds<Result<void>>::Reply& reply) {
        m_writer.run([](HistoryWriter& writer) { return std::pair{writer.verify(), writer.state()}; },
            [this, reply](const std::pair<Result<void>, HistoryState>& outcome) {
                noteHistory(outcome.first, outcome.second);
                reply(outcome.first);
            });
    })
    , m_reader(QStringLiteral("query"), this,
          [this] { return std::make_unique<HistoryReader>(m_settings.stateDir, m_stop.get_token()); })
    , m_writer(QStringLiteral("store"), this,
          [this] { return std::make_unique<HistoryWriter>(m_settings.stateDir, m_settings.totalsOnly); })
    , m_counter(QStringLiteral("counting"), this, [] { return std::make_unique<Counter>(); })
{
    connect(m_counter.object(), &Counter::ticked, this, &Engine::handleTick);
    m_cleanup.callOnTimeout(this, &Engine::cleanUp);
    m_placesBeat.callOnTimeout(this, &Engine::refreshPlaces);
}

Engine::~Engine()
{
    m_stop.request_stop();
}

Result<void> Engine::start()
{
    const auto opened = m_writer.ask([](HistoryWriter& writer) { return writer.open(); });
    if (!opened && opened.error().code == ErrorCode::NameTaken)
        return opened;
    noteHistory(opened, m_writer.ask([](HistoryWriter& writer) { return writer.state(); }));
    takePlaces(m_reader.ask([this](HistoryReader& reader) { return reader.refreshPlaces(m_settings.places); }));

    auto source = m_counter.ask(
        [made = std::move(m_settings.source)](Counter& counter) mutable { return counter.open(std::move(made)); });
    if (!source) {
        if (source.error().code != ErrorCode::NotCounting)
            return tl::unexpected(source.error());
        m_counting.update(source);
        return {};
    }
    m_source = source->info;
    const std::int64_t bootTimeMs = m_writer.ask([&source](HistoryWriter& writer) {
        return writer.bootTimeMs(source->info.set.bootId, source->bootTimeGuessMs);
    });
    const auto past = m_writer.ask(
        [&source](HistoryWriter& writer) { return writer.resume(source->info.set, source->info.isRecorded); });
    m_lacksPast = !past;
    m_counter.tell([bootTimeMs, interval = interval(), past = past.value_or(Past())](Counter& counter) {
        counter.begin(bootTimeMs, interval);
        counter.resume(past);
    });
    return {};
}

void Engine::finish(Ending ending, Reply<void> reply)
{
    m_stop.request_stop();
    if (!m_source) {
        reply({});
        return;
    }
    m_counter.run([](Counter& counter) { return counter.lastLook(); },
        [this, ending, reply = std::move(reply)](const Result<SnapshotPtr>& snapshot) {
            const auto end = [this, ending, reply](const Result<void>& outcome) {
                if (ending == Ending::ForNow) {
                    reply(outcome);
                    return;
                }
                const auto job = [](Counter& counter) {
                    counter.end();
                    return true;
                };
                m_counter.run(job, [reply, outcome](bool) { reply(outcome); });
            };
            if (!snapshot) {
                end(tl::unexpected(snapshot.error()));
                return;
            }
            record(*snapshot, [end](const Result<Commit>& commit) { end(commit.map([](const Commit&) { })); });
        });
}

void Engine::setSubscribers(int subscribers)
{
    const auto before = interval();
    m_subscribers = subscribers;
    if (interval() != before)
        applyInterval();
}

void Engine::setInterval(std::optional<std::chrono::milliseconds> forced)
{
    m_settings.interval = forced;
    applyInterval();
}

void Engine::setRetention(const Retention& retention)
{
    if (retention == m_settings.retention)
        return;
    m_settings.retention = retention;
    if (m_cleanup.isActive()) // else the first commit leads to it
        cleanUp();
}

void Engine::setTotalsOnly(const TotalsOnly& whose)
{
    if (whose == m_settings.totalsOnly)
        return;
    m_settings.totalsOnly = whose;
    m_writer.run([whose](HistoryWriter& writer) { return std::pair{writer.setTotalsOnly(whose), writer.state()}; },
        [this](const std::pair<Result<void>, HistoryState>& outcome) { noteHistory(outcome.first, outcome.second); });
}

void Engine::setConnections(const NetworkList& connections)
{
    if (!m_source) {
        m_networks = connections;
        return;
    }
    m_counter.run([connections](Counter& counter) { return counter.setConnections(connections); },
        [this, connections](const Result<SnapshotPtr>& last) {
            m_networks = connections;
            m_counting.update(last);
            if (last && *last)
                record(*last, [](const Result<Commit>&) { });
        });
}

void Engine::setPlaces(const PlacePaths& paths)
{
    m_settings.places = paths;
    refreshPlaces();
}

void Engine::refreshPlaces()
{
    m_reader.run([paths = m_settings.places](HistoryReader& reader) { return reader.refreshPlaces(paths); },
        [this](const PlacesFound& found) { takePlaces(found); });
}

void Engine::takePlaces(const PlacesFound& found)
{
    if (m_settings.places.isEmpty())
        m_placesBeat.stop();
    else
        m_placesBeat.start(placesInterval);
    if (found.files != m_places.files())
        m_places = Places(found.files);
    m_placeSources = found.sources;
}

void Engine::applyInterval()
{
    if (m_source)
        m_counter.tell([interval = interval()](Counter& counter) { counter.setInterval(interval); });
}

std::chrono::milliseconds Engine::interval() const
{
    return m_settings.interval.value_or(m_subscribers > 0 ? watchedInterval : unwatchedInterval);
}

void Engine::totals(const LiveQuery& query, const Reply<Frame>& reply)
{
    look([this, query, reply](const Result<SnapshotPtr>& snapshot) {
        reply(snapshot.map([&](const SnapshotPtr& now) {
            QList<Row> rows = rowsOf(*now, nullptr, query);
            LiveQuery all = query;
            all.limit = 0;
            if (m_tick && m_tick->previous)
                takeRates(rows, rowsOf(*m_tick->now, m_tick->previous.get(), all));
            return liveFrameOf(*now, now->countingSinceMs, std::move(rows));
        }));
    });
}

QList<Row> Engine::rowsOf(const Snapshot& now, const Snapshot* previous, const LiveQuery& query) const
{
    return aggregate(now, previous, query.by, query.filter, query.visibility, query.limit, m_appChoices, &m_places);
}

void Engine::top(const HistoryQuery& query, Reply<Frame> reply)
{
    commitPending(query.untilMs, [this, query, reply = std::move(reply)] {
        read<Frame>([query](HistoryReader& reader) { return reader.top(query); },
            [this, reply](Result<Frame> frame) {
                if (frame && m_source)
                    frame->backend = m_source->backend;
                reply(std::move(frame));
            });
    });
}

void Engine::series(const HistoryQuery& query, Bucket bucket, Reply<Series> reply)
{
    commitPending(query.untilMs, [this, query, bucket, reply = std::move(reply)] {
        read<Series>([query, bucket](HistoryReader& reader) { return reader.series(query, bucket); },
            [this, reply](Result<Series> series) {
                if (series && m_source)
                    series->backend = m_source->backend;
                reply(std::move(series));
            });
    });
}

void Engine::events(std::int64_t sinceMs, std::int64_t untilMs, const Reply<EventList>& reply)
{
    commitPending(untilMs, [this, sinceMs, untilMs, reply] {
        read<EventList>([sinceMs, untilMs](HistoryReader& reader) { return reader.events(sinceMs, untilMs); }, reply);
    });
}

void Engine::apps(const Visibility& visibility, const Reply<AppList>& reply)
{
    commitPending(nowMs(), [this, visibility, reply] {
        read<AppList>([visibility](HistoryReader& reader) { return reader.apps(visibility); }, reply);
    });
}

template <typename T>
void Engine::read(const std::function<Result<T>(HistoryReader&)>& question, const Reply<T>& reply)
{
    m_reader.run(question, [this, question, reply](Result<T> answer) {
        if (answer || answer.error().code != ErrorCode::StoreCorrupt)
            reply(std::move(answer));
        else
            m_verifications.join([this, question, reply](const Result<void>&) { m_reader.run(question, reply); });
    });
}

void Engine::setPaused(bool paused, Reply<void> reply)
{
    look([this, paused, reply = std::move(reply)](const Result<SnapshotPtr>& snapshot) {
        if (!snapshot) {
            reply(tl::unexpected(snapshot.error()));
            return;
        }
        m_writer.run([paused, now = *snapshot](HistoryWriter& writer) { return writer.setPaused(paused, now); },
            [this, paused, reply, atMs = (*snapshot)->untilMs](const Result<void>& outcome) {
                if (outcome)
                    notePaused(paused, atMs);
                reply(outcome);
            });
    });
}

/// A second pause is none: the first one goes on.
void Engine::notePaused(bool paused, std::int64_t atMs)
{
    if (!paused)
        m_pausedSinceMs = 0;
    else if (m_pausedSinceMs == 0)
        m_pausedSinceMs = atMs;
}

void Engine::clear(const Clearing& what, Reply<quint64> reply)
{
    const auto drop = [this, what, reply = std::move(reply)](const Result<Commit>& stored) {
        if (!stored) {
            reply(tl::unexpected(stored.error()));
            return;
        }
        m_writer.run([what](HistoryWriter& writer) { return std::pair{writer.clear(what), writer.state()}; },
            [this, reply](const std::pair<Result<quint64>, HistoryState>& outcome) {
                noteState(outcome.second);
                reply(outcome.first);
            });
    };
    if (!m_source) {
        drop(Commit());
        return;
    }
    // What is pending belongs to the range too, however short ago the last commit was: it would come back with the
    // next one.
    look([this, drop](const Result<SnapshotPtr>& snapshot) {
        if (snapshot)
            record(*snapshot, drop);
        else
            drop(tl::unexpected(snapshot.error()));
    });
}

/// After a commit, so that an app of which nothing is stored yet is one.
void Engine::changeApp(const AppChange& change, Reply<void> reply)
{
    const auto decide = [this, change, reply = std::move(reply)] {
        m_writer.run([change](HistoryWriter& writer) { return std::pair{writer.changeApp(change), writer.state()}; },
            [this, reply](const std::pair<Result<void>, HistoryState>& outcome) {
                noteState(outcome.second);
                reply(outcome.first);
            });
    };
    if (m_source)
        m_commits.join([decide](const Result<Commit>&) { decide(); });
    else
        decide();
}

void Engine::ping(const std::function<void()>& reply)
{
    m_counter.run([](Counter&) { return true; }, [reply](bool) { reply(); });
}

std::optional<Error> Engine::whyNotCounting() const
{
    return m_source ? std::nullopt : m_counting.problem();
}

std::optional<Frame> Engine::liveFrame(const LiveQuery& query) const
{
    if (!m_tick)
        return std::nullopt;
    const Snapshot& now = *m_tick->now;
    return liveFrameOf(now, frameBeginMs(*m_tick), rowsOf(now, m_tick->previous.get(), query));
}

void Engine::handleTick(const Result<Tick>& tick)
{
    m_counting.update(tick);
    if (!tick)
        return;
    m_tick = *tick;
    // Until what is to be closed is recorded, the source has no way to make more room.
    const bool isDue = m_tick->now->closes != 0 || tickclock::isCommitDue(m_handedOverMs, m_tick->now->untilMs);
    if (m_commitsUnderWay == 0 && isDue)
        record(m_tick->now, [](const Result<Commit>&) { });
    Q_EMIT ticked();
}

void Engine::look(const Reply<SnapshotPtr>& reply)
{
    if (const auto reason = whyNotCounting()) {
        reply(tl::unexpected(*reason));
        return;
    }
    m_looks.join([this, reply](const Result<SnapshotPtr>& snapshot) {
        m_counting.update(snapshot);
        reply(snapshot);
    });
}

/// Snapshots come here in the order in which they were taken, and the store thread takes them in that order.
void Engine::record(const SnapshotPtr& snapshot, const Reply<Commit>& reply)
{
    if (m_lacksPast) {
        resumeAndRecord(reply);
        return;
    }
    m_handedOverMs = snapshot->untilMs;
    ++m_commitsUnderWay;
    m_writer.run([snapshot](HistoryWriter& writer) { return std::pair{writer.commit(snapshot), writer.state()}; },
        [this, snapshot, reply](const std::pair<Result<Commit>, HistoryState>& outcome) {
            const auto& [commit, state] = outcome;
            --m_commitsUnderWay;
            m_sinceCommit.start();
            if (commit) {
                noteCommit(*commit);
                m_counter.tell([snapshot](Counter& counter) { counter.noteRecorded(*snapshot); });
            }
            noteHistory(commit.map([](const Commit&) { }), state);
            reply(commit);
        });
}

void Engine::resumeAndRecord(const Reply<Commit>& reply)
{
    const auto resume = [set = m_source->set, wasRecorded = m_source->isRecorded](
                            HistoryWriter& writer) { return writer.resume(set, wasRecorded); };
    m_writer.run(resume, [this, reply](const Result<Past>& past) {
        if (!past) {
            reply(tl::unexpected(past.error()));
            return;
        }
        m_lacksPast = false;
        m_counter.tell([known = *past](Counter& counter) { counter.resume(known); });
        look([this, reply](const Result<SnapshotPtr>& snapshot) {
            if (snapshot)
                record(*snapshot, reply);
            else
                reply(tl::unexpected(snapshot.error()));
        });
    });
}

/// Goes on also when there is nothing to commit or no way to: what is stored can still be read.
void Engine::commitPending(std::int64_t untilMs, const std::function<void()>& then)
{
    const bool isRecent
        = m_sinceCommit.isValid() && !m_sinceCommit.hasExpired(leastTimeBetweenCommitsOnDemand.count());
    if (!m_source || untilMs <= m_committedMs || (isRecent && m_commitsUnderWay == 0))
        then();
    else
        m_commits.join([then](const Result<Commit>&) { then(); });
}

void Engine::noteCommit(const Commit& commit)
{
    m_committedMs = commit.untilMs;
    // A clean-up takes its time: the first one lets the start and what was counted meanwhile pass.
    if (m_cleanup.isActive())
        return;
    m_cleanup.start(cleanupInterval);
    cleanUp();
}

/// That a damaged history was put aside the store has logged; the status goes on telling it.
void Engine::noteHistory(const Result<void>& outcome, const HistoryState& state)
{
    m_recording.update(outcome);
    noteState(state);
}

void Engine::noteState(const HistoryState& state)
{
    m_history = state;
    if (state.appChoices)
        m_appChoices = *state.appChoices;
}

void Engine::cleanUp()
{
    m_writer.tell([retention = m_settings.retention](HistoryWriter& writer) {
        if (const auto removed = writer.cleanup(retention, nowMs()); !removed)
            qCWarning(serviceLog).noquote() << removed.error().detail;
    });
}

Status Engine::status() const
{
    const OwnUsage usage = ownUsage();
    Status status;
    status.version = QStringLiteral(BWT_VERSION);
    status.kernel = QSysInfo::kernelVersion();
    if (m_source) {
        status.kernel = m_source->kernel;
        status.backend = m_source->backend;
        status.gaps = m_source->gaps;
        status.backends = m_source->tried;
        status.countingSinceMs = m_source->sinceMs;
        status.outlives = m_source->outlives;
    }
    status.counting = m_source.has_value() && !m_counting.problem();
    status.paused = m_pausedSinceMs != 0;
    status.pausedSinceMs = m_pausedSinceMs;
    if (const auto error = problem()) {
        status.problem = errorCodeName(error->code);
        status.problemDetail = error->detail;
    }
    if (m_tick) {
        status.losses = lossesOf(m_tick->now->losses);
        status.flows = m_tick->now->room.used;
        status.flowCapacity = m_tick->now->room.capacity;
        status.books = booksOf(*m_tick->now);
        status.identified = identifiedShare(status.books);
    }
    if (m_history.mergedMinutes > 0)
        status.losses.append({loss::mergedMinutes, m_history.mergedMinutes});
    status.networks = m_networks;
    status.placeSources = m_placeSources;
    status.intervalMs = quint32(interval().count());
    status.databaseBytes = m_history.info.bytes;
    status.historySinceMs = m_history.info.historySinceMs;
    status.lastCommitMs = m_committedMs;
    status.cpuNs = usage.cpuNs;
    status.residentBytes = usage.residentBytes;
    status.subscribers = quint32(m_subscribers);
    return status;
}

/// The most urgent one: no counting, no history, an earlier history that had to be put aside.
std::optional<Error> Engine::problem() const
{
    if (m_counting.problem())
        return m_counting.problem();
    if (m_recording.problem())
        return m_recording.problem();
    if (m_history.setAside.isNull())
        return std::nullopt;
    return Error{ErrorCode::StoreCorrupt,
        QStringLiteral("the history was damaged; it is kept as %1, and a new one was begun").arg(m_history.setAside)};
}

} // namespace bwt
