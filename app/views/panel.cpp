// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/panel.h"

#include "app/models/theme.h"

#include <QPainter>

namespace bwt {

Panel::Panel(QWidget* parent)
    : QWidget(parent)
{
}

void Panel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme::border(palette()), 1));
    painter.setBrush(palette().base());
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
}

void paintSwatch(QPainter& painter, const QRectF& rect, const QColor& color)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    const double radius = rect.width() / 5;
    painter.drawRoundedRect(rect, radius, radius);
    painter.restore();
}

} // namespace bwt
