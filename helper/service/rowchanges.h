// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"

/// Rows of the same grouping, compared by their keys.
namespace bwt {

/// What turns `before` into `now` for somebody who keeps rows by their keys: new and changed rows as they are, and
/// each row that is no longer there once more with unknown rates, which tells the keeper to drop it.
[[nodiscard]] QList<Row> changedRows(const QList<Row>& before, const QList<Row>& now);

/// Gives `rows` the rates that the last tick had; a row that the tick did not have stood still in it. `tick` has
/// every row, so that those which `rows` has only in a sum give it their rates.
void takeRates(QList<Row>& rows, const QList<Row>& tick);

} // namespace bwt
