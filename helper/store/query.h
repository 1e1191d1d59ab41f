// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"
#include "helper/store/deadline.h"
#include "helper/store/plan.h"
#include "helper/store/store.h"
#include "helper/store/summation.h"

/// Answers from the tiers. Both throw DatabaseError; a question that can't be answered is an InvalidArgument or a
/// LimitExceeded.
namespace bwt::store {

[[nodiscard]] Result<Frame> queryTop(const Database& database, const HistoryQuery& query, const Deadline& deadline);
[[nodiscard]] Result<Series> querySeries(
    const Database& database, const HistoryQuery& query, Bucket bucket, const Deadline& deadline);
/// What a range is widened to, and what holds it, where rows have to know so much.
[[nodiscard]] Stored storedFor(const Database& database, const HistoryQuery& query, const Need& need);

} // namespace bwt::store
