// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/livebook.h"

#include <algorithm>
#include <iterator>

namespace bwt {

void LiveBook::apply(const Frame& frame, bool complete)
{
    if (complete) {
        m_rows.clear();
        m_indexOfKey.clear();
    }
    for (const Row& row : frame.rows) {
        const QString key = groupKey(row, m_grouping) % u'|' % row.scope;
        const auto known = m_indexOfKey.constFind(key);
        if (known != m_indexOfKey.constEnd()) {
            m_rows[*known] = row;
            continue;
        }
        m_indexOfKey.insert(key, m_rows.size());
        m_rows.append(row);
    }
}

Dimensions LiveBook::dimensions(Grouping grouping)
{
    return {dimensionOf(grouping), Dimension::Scope};
}

QList<UsageGroup> LiveBook::groups(ScopeChoice scope) const
{
    QList<Row> chosen;
    std::ranges::copy_if(
        m_rows, std::back_inserter(chosen), [&](const Row& row) { return holdsScope(scope, row.scope); });
    return groupRows(chosen, m_grouping);
}

} // namespace bwt
