// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"

namespace bwt::store {

/// Packs what versions 1 to 4 kept as one row for each bucket and flow (`flat_minute`, `flat_hour`, `flat_flow`) into
/// the tiers of version 5. Days and months are rolled up from it later.
void packFlatTiers(const Database& database);

} // namespace bwt::store
