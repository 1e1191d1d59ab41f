// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/usagegroup.h"

#include <QAbstractTableModel>
#include <QHash>
#include <QList>

#include <optional>

namespace bwt {

/// The table: one row a group. Rows hold still: new numbers change what a row says and never where it is. New groups
/// come last; only sort() moves rows.
class UsageModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        NameColumn,
        CountryColumn,
        OperatorColumn,
        RxRateColumn,
        TxRateColumn,
        TrendColumn,
        RxBytesColumn,
        TxBytesColumn,
        NUM_COLUMNS
    };
    Q_ENUM(Column)
    enum Role {
        KeyRole = Qt::UserRole, ///< QString, UsageGroup::key
        NumberRole, ///< quint64 behind a number, or invalid where it is unknown
        ColorIndexRole, ///< int, or invalid for grey
        TrendRole, ///< QList<float>
    };

    explicit UsageModel(QObject* parent = nullptr);

    /// Shows these groups: known ones change in place, new ones follow in the sorted order, the rest goes.
    void setGroups(const QList<UsageGroup>& groups, Grouping grouping);
    void setTrends(const QHash<QString, QList<float>>& trends);
    void setColorIndexes(const QHash<QString, int>& indexes);

    [[nodiscard]] const QList<UsageGroup>& groups() const { return m_groups; }
    /// Whether a column has anything to show: those of places have not where none is known, or it is the name.
    [[nodiscard]] bool isKnown(Column column) const;
    [[nodiscard]] std::optional<UsageGroup> groupOf(const QString& key) const;
    [[nodiscard]] Column sortColumn() const { return m_sortColumn; }
    [[nodiscard]] Qt::SortOrder sortOrder() const { return m_sortOrder; }
    /// False once numbers have grown past their rows' places.
    [[nodiscard]] bool isInOrder() const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

private:
    void removeMissing(const QHash<QString, qsizetype>& wanted);
    void appendNew(QList<UsageGroup> added);
    [[nodiscard]] bool isBefore(const UsageGroup& left, const UsageGroup& right) const;
    void indexRows();

    QList<UsageGroup> m_groups;
    QHash<QString, qsizetype> m_rowOfKey;
    QHash<QString, QList<float>> m_trends;
    QHash<QString, int> m_colorIndexes;
    Grouping m_grouping = Grouping::App;
    Column m_sortColumn = RxBytesColumn;
    Qt::SortOrder m_sortOrder = Qt::DescendingOrder;
};

} // namespace bwt
