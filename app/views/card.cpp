// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/card.h"

#include "app/models/theme.h"
#include "app/views/tabulartext.h"

#include <QPainter>

namespace bwt {

namespace {

constexpr int margin = 13;

QFont captionFont(QFont font)
{
    font.setPointSizeF(font.pointSizeF() * 0.92);
    font.setWeight(QFont::Medium);
    return font;
}

QFont numberFont(QFont font)
{
    font.setPointSizeF(font.pointSizeF() * 1.75);
    font.setWeight(QFont::DemiBold);
    return font;
}

} // namespace

Card::Card(const QString& caption, QWidget* parent)
    : Panel(parent)
    , m_caption(caption)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void Card::setCaption(const QString& caption)
{
    m_caption = caption;
    describe();
}

void Card::setNumber(const QString& number, Hue hue, const QString& mark)
{
    m_number = number;
    m_hue = hue;
    m_mark = mark;
    describe();
}

void Card::setWords(const QString& words)
{
    m_words = words;
    describe();
}

void Card::setStale(bool stale)
{
    m_stale = stale;
    update();
}

void Card::describe()
{
    setAccessibleName(m_caption);
    setAccessibleDescription(m_words.isEmpty() ? m_number : m_number % QStringLiteral(", ") % m_words);
    setToolTip(m_words);
    update();
}

QSize Card::sizeHint() const
{
    const int height = QFontMetrics(captionFont(font())).height() + QFontMetrics(numberFont(font())).height();
    return {fontMetrics().height() * 13, height + 2 * margin - 3};
}

QSize Card::minimumSizeHint() const
{
    return {fontMetrics().height() * 9, sizeHint().height()};
}

QColor Card::color() const
{
    if (m_stale)
        return theme::muted(palette());
    switch (m_hue) {
    case Hue::Download:
        return theme::download(palette());
    case Hue::Upload:
        return theme::upload(palette());
    case Hue::Text:
        break;
    }
    return palette().color(QPalette::Text);
}

void Card::paintEvent(QPaintEvent* event)
{
    Panel::paintEvent(event);
    QPainter painter(this);
    const QRectF inside = QRectF(rect()).adjusted(margin, margin - 3, -margin, -margin + 3);

    painter.setFont(captionFont(font()));
    painter.setPen(theme::muted(palette()));
    const QFontMetricsF captionMetrics(painter.font());
    painter.drawText(inside, Qt::AlignTop | Qt::AlignLeft | Qt::TextSingleLine,
        captionMetrics.elidedText(m_caption, Qt::ElideRight, inside.width()));

    const qsizetype space = m_number.lastIndexOf(u' ');
    const QString figures = space < 0 ? m_number : m_number.left(space);
    const QString unit = space < 0 ? QString() : m_number.mid(space + 1);

    painter.setFont(numberFont(font()));
    painter.setPen(color());
    const QFontMetricsF metrics(painter.font());
    const double baseline = inside.bottom() - metrics.descent();
    double x = inside.left();
    if (!m_mark.isEmpty()) {
        painter.drawText(QPointF(x, baseline), m_mark);
        x += metrics.horizontalAdvance(m_mark) + metrics.horizontalAdvance(u' ') * 0.8;
    }
    const double width = tabularWidth(metrics, figures);
    drawTabular(
        painter, QRectF(x, inside.bottom() - metrics.height(), width, metrics.height()), Qt::AlignLeft, figures);
    x += width + metrics.horizontalAdvance(u' ') * 0.8;

    painter.setFont(font());
    painter.setPen(theme::muted(palette()));
    const QFontMetricsF unitMetrics(font());
    painter.drawText(QPointF(x, baseline), unit);
    x += unitMetrics.horizontalAdvance(unit);
    const QString words = QStringLiteral("  ·  ") % m_words;
    if (!m_words.isEmpty() && x + unitMetrics.horizontalAdvance(words) <= inside.right())
        painter.drawText(QPointF(x, baseline), words);
}

} // namespace bwt
