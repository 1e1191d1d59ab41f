// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"

namespace bwt {

/// Absolute path of what the process runs now; null when it is gone, or has none, or may not be looked at.
[[nodiscard]] QString executableOf(const ProcessId& id);

} // namespace bwt
