// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/deadline.h"
#include "helper/store/store.h"

namespace bwt::store {

/// Deletes from every tier, with the names that are left without a row. Returns how many rows went.
[[nodiscard]] quint64 clearHistory(const Database& database, const Clearing& what);

} // namespace bwt::store
