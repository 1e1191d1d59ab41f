// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/charts/chartgrid.h"

#include "app/models/theme.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace bwt {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(bwt::ChartGrid)
};

/// On whole pixels, so that a hairline stays one.
double crisp(double position)
{
    return std::floor(position) + 0.5;
}

} // namespace

ChartGrid::ChartGrid(Layer layer, QGraphicsItem* parent)
    : QGraphicsItem(parent)
    , m_layer(layer)
{
    setAcceptedMouseButtons(Qt::NoButton);
}

void ChartGrid::setContent(const Content& content)
{
    if (content.plot != m_content.plot)
        prepareGeometryChange();
    m_content = content;
    update();
}

QRectF ChartGrid::boundingRect() const
{
    // Words stand below the plot and to its right.
    return m_content.plot.adjusted(-1, -20, 120, 40);
}

void ChartGrid::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*)
{
    if (m_content.plot.isEmpty() || m_content.span.lengthMs() <= 0)
        return;
    painter->setFont(m_content.font);
    if (m_layer == Layer::Lines) {
        paintGaps(*painter);
        paintLines(*painter);
    } else {
        paintWords(*painter);
    }
}

double ChartGrid::xOf(qint64 ms) const
{
    const double share
        = static_cast<double>(ms - m_content.span.sinceMs) / static_cast<double>(m_content.span.lengthMs());
    return m_content.plot.left() + share * m_content.plot.width();
}

double ChartGrid::yOf(double bytesPerSecond) const
{
    const RateScale& rates = m_content.rates;
    return m_content.plot.bottom()
        - (bytesPerSecond - rates.lowest) / (rates.highest - rates.lowest) * m_content.plot.height();
}

void ChartGrid::paintLines(QPainter& painter) const
{
    const QRectF& plot = m_content.plot;
    painter.setPen(QPen(theme::gridLine(m_content.palette), 1));
    for (const RateTick& tick : m_content.rates.ticks) {
        const double y = crisp(yOf(tick.bytesPerSecond));
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
    }
}

void ChartGrid::paintGaps(QPainter& painter) const
{
    const QRectF& plot = m_content.plot;
    QColor hatch = theme::muted(m_content.palette);
    hatch.setAlphaF(0.28F);
    const QFontMetricsF metrics(m_content.font);
    for (const TimeSpan& gap : m_content.gaps) {
        const double left = std::max(plot.left(), xOf(gap.sinceMs));
        const double right = std::min(plot.right(), xOf(gap.untilMs));
        if (right - left < 1)
            continue;
        painter.fillRect(QRectF(left, plot.top(), right - left, plot.height()), QBrush(hatch, Qt::BDiagPattern));
        const QString word = Text::tr("not recorded");
        if (metrics.horizontalAdvance(word) + 12 > right - left)
            continue;
        const QPointF baseline(
            (left + right - metrics.horizontalAdvance(word)) / 2, plot.top() + metrics.ascent() + 4);
        painter.setPen(theme::muted(m_content.palette));
        painter.drawText(baseline, word);
    }
}

void ChartGrid::paintWords(QPainter& painter) const
{
    const QRectF& plot = m_content.plot;
    const QColor background = m_content.palette.color(QPalette::Base);
    const QColor color = theme::muted(m_content.palette);
    const QFontMetricsF metrics(m_content.font);

    const double axis = crisp(yOf(0));
    painter.setPen(QPen(theme::blend(background, m_content.palette.color(QPalette::Text), 0.45), 1));
    painter.drawLine(QPointF(plot.left(), axis), QPointF(plot.right(), axis));

    painter.setPen(color);
    for (const RateTick& tick : m_content.rates.ticks) {
        const double baseline = yOf(tick.bytesPerSecond) + metrics.capHeight() / 2;
        painter.drawText(QPointF(plot.right() + 8, baseline), tick.label);
    }

    double freeFrom = plot.left();
    for (const TimeTick& tick : m_content.times) {
        const double width = metrics.horizontalAdvance(tick.label);
        const double left = std::clamp(xOf(tick.ms) - width / 2, plot.left(), plot.right() - width);
        if (left < freeFrom)
            continue;
        painter.drawText(QPointF(left, plot.bottom() + metrics.ascent() + 6), tick.label);
        freeFrom = left + width + 10;
    }
}

} // namespace bwt
