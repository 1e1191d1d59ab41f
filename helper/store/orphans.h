// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"

/// Forgetting names that no row has any more: what was cleared must not be readable.
namespace bwt::store {

/// Reads everything.
void dropOrphans(const Database& database);
/// Reads the minutes, which alone know processes.
void dropOrphanedProcesses(const Database& database);

} // namespace bwt::store
