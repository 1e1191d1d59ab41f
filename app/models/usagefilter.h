// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/usagegroup.h"

#include <QSortFilterProxyModel>

namespace bwt {

/// The rows of a UsageModel that the filter box leaves, in the model's own order. Sorting is the model's affair.
class UsageFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit UsageFilter(QObject* parent = nullptr);

    void setText(const QString& text);
    [[nodiscard]] const QString& text() const { return m_text; }
    /// What is shown, for subtotals.
    [[nodiscard]] QList<UsageGroup> shownGroups() const;

    /// Passed on to the model.
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

protected:
    [[nodiscard]] bool filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const override;

private:
    QString m_text;
};

} // namespace bwt
