// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/checkreport.h"

namespace bwt {

/// Whether no other backend can do better than this one: it works, and no call is missed for the kernel's preemption.
[[nodiscard]] bool isBest(const BackendReport& report);

/// Of backends in the order of `backends()`: the first that is best, else the first that works, else null.
[[nodiscard]] QString chosenOf(const std::vector<BackendReport>& reports);

/// Loads and attaches every backend in turn, takes it out again and says what happened. Counts nothing that lasts.
[[nodiscard]] CheckReport checkBackends();

} // namespace bwt
