// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/usagedelegate.h"

#include "app/models/theme.h"
#include "app/models/usagemodel.h"
#include "app/views/panel.h"
#include "app/views/tabulartext.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace bwt {

namespace {

constexpr int sideMargin = 10;

std::optional<int> colorIndex(const QModelIndex& index)
{
    const QVariant color = index.data(UsageModel::ColorIndexRole);
    return color.isValid() ? std::optional(color.toInt()) : std::nullopt;
}

} // namespace

void UsageDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    painter->save();
    if (option.state.testFlag(QStyle::State_Selected))
        painter->fillRect(option.rect, theme::chosen(option.palette));
    painter->setFont(option.font);
    painter->setPen(textColor(option, index));
    switch (index.column()) {
    case UsageModel::NameColumn:
        paintName(*painter, option, index);
        break;
    case UsageModel::CountryColumn:
    case UsageModel::OperatorColumn:
        paintText(*painter, option, index);
        break;
    case UsageModel::TrendColumn:
        paintTrend(*painter, option, index);
        break;
    default:
        drawTabular(
            *painter, QRectF(option.rect).adjusted(0, 0, -sideMargin, 0), Qt::AlignRight, index.data().toString());
    }
    painter->restore();
}

QSize UsageDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    const int em = option.fontMetrics.height();
    return {em * 6, em * 19 / 10};
}

QColor UsageDelegate::textColor(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QVariant number = index.data(UsageModel::NumberRole);
    const bool isRate = index.column() == UsageModel::RxRateColumn || index.column() == UsageModel::TxRateColumn;
    if (m_stale || (isRate && number.toULongLong() == 0))
        return theme::muted(option.palette);
    if (index.column() == UsageModel::RxRateColumn)
        return theme::download(option.palette);
    if (index.column() == UsageModel::TxRateColumn)
        return theme::upload(option.palette);
    return option.palette.color(QPalette::Text);
}

void UsageDelegate::paintName(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    if (option.state.testFlag(QStyle::State_HasFocus))
        painter.fillRect(QRect(option.rect.topLeft(), QSize(3, option.rect.height())), theme::accent(option.palette));
    const double side = option.fontMetrics.height() * 0.8;
    const QRectF swatch(option.rect.left() + sideMargin, option.rect.center().y() - side / 2 + 0.5, side, side);
    QColor color = theme::group(option.palette, colorIndex(index));
    if (m_stale)
        color.setAlphaF(0.4F);
    paintSwatch(painter, swatch, color);
    const QRectF text(
        swatch.right() + 8, option.rect.top(), option.rect.right() - swatch.right() - 12, option.rect.height());
    painter.drawText(text, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
        option.fontMetrics.elidedText(index.data().toString(), Qt::ElideMiddle, static_cast<int>(text.width())));
}

void UsageDelegate::paintText(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QRect text = option.rect.adjusted(sideMargin, 0, -sideMargin, 0);
    painter.drawText(text, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
        option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, text.width()));
}

void UsageDelegate::paintTrend(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const auto trend = index.data(UsageModel::TrendRole).value<QList<float>>();
    if (trend.size() < 2)
        return;
    float highest = 0;
    for (const float rate : trend)
        highest = std::max(highest, std::isnan(rate) ? 0 : rate);
    const QRectF area
        = QRectF(option.rect)
              .adjusted(sideMargin, option.rect.height() * 0.22, -sideMargin, -option.rect.height() * 0.26);
    QPainterPath line;
    for (qsizetype i = 0; i < trend.size(); ++i) {
        if (std::isnan(trend.at(i)))
            continue;
        const double x = area.left() + area.width() * static_cast<double>(i) / static_cast<double>(trend.size() - 1);
        const double share = highest > 0 ? trend.at(i) / highest : 0;
        const QPointF point(x, area.bottom() - share * area.height());
        if (i > 0 && !std::isnan(trend.at(i - 1)))
            line.lineTo(point);
        else
            line.moveTo(point);
    }
    QColor color = theme::group(option.palette, colorIndex(index));
    if (m_stale)
        color.setAlphaF(0.4F);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(line);
}

} // namespace bwt
