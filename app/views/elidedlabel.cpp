// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/elidedlabel.h"

#include "app/models/theme.h"

#include <QPainter>
#include <QTextDocument>

namespace bwt {

ElidedLabel::ElidedLabel(Tone tone, Qt::TextElideMode mode, QWidget* parent)
    : QWidget(parent)
    , m_tone(tone)
    , m_mode(mode)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void ElidedLabel::setText(const QString& text)
{
    if (text == m_text)
        return;
    m_text = text;
    setAccessibleName(text);
    setToolTip(text.isEmpty() ? QString() : Qt::convertFromPlainText(text)); // a name may look like markup
    updateGeometry();
    update();
}

QSize ElidedLabel::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(m_text) + 1, fontMetrics().height() + 2};
}

QSize ElidedLabel::minimumSizeHint() const
{
    return {0, sizeHint().height()};
}

void ElidedLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(m_tone == Tone::Muted ? theme::muted(palette()) : palette().color(QPalette::Text));
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, fontMetrics().elidedText(m_text, m_mode, width()));
}

} // namespace bwt
