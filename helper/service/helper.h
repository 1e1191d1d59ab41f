// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/service/buspresence.h"
#include "helper/service/engine.h"
#include "helper/service/exitcode.h"
#include "helper/service/settings.h"

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
    /// before there is another. Why the process has to end is logged.
    [[nodiscard]] static tl::expected<std::unique_ptr<Helper>, ExitCode> make(HelperSettings settings);

    /// Counts and answers from now on; nothing when that is so, else why the process has to end, which is logged.
    [[nodiscard]] std::optional<ExitCode> start();
    /// Takes over what may change while running.
    void reload(const HelperSettings& settings);
    /// Stores what is pending, then finished(). Counting goes on where it can, until the next helper comes; where
    /// none will, since the service is stopped, it ends.
    void terminate();

Q_SIGNALS:
    void finished(bwt::ExitCode code);

private:
    Helper(HelperSettings settings, Result<std::unique_ptr<TrafficSource>> source);
    void stop(ExitCode code, Engine::Ending ending);
    void watchOver();

    HelperSettings m_settings;
    Engine m_engine;
    BusPresence m_bus;
    QTimer m_watchdog;
    bool m_isStopping = false;
};

} // namespace bwt
