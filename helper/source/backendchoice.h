// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/checkreport.h"

namespace bwt {

/// Loads and attaches every backend in turn, takes it out again and says what happened. Counts nothing that lasts.
[[nodiscard]] CheckReport checkBackends();

} // namespace bwt
