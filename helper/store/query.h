// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"
#include "helper/store/store.h"

/// Answers from the tiers. Both throw DatabaseError; a question that can't be answered is an InvalidArgument or a
/// LimitExceeded.
namespace bwt::store {

[[nodiscard]] Result<Frame> queryTop(const Database& database, const HistoryQuery& query);
[[nodiscard]] Result<Series> querySeries(const Database& database, const HistoryQuery& query, Bucket bucket);

} // namespace bwt::store
