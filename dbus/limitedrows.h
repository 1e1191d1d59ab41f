// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"

#include <QMap>

namespace bwt {

/// Rows as they come, of which only the first so many are wanted: the others end in sums, one for each scope, so that
/// whoever adds up the answer gets the whole. Other people's sums are none of the counted, and are always kept.
class LimitedRows {
public:
    /// 0 means all.
    explicit LimitedRows(quint32 limit)
        : m_limit(limit)
    {
    }

    /// Whether a row that is added now ends in a sum: then all that matters are its scope and its numbers.
    [[nodiscard]] bool isFull() const { return m_limit != 0 && m_count >= m_limit; }
    void add(const Row& row);
    /// The rows that were kept, then the sums; nothing is left after it.
    [[nodiscard]] QList<Row> take();

private:
    quint32 m_limit;
    quint32 m_count = 0;
    QList<Row> m_kept;
    QMap<QString, Row> m_rest; ///< by scope
};

[[nodiscard]] QList<Row> limitedTo(quint32 limit, const QList<Row>& rows);

} // namespace bwt
