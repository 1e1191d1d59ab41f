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

} // namespace bwt::servicemanager
