// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"
#include "helper/store/store.h"

/// Deleting from the history. Each returns how many rows of the tiers went, and gives their space back to the file
/// system.
namespace bwt::store {

[[nodiscard]] quint64 dropExpired(const Database& database, const Retention& retention, std::int64_t nowMs);
[[nodiscard]] quint64 dropRange(const Database& database, std::int64_t sinceMs, std::int64_t untilMs);

} // namespace bwt::store
