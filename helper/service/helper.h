// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/service/buspresence.h"
#include "helper/service/engine.h"
#include "helper/service/exitcode.h"
#include "helper/service/settingskeeper.h"

#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace bwt {

/// The running helper: starts everything in order, and ends it in order.
class Helper : public QObject {
    Q_OBJECT
public:
    /// Opens the source of traffic, then gives up the rights that took, for good: a process's first thread calls it,
    /// before there is another. Why the process has to end is logged. The keeper outlives it; what may change while
    /// running is taken over from there.
    [[nodiscard]] static tl::expected<std::unique_ptr<Helper>, ExitCode> make(SettingsKeeper& keeper);

    /// Counts and answers from now on; nothing when that is so, else why the process has to end, which is logged.
    [[nodiscard]] std::optional<ExitCode> start();
    /// Stores what is pending, then finished(). Counting goes on where it can, until the next helper comes; where
    /// none will, since the service is stopped, it ends.
    void terminate();

Q_SIGNALS:
    void finished(bwt::ExitCode code);

private:
    Helper(SettingsKeeper& keeper, Result<std::unique_ptr<TrafficSource>> source);
    void takeSettings();
    void stop(ExitCode code, Engine::Ending ending);
    void watchOver();

    const SettingsKeeper& m_keeper;
    const HelperSettings m_atStart;
    Engine m_engine;
    BusPresence m_bus;
    QTimer m_watchdog;
    bool m_isStopping = false;
};

} // namespace bwt
