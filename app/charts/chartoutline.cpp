// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/charts/chartoutline.h"

#include <QPainter>

namespace bwt {

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
            // A band of no height would show as a line where there is nothing.
            if (stack.at(band + 1) == stack.at(band))
                continue;
            painter->setPen(QPen(m_content.colors.at(band), 1));
            for (const QPolygonF& line : onScene(stack.at(band + 1)))
                painter->drawPolyline(line);
        }
    }
}

QList<QPolygonF> ChartOutline::onScene(const QList<QPointF>& edge) const
{
    const QRectF& plot = m_content.plot;
    const double perMs = plot.width() / static_cast<double>(m_content.span.lengthMs());
    const double perRate = plot.height() / (m_content.rates.highest - m_content.rates.lowest);
    QList<QPolygonF> lines;
    double lastX = -1;
    for (const QPointF& point : edge) {
        if (lines.isEmpty() || point.x() == lastX)
            lines.append(QPolygonF()); // where a gap begins or ends the areas are upright, and need no line
        lastX = point.x();
        lines.last().append({plot.left() + (point.x() - static_cast<double>(m_content.span.sinceMs)) * perMs,
            plot.bottom() - (point.y() - m_content.rates.lowest) * perRate});
    }
    return lines;
}

} // namespace bwt
