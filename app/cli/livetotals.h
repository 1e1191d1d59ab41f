// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"

#include <QHash>

namespace bwt::cli {

/// What the frames of one subscription add up to: the newest state of every row.
class LiveTotals {
public:
    explicit LiveTotals(Dimensions by)
        : m_by(by)
    {
    }

    /// A complete frame replaces everything; another brings the rows that changed, and with unknown rates those that
    /// are no longer among the biggest.
    void apply(const Frame& frame, bool complete);

    [[nodiscard]] int ticks() const { return m_ticks; }
    /// The last frame without its rows.
    [[nodiscard]] const Frame& head() const { return m_head; }
    /// Sums by some of the subscription's dimensions, the busiest first.
    [[nodiscard]] QList<Row> rows(Dimensions by) const;
    /// One sum of all.
    [[nodiscard]] Numbers sum() const;

private:
    struct Entry {
        Row row;
        double activity = 0; ///< bytes a second, smoothed, so that the order does not jump with each tick
    };

    Dimensions m_by;
    int m_ticks = 0;
    Frame m_head;
    QHash<QString, Entry> m_entries;
};

} // namespace bwt::cli
