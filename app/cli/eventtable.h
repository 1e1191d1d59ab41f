// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/table.h"
#include "dbus/event.h"

namespace bwt::cli {

/// When, and what, in a sentence each.
[[nodiscard]] Table eventTable(const EventList& events);

} // namespace bwt::cli
