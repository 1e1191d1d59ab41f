// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/limitedrows.h"

#include <utility>

namespace bwt {

void LimitedRows::add(const Row& row)
{
    if (row.kind == RowKind::OtherUsers) {
        m_kept.append(row);
        return;
    }
    if (row.kind == RowKind::Named && !isFull()) {
        ++m_count;
        m_kept.append(row);
        return;
    }
    auto rest = m_rest.find(row.scope);
    if (rest == m_rest.end()) {
        rest = m_rest.insert(row.scope, Row());
        rest->kind = RowKind::Rest;
        rest->scope = row.scope;
    }
    rest->numbers += row.numbers;
}

QList<Row> LimitedRows::take()
{
    m_count = 0;
    return std::exchange(m_kept, {}) + std::exchange(m_rest, {}).values();
}

QList<Row> limitedTo(quint32 limit, const QList<Row>& rows)
{
    LimitedRows limited(limit);
    for (const Row& row : rows)
        limited.add(row);
    return limited.take();
}

} // namespace bwt
