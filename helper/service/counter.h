// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/collector.h"
#include "helper/source/trafficsource.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <memory>
#include <optional>

namespace bwt {

/// Two looks at the counters, one interval apart.
struct Tick {
    SnapshotPtr now;
    SnapshotPtr previous; ///< null in the first tick

    friend bool operator==(const Tick&, const Tick&) = default;
};

/// What is known once a source is open.
struct OpenedSource {
    SourceInfo info;
    std::int64_t bootTimeGuessMs = 0; ///< wall time of the boot, as the clocks stand now
};

/// Owns the source of traffic and the collector, and looks at the counters in time. Lives in the counting thread.
class Counter : public QObject {
    Q_OBJECT
public:
    Counter();

    [[nodiscard]] Result<OpenedSource> open(Result<std::unique_ptr<TrafficSource>> source);
    /// Begins to tick; after open() only. `bootTimeMs` as Collector has it.
    void begin(std::int64_t bootTimeMs, std::chrono::milliseconds interval);
    /// What the history has of this set from earlier helpers belongs to every look from now on.
    void resume(const Past& past);
    /// The history has recorded the snapshot.
    void noteRecorded(const Snapshot& recorded);
    void setInterval(std::chrono::milliseconds interval);
    /// A look between the ticks. Does not shorten the tick that follows.
    [[nodiscard]] Result<SnapshotPtr> look();
    /// From now on the interfaces are connected to these. The look before that, by what was known until then; null
    /// where nothing was.
    [[nodiscard]] Result<SnapshotPtr> setConnections(const NetworkList& connections);
    /// The last look; no tick comes after it.
    [[nodiscard]] Result<SnapshotPtr> lastLook();
    /// Nothing counts on. After the last look.
    void end();

Q_SIGNALS:
    /// Each interval's outcome.
    void ticked(const bwt::Result<bwt::Tick>& tick);

private:
    void handleTimeout();
    void arm();

    QTimer m_timer;
    std::chrono::milliseconds m_interval{0};
    std::int64_t m_dueMs = 0; ///< wall time of the tick that the timer waits for
    std::unique_ptr<TrafficSource> m_source;
    std::optional<Reading> m_opening; ///< the look of open(), until begin()
    std::optional<Collector> m_collector;
    SnapshotPtr m_previous;
};

} // namespace bwt

Q_DECLARE_METATYPE(bwt::Result<bwt::Tick>)
