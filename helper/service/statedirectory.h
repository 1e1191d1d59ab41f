// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"

namespace bwt {

/// Refuses a state directory that is no directory, or that others than this user may write to: they could put links
/// in our files' place. One that is not there yet is fine: the store makes it.
[[nodiscard]] Result<void> checkStateDirectory(const QString& path);

} // namespace bwt
