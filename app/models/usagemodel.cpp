// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/usagemodel.h"

#include "app/models/format.h"
#include "app/models/placetext.h"

#include <QTextDocument>

#include <algorithm>
#include <utility>

namespace bwt {

namespace {

std::optional<quint64> numberOf(const Numbers& numbers, int column)
{
    switch (column) {
    case UsageModel::RxRateColumn:
        return numbers.rxRate;
    case UsageModel::TxRateColumn:
        return numbers.txRate;
    case UsageModel::RxBytesColumn:
        return numbers.rxBytes;
    case UsageModel::TxBytesColumn:
        return numbers.txBytes;
    default:
        return std::nullopt;
    }
}

bool isText(int column)
{
    return column == UsageModel::NameColumn || column == UsageModel::CountryColumn
        || column == UsageModel::OperatorColumn;
}

QString textOf(const UsageGroup& group, int column)
{
    if (column == UsageModel::NameColumn)
        return group.name;
    if (column == UsageModel::CountryColumn)
        return countryName(group.row.country);
    if (column == UsageModel::OperatorColumn)
        return operatorName(group.row.asn, group.row.asName);
    const std::optional<quint64> number = numberOf(group.row.numbers, column);
    if (column == UsageModel::RxRateColumn || column == UsageModel::TxRateColumn)
        return formatRate(number);
    return number ? formatBytes(*number) : QString();
}

} // namespace

UsageModel::UsageModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

void UsageModel::setGroups(const QList<UsageGroup>& groups, Grouping grouping)
{
    if (std::exchange(m_grouping, grouping) != grouping)
        Q_EMIT headerDataChanged(Qt::Horizontal, NameColumn, NameColumn);

    QHash<QString, qsizetype> wanted;
    for (qsizetype i = 0; i < groups.size(); ++i)
        wanted.insert(groups.at(i).key, i);
    removeMissing(wanted);

    QList<UsageGroup> added;
    for (const UsageGroup& group : groups) {
        const auto row = m_rowOfKey.constFind(group.key);
        if (row == m_rowOfKey.constEnd())
            added.append(group);
        else
            m_groups[*row] = group;
    }
    if (!m_groups.isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, NUM_COLUMNS - 1));
    appendNew(std::move(added));
}

void UsageModel::removeMissing(const QHash<QString, qsizetype>& wanted)
{
    for (int row = rowCount() - 1; row >= 0; --row) {
        if (wanted.contains(m_groups.at(row).key))
            continue;
        beginRemoveRows({}, row, row);
        m_groups.removeAt(row);
        indexRows();
        endRemoveRows();
    }
}

void UsageModel::appendNew(QList<UsageGroup> added)
{
    if (added.isEmpty())
        return;
    std::ranges::stable_sort(added, [this](const auto& left, const auto& right) { return isBefore(left, right); });
    beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(added.size()) - 1);
    m_groups.append(added);
    indexRows();
    endInsertRows();
}

void UsageModel::setTrends(const QHash<QString, QList<float>>& trends)
{
    m_trends = trends;
    if (!m_groups.isEmpty())
        Q_EMIT dataChanged(index(0, TrendColumn), index(rowCount() - 1, TrendColumn), {TrendRole});
}

void UsageModel::setColorIndexes(const QHash<QString, int>& indexes)
{
    if (std::exchange(m_colorIndexes, indexes) == indexes || m_groups.isEmpty())
        return;
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, NUM_COLUMNS - 1), {ColorIndexRole});
}

std::optional<UsageGroup> UsageModel::groupOf(const QString& key) const
{
    const auto row = m_rowOfKey.constFind(key);
    if (row == m_rowOfKey.constEnd())
        return std::nullopt;
    return m_groups.at(*row);
}

bool UsageModel::isKnown(Column column) const
{
    if (column == CountryColumn)
        return m_grouping != Grouping::Country
            && std::ranges::any_of(m_groups, [](const UsageGroup& group) { return !group.row.country.isEmpty(); });
    if (column == OperatorColumn)
        return m_grouping != Grouping::Operator
            && std::ranges::any_of(m_groups, [](const UsageGroup& group) { return group.row.asn.has_value(); });
    return true;
}

bool UsageModel::isInOrder() const
{
    return std::ranges::is_sorted(
        m_groups, [this](const auto& left, const auto& right) { return isBefore(left, right); });
}

int UsageModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_groups.size());
}

int UsageModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : NUM_COLUMNS;
}

QVariant UsageModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const UsageGroup& group = m_groups.at(index.row());
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return textOf(group, column);
    case Qt::ToolTipRole:
        if (column == NameColumn && !group.row.exe.isEmpty())
            return Qt::convertFromPlainText(group.row.exe); // a path may look like markup
        if (column == NameColumn && !group.row.remoteName.isEmpty())
            return group.row.remoteIp;
        return {};
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter | (isText(column) ? Qt::AlignLeft : Qt::AlignRight));
    case KeyRole:
        return group.key;
    case NumberRole: {
        const auto number = numberOf(group.row.numbers, column);
        return number ? QVariant::fromValue(*number) : QVariant();
    }
    case ColorIndexRole: {
        const auto color = m_colorIndexes.constFind(group.key);
        return color == m_colorIndexes.constEnd() ? QVariant() : QVariant(*color);
    }
    case TrendRole:
        return column == TrendColumn ? QVariant::fromValue(m_trends.value(group.key)) : QVariant();
    default:
        return {};
    }
}

QVariant UsageModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter | (isText(section) ? Qt::AlignLeft : Qt::AlignRight));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn:
        switch (m_grouping) {
        case Grouping::App:
            return tr("App");
        case Grouping::Process:
            return tr("Process");
        case Grouping::Host:
            return tr("Host");
        case Grouping::Protocol:
            return tr("Protocol");
        case Grouping::Country:
            return tr("Country");
        case Grouping::Operator:
            return tr("Network operator");
        }
        return {};
    case CountryColumn:
        return tr("Country");
    case OperatorColumn:
        return tr("Network operator");
    case RxRateColumn:
        return tr("Now ↓");
    case TxRateColumn:
        return tr("Now ↑");
    case TrendColumn:
        return tr("Trend");
    case RxBytesColumn:
        return tr("Total ↓");
    case TxBytesColumn:
        return tr("Total ↑");
    default:
        return {};
    }
}

bool UsageModel::isBefore(const UsageGroup& left, const UsageGroup& right) const
{
    const bool descending = m_sortOrder == Qt::DescendingOrder;
    const UsageGroup& first = descending ? right : left;
    const UsageGroup& second = descending ? left : right;
    if (isText(m_sortColumn))
        return QString::localeAwareCompare(textOf(first, m_sortColumn), textOf(second, m_sortColumn)) < 0;
    return numberOf(first.row.numbers, m_sortColumn) < numberOf(second.row.numbers, m_sortColumn);
}

void UsageModel::sort(int column, Qt::SortOrder order)
{
    if (column < 0 || column >= NUM_COLUMNS || column == TrendColumn)
        return;
    m_sortColumn = static_cast<Column>(column);
    m_sortOrder = order;

    Q_EMIT layoutAboutToBeChanged({}, VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    QStringList keys;
    for (const QModelIndex& index : before)
        keys.append(m_groups.at(index.row()).key);
    std::ranges::stable_sort(m_groups, [this](const auto& left, const auto& right) { return isBefore(left, right); });
    indexRows();
    QModelIndexList after;
    for (qsizetype i = 0; i < before.size(); ++i)
        after.append(index(static_cast<int>(m_rowOfKey.value(keys.at(i))), before.at(i).column()));
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged({}, VerticalSortHint);
}

void UsageModel::indexRows()
{
    m_rowOfKey.clear();
    for (qsizetype row = 0; row < m_groups.size(); ++row)
        m_rowOfKey.insert(m_groups.at(row).key, row);
}

} // namespace bwt
