// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/usagefilter.h"

#include "app/models/usagemodel.h"

namespace bwt {

UsageFilter::UsageFilter(QObject* parent)
    : QSortFilterProxyModel(parent)
{
}

void UsageFilter::setText(const QString& text)
{
    if (text == m_text)
        return;
    m_text = text;
    invalidateFilter();
}

QList<UsageGroup> UsageFilter::shownGroups() const
{
    const auto* model = qobject_cast<const UsageModel*>(sourceModel());
    QList<UsageGroup> shown;
    for (int row = 0; model != nullptr && row < rowCount(); ++row)
        shown.append(model->groups().at(mapToSource(index(row, 0)).row()));
    return shown;
}

void UsageFilter::sort(int column, Qt::SortOrder order)
{
    if (sourceModel() != nullptr)
        sourceModel()->sort(column, order);
}

bool UsageFilter::filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const
{
    const auto* model = qobject_cast<const UsageModel*>(sourceModel());
    if (model == nullptr || sourceParent.isValid())
        return false;
    const UsageGroup& group = model->groups().at(sourceRow);
    return matchesText(group.row, group.name, m_text);
}

} // namespace bwt
