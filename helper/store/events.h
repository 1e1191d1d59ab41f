// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/event.h"
#include "helper/store/coverage.h"

#include <QList>

namespace bwt::store {

/// One that is there already, of the same kind and time, stays as it is.
void writeEvents(const Database& database, const std::vector<Event>& events);
/// Those that began in an interval, or reach into it, in order of time.
[[nodiscard]] QList<Event> readEvents(const Database& database, const Interval& interval);

} // namespace bwt::store
