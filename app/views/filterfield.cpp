// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/filterfield.h"

#include "app/models/theme.h"

#include <QPainter>

namespace bwt {

namespace {

constexpr double radius = 6;

} // namespace

FilterField::FilterField(QWidget* parent)
    : QLineEdit(parent)
{
    setFrame(false);
    setClearButtonEnabled(true);
    // The sheet beneath is painted here; the line edit's own would hide it.
    QPalette clear;
    clear.setColor(QPalette::Base, Qt::transparent);
    setPalette(clear);
    setTextMargins(fontMetrics().height() * 3 / 2, 0, 4, 0);
}

void FilterField::paintEvent(QPaintEvent* event)
{
    QPainter painter(this);
    painter.setOpacity(isEnabled() ? 1 : 0.45);
    painter.setRenderHint(QPainter::Antialiasing);
    const double width = hasFocus() ? 2 : 1;
    const QColor line = hasFocus() ? theme::accent(palette()) : theme::border(parentWidget()->palette());
    painter.setPen(QPen(line, width));
    painter.setBrush(parentWidget()->palette().base());
    painter.drawRoundedRect(QRectF(rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2), radius, radius);

    const double side = fontMetrics().height() * 0.55;
    const QRectF lens(fontMetrics().height() * 0.6, (height() - side) / 2 - 1, side * 0.8, side * 0.8);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme::muted(parentWidget()->palette()), 1.4, Qt::SolidLine, Qt::RoundCap));
    painter.drawEllipse(lens);
    const QPointF rim = lens.center() + QPointF(1, 1) * (lens.width() / 2 * 0.72);
    painter.drawLine(rim, rim + QPointF(1, 1) * (side * 0.32));
    painter.end();
    QLineEdit::paintEvent(event);
}

} // namespace bwt
