// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <chrono>
#include <optional>

/// What systemd wants to hear (sd_notify(3)). Without systemd nobody listens, and that is no failure.
namespace bwt::servicemanager {

void ready(const QString& status);
void stopping();
void alive();
/// How often alive() must be said; nothing when nobody waits for it.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog();
/// Whether this process is to end since somebody stops the service, and not for another to come in its place. Asks on
/// the system bus; who doesn't answer soon means no.
[[nodiscard]] bool isStop();

} // namespace bwt::servicemanager
