// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/table.h"
#include "dbus/appentry.h"

namespace bwt::cli {

/// What `bwtctl apps` prints for people.
[[nodiscard]] Table appTable(const AppList& apps);

} // namespace bwt::cli
