// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/table.h"
#include "dbus/settingentry.h"

namespace bwt::cli {

/// What `bwtctl settings` prints for people.
[[nodiscard]] Table settingTable(const SettingList& settings);

} // namespace bwt::cli
