// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusConnection>

namespace bwt {

/// Connects to "system", "session" or a D-Bus address. A connection of our own, not Qt's shared one, which would stay
/// broken once it broke; for the same reason a name that was used can't connect again.
[[nodiscard]] QDBusConnection connectToBus(const QString& bus, const QString& connectionName);

} // namespace bwt
