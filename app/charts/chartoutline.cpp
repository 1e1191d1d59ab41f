// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/charts/chartoutline.h"

#include <QPainter>

#include <cmath>

namespace bwt {

namespace {

constexpr double thinnestBand = 1; ///< pixels

} // namespace

ChartOutline::ChartOutline(QGraphicsItem* parent)
    : QGraphicsItem(parent)
{
    setAcceptedMouseButtons(Qt::NoButton);
}

void ChartOutline::setContent(const Content& content)
{
    if (content.plot != m_content.plot)
        prepareGeometryChange();
    m_content = content;
    update();
}

void ChartOutline::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*)
{
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setClipRect(m_content.plot);
    for (const QList<QList<QPointF>>& stack : {m_content.shape.download, m_content.shape.upload}) {
        for (qsizetype band = 0; band < m_content.colors.size(); ++band) {
            painter->setPen(QPen(m_content.colors.at(band), 1));
            for (const QPolygonF& line : linesAlong(stack.at(band), stack.at(band + 1)))
                painter->drawPolyline(line);
        }
    }
}

/// A line where the band is thinner than the line would show more than there is; and where a gap begins or ends the
/// areas are upright and need none.
QList<QPolygonF> ChartOutline::linesAlong(const QList<QPointF>& inner, const QList<QPointF>& outer) const
{
    const QRectF& plot = m_content.plot;
    const double perMs = plot.width() / static_cast<double>(m_content.span.lengthMs());
    const double perRate = plot.height() / (m_content.rates.highest - m_content.rates.lowest);
    QList<QPolygonF> lines{QPolygonF()};
    double lastX = 0;
    for (qsizetype i = 0; i < outer.size(); ++i) {
        const QPointF& point = outer.at(i);
        const bool isThin = std::abs(point.y() - inner.at(i).y()) * perRate < thinnestBand;
        if ((isThin || point.x() == lastX) && !lines.constLast().isEmpty())
            lines.append(QPolygonF());
        lastX = point.x();
        if (!isThin)
            lines.last().append({plot.left() + (point.x() - static_cast<double>(m_content.span.sinceMs)) * perMs,
                plot.bottom() - (point.y() - m_content.rates.lowest) * perRate});
    }
    return lines;
}

} // namespace bwt
