// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/places/places.h"

namespace bwt::test {

/// Files of places for the made-up year's hosts: as many countries and operators in as many networks as real ones
/// have for the addresses that a desktop meets.
[[nodiscard]] Result<PlaceFiles> makeAtlas(const QString& folder);

} // namespace bwt::test
