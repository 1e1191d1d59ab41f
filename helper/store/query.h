// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"
#include "helper/store/deadline.h"
#include "helper/store/names.h"
#include "helper/store/store.h"

/// Answers from the tiers. Both throw DatabaseError; a question that can't be answered is an InvalidArgument or a
/// LimitExceeded.
namespace bwt::store {

[[nodiscard]] Result<Frame> queryTop(
    const Database& database, Names& names, const HistoryQuery& query, const Deadline& deadline);
[[nodiscard]] Result<Series> querySeries(
    const Database& database, Names& names, const HistoryQuery& query, Bucket bucket, const Deadline& deadline);

} // namespace bwt::store
