// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/checkreport.h"
#include "dbus/result.h"
#include "helper/source/trafficsource.h"

namespace bwt {

/// What a backend's name is where the best is wanted.
inline const QString anyBackend = QStringLiteral("auto");

/// Whether there is a backend of that name; InvalidArgument says which there are.
[[nodiscard]] Result<void> checkName(const QString& wanted);

/// Whether no other backend can do better than this one: it works, and no call is missed for the kernel's preemption.
[[nodiscard]] bool isBest(const BackendReport& report);

/// Of backends in the order of `backends()`: the first that is best, else the first that works, else null.
[[nodiscard]] QString chosenOf(const QList<BackendReport>& reports);

/// Loads and attaches every backend in turn, takes it out again and says what happened, and what `wanted` (as
/// makeTrafficSource() takes it) makes of that. Counts nothing that lasts.
[[nodiscard]] Result<CheckReport> checkBackends(const QString& wanted, WireCounting wire = WireCounting::On);

} // namespace bwt
