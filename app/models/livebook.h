// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/usagegroup.h"
#include "dbus/row.h"

#include <QHash>
#include <QList>

namespace bwt {

/// What the frames of one subscription add up to: the newest state of every row. Frames bring changed rows only, and
/// one row for each scope that a group used.
class LiveBook {
public:
    explicit LiveBook(Grouping grouping = Grouping::App)
        : m_grouping(grouping)
    {
    }

    /// A complete frame replaces everything. Any other replaces the rows it names, and takes out those without rates:
    /// they are followed no longer.
    void apply(const Frame& frame, bool complete);

    [[nodiscard]] Grouping grouping() const { return m_grouping; }
    [[nodiscard]] bool isEmpty() const { return m_rows.isEmpty(); }
    /// The dimensions to subscribe to.
    [[nodiscard]] static Dimensions dimensions(Grouping grouping);

    /// All rows, in the order of first sight.
    [[nodiscard]] const QList<Row>& rows() const { return m_rows; }
    [[nodiscard]] QList<UsageGroup> groups(ScopeChoice scope) const;

private:
    void put(const QString& key, const Row& row);
    void remove(const QString& key);

    Grouping m_grouping;
    QList<Row> m_rows;
    QHash<QString, qsizetype> m_indexOfKey;
};

} // namespace bwt
