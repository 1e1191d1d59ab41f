// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/palette.h"
#include "dbus/row.h"

#include <QStringList>

namespace bwt::cli {

/// What `bwtctl status` prints for people; ages count back from `nowMs`.
[[nodiscard]] QStringList statusReport(const Status& status, qint64 nowMs, const Palette& palette);

} // namespace bwt::cli
