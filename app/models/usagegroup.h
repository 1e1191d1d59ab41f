// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/viewchoice.h"
#include "dbus/row.h"

#include <QList>
#include <QString>

namespace bwt {

/// One line of the table: what was grouped, with the sum of its numbers.
struct UsageGroup {
    QString key; ///< identity within one grouping; never shown
    QString name; ///< as people call it
    Row row; ///< the keys of one of its rows, and the sum of all

    friend bool operator==(const UsageGroup&, const UsageGroup&) = default;
};

/// The identity of a row's group. Rows without the key share the empty identity, sums have their own.
[[nodiscard]] QString groupKey(const Row& row, Grouping grouping);
[[nodiscard]] QString groupName(const Row& row, Grouping grouping);
/// Whether the free text occurs in anything by which people know the row. An empty text matches all.
[[nodiscard]] bool matchesText(const Row& row, const QString& name, const QString& text);
/// Narrows a breakdown to the group; nothing when the group can't be looked into.
[[nodiscard]] std::optional<Filter> groupFilter(const UsageGroup& group, Grouping grouping, ScopeChoice scope);

/// One group for each identity, in the order of first sight.
[[nodiscard]] QList<UsageGroup> groupRows(const QList<Row>& rows, Grouping grouping);
/// Whether some of it is summed up since it may not be seen.
[[nodiscard]] bool holdsOtherUsers(const QList<UsageGroup>& groups);
[[nodiscard]] Numbers sumOf(const QList<UsageGroup>& groups);

} // namespace bwt
