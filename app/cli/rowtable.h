// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/table.h"
#include "dbus/row.h"
#include "dbus/rowjson.h"

namespace bwt::cli {

/// Rows as a table: the keys that were asked for, then the numbers. With rates for live rows.
[[nodiscard]] Table rowTable(const QList<Row>& rows, Dimensions by, Rates rates);

/// One live row as a line of its own: numbers first, so that lines stay aligned whatever the names are.
[[nodiscard]] QString rowLine(const Row& row, Dimensions by);

/// A series as a table, one line for each row of each bucket, with a bar beside it where a bucket is one row.
[[nodiscard]] Table seriesTable(const Series& series, Dimensions by);

} // namespace bwt::cli
