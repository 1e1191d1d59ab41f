// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"

#include <chrono>

namespace bwt::store {

/// Makes hours of minutes, days of hours and months of days where their time is over, one bucket in a transaction,
/// for about as long as given. Can stop anywhere; goes on where it stopped. Whether there is more to do.
[[nodiscard]] bool rollUp(const Database& database, qint64 nowSeconds, std::chrono::milliseconds most);

} // namespace bwt::store
