// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/usagetable.h"

#include "app/models/theme.h"
#include "app/models/usagemodel.h"
#include "app/views/usagedelegate.h"

#include <QHeaderView>
#include <QPainter>

namespace bwt {

namespace {

constexpr int sideMargin = 10;

/// Flat, with the sorted column's arrow beside its words.
class UsageHeader : public QHeaderView {
public:
    explicit UsageHeader(QWidget* parent)
        : QHeaderView(Qt::Horizontal, parent)
    {
        setSectionsClickable(true);
        setSortIndicatorShown(true);
        setHighlightSections(false);
        setMinimumSectionSize(1);
    }

    [[nodiscard]] QSize sizeHint() const override
    {
        return {QHeaderView::sizeHint().width(), fontMetrics().height() * 19 / 10};
    }

protected:
    void paintSection(QPainter* painter, const QRect& rect, int section) const override
    {
        const bool isSorted = sortIndicatorSection() == section;
        const auto alignment
            = model()->headerData(section, orientation(), Qt::TextAlignmentRole).value<Qt::Alignment>();
        const bool isLeft = alignment.testFlag(Qt::AlignLeft);
        QString text = model()->headerData(section, orientation()).toString();
        if (isSorted)
            text = (isLeft ? text % u' ' : QString()) % (sortIndicatorOrder() == Qt::AscendingOrder ? u'▴' : u'▾')
                % (isLeft ? QString() : u' ' % text);
        painter->save();
        painter->fillRect(rect, palette().base());
        painter->setPen(theme::border(palette()));
        painter->drawLine(rect.bottomLeft(), rect.bottomRight());
        painter->setFont(font());
        painter->setPen(isSorted ? palette().color(QPalette::Text) : theme::muted(palette()));
        painter->drawText(rect.adjusted(sideMargin, 0, -sideMargin, 0), alignment, text);
        painter->restore();
    }
};

} // namespace

UsageTable::UsageTable(QWidget* parent)
    : QTreeView(parent)
    , m_delegate(new UsageDelegate(this))
{
    setObjectName(QStringLiteral("usageTable"));
    setAccessibleName(tr("Usage"));
    setHeader(new UsageHeader(this));
    setItemDelegate(m_delegate);
    setFrameShape(QFrame::NoFrame);
    setRootIsDecorated(false);
    setUniformRowHeights(true);
    setAllColumnsShowFocus(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    header()->setStretchLastSection(false);
}

void UsageTable::setModel(QAbstractItemModel* model)
{
    QTreeView::setModel(model);
    header()->setSortIndicator(UsageModel::RxBytesColumn, Qt::DescendingOrder);
    connect(header(), &QHeaderView::sortIndicatorChanged, model,
        [model](int column, Qt::SortOrder order) { model->sort(column, order); });
    layOutColumns();
}

void UsageTable::setColumns(Columns columns)
{
    if (m_columns == columns)
        return;
    m_columns = columns;
    if (columns == Columns::Past && header()->sortIndicatorSection() != UsageModel::NameColumn)
        header()->setSortIndicator(UsageModel::RxBytesColumn, Qt::DescendingOrder);
    layOutColumns();
}

void UsageTable::setPlaces(bool hasCountries, bool hasOperators)
{
    if (m_hasCountries == hasCountries && m_hasOperators == hasOperators)
        return;
    m_hasCountries = hasCountries;
    m_hasOperators = hasOperators;
    layOutColumns();
    if (isColumnHidden(header()->sortIndicatorSection()))
        header()->setSortIndicator(UsageModel::RxBytesColumn, Qt::DescendingOrder);
}

void UsageTable::setStale(bool stale)
{
    m_delegate->setStale(stale);
    viewport()->update();
}

QString UsageTable::currentKey() const
{
    return currentIndex().data(UsageModel::KeyRole).toString();
}

bool UsageTable::isAtRest() const
{
    return !underMouse() && !hasFocus();
}

void UsageTable::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    QTreeView::currentChanged(current, previous);
    Q_EMIT currentKeyChanged(current.data(UsageModel::KeyRole).toString());
}

void UsageTable::resizeEvent(QResizeEvent* event)
{
    QTreeView::resizeEvent(event);
    layOutColumns();
}

void UsageTable::layOutColumns()
{
    if (model() == nullptr)
        return;
    const QFontMetrics metrics = fontMetrics();
    const int rate = metrics.horizontalAdvance(QStringLiteral("888.8 MB/s")) + 2 * sideMargin;
    const int bytes = metrics.horizontalAdvance(QStringLiteral("▾ Total ↓ 8")) + 2 * sideMargin;
    const int trend = metrics.height() * 8;
    const bool isLive = m_columns == Columns::Live;
    const int numbers = (isLive ? 2 * rate : 0) + 2 * bytes;
    const int country = metrics.horizontalAdvance(QStringLiteral("United States")) + 2 * sideMargin;
    const int networkOperator = metrics.height() * 11;
    int room = viewport()->width() - numbers - metrics.height() * 11;
    const auto fits = [&room](int width) {
        const bool isEnough = width <= room;
        room -= isEnough ? width : 0;
        return isEnough;
    };
    setColumnHidden(UsageModel::CountryColumn, !m_hasCountries || !fits(country));
    setColumnHidden(UsageModel::OperatorColumn, !m_hasOperators || !fits(networkOperator));
    const bool hasTrend = fits(trend);
    setColumnHidden(UsageModel::RxRateColumn, !isLive);
    setColumnHidden(UsageModel::TxRateColumn, !isLive);
    setColumnHidden(UsageModel::TrendColumn, !hasTrend);
    header()->setSectionResizeMode(QHeaderView::Fixed);
    header()->setSectionResizeMode(UsageModel::NameColumn, QHeaderView::Stretch);
    header()->resizeSection(UsageModel::CountryColumn, country);
    header()->resizeSection(UsageModel::OperatorColumn, networkOperator);
    header()->resizeSection(UsageModel::RxRateColumn, rate);
    header()->resizeSection(UsageModel::TxRateColumn, rate);
    header()->resizeSection(UsageModel::TrendColumn, trend);
    header()->resizeSection(UsageModel::RxBytesColumn, bytes);
    header()->resizeSection(UsageModel::TxBytesColumn, bytes);
}

} // namespace bwt
