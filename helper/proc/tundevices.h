// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"

#include <QByteArray>

#include <vector>

namespace bwt {

/// Names of the tun and tap devices that the process has open, each in its own network namespace. Empty where it is
/// gone, or may not be looked at.
[[nodiscard]] std::vector<QByteArray> tunDevicesOf(const ProcessId& id);

} // namespace bwt
