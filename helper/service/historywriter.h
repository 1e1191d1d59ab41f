// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/service/backlog.h"
#include "helper/store/store.h"

#include <memory>
#include <optional>

namespace bwt {

/// The history as the last write left it.
struct HistoryState {
    QString setAside; ///< where a damaged one was put this time; null when there was none
    StoreInfo info; ///< nothing while the history can't be had
    quint64 mergedMinutes = 0; ///< as Backlog::mergedMinutes
    std::optional<AppChoices> appChoices; ///< nothing while the history can't be had
};

/// Owns the history's write connection. Opens it where it is not open, so that a history that came back (space on the
/// disk, a file system writable again) is used again by itself. Lives in the store thread.
class HistoryWriter {
public:
    explicit HistoryWriter(QString stateDir, TotalsOnly totalsOnly = {});

    /// Opens the history; what every other call does first.
    [[nodiscard]] Result<void> open();
    [[nodiscard]] HistoryState state();
    /// As Store::bootTimeMs; the guess where the history can't be had.
    [[nodiscard]] std::int64_t bootTimeMs(const QString& bootId, std::int64_t guessMs);

    /// What the history has of the set from earlier helpers. A set that another history has recorded (`wasRecorded`)
    /// and this one doesn't know begins with the next commit: what it had counted by then is forgotten.
    [[nodiscard]] Result<Past> resume(const CounterSet& set, bool wasRecorded);

    /// Stores what was counted up to the snapshot, and what could not be stored before; while paused, forgets it.
    [[nodiscard]] Result<Commit> commit(const SnapshotPtr& snapshot);
    /// What was counted until the snapshot is treated as before, what comes after it in the new way. After a failure
    /// nothing has changed.
    [[nodiscard]] Result<void> setPaused(bool paused, const SnapshotPtr& snapshot);

    /// As Store::setTotalsOnly, also for a history that is opened later: one that does not take it is not written.
    [[nodiscard]] Result<void> setTotalsOnly(const TotalsOnly& whose);

    /// As Store::verify.
    [[nodiscard]] Result<void> verify();
    [[nodiscard]] Result<quint64> clear(const Clearing& what);
    /// As Store::changeApp.
    [[nodiscard]] Result<void> changeApp(const AppChange& change);
    [[nodiscard]] Result<quint64> cleanup(const Retention& retention, std::int64_t nowMs);

private:
    [[nodiscard]] Result<Commit> writeBacklog();
    [[nodiscard]] Result<Commit> write(const Snapshot& snapshot);
    void rollUp();

    const QString m_stateDir;
    std::unique_ptr<Store> m_store;
    Backlog m_backlog;
    TotalsOnly m_totalsOnly;
    bool m_paused = false;
    bool m_beginsAnew = false; ///< the next commit forgets what was counted before it
};

} // namespace bwt
