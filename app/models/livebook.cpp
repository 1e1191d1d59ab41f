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
        const bool left = !complete && !row.numbers.rxRate && !row.numbers.txRate;
        if (left)
            remove(key);
        else
            put(key, row);
    }
}

void LiveBook::put(const QString& key, const Row& row)
{
    const auto known = m_indexOfKey.constFind(key);
    if (known != m_indexOfKey.constEnd()) {
        m_rows[*known] = row;
        return;
    }
    m_indexOfKey.insert(key, m_rows.size());
    m_rows.append(row);
}

void LiveBook::remove(const QString& key)
{
    const auto known = m_indexOfKey.constFind(key);
    if (known == m_indexOfKey.constEnd())
        return;
    const qsizetype gone = *known;
    m_indexOfKey.erase(known);
    m_rows.removeAt(gone);
    for (qsizetype& index : m_indexOfKey)
        index -= index > gone ? 1 : 0;
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
