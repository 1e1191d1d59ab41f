// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/barlist.h"

#include "app/models/format.h"
#include "app/models/theme.h"
#include "app/views/tabulartext.h"

#include <QPainter>

#include <algorithm>
#include <utility>

namespace bwt {

namespace {

constexpr qsizetype linesAtMost = 5;
constexpr int barHeight = 4;

quint64 bytesOf(const UsageGroup& group)
{
    return group.row.numbers.rxBytes + group.row.numbers.txBytes;
}

} // namespace

BarList::BarList(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void BarList::setTitle(const QString& title)
{
    m_title = title;
    setAccessibleName(title);
    update();
}

void BarList::setGroups(const QList<UsageGroup>& groups)
{
    const qsizetype before = lines().size();
    m_groups = groups;
    QStringList words;
    for (const Line& line : lines())
        words.append(line.name % u' ' % formatBytes(line.bytes));
    setAccessibleDescription(words.join(QStringLiteral(", ")));
    if (lines().size() != before)
        updateGeometry();
    update();
}

void BarList::setColor(const QColor& color)
{
    m_color = color;
    update();
}

QList<BarList::Line> BarList::lines() const
{
    QList<Line> lines;
    const qsizetype shown = m_groups.size() <= linesAtMost ? m_groups.size() : linesAtMost - 1;
    for (const UsageGroup& group : m_groups.mid(0, shown))
        lines.append({group.name, bytesOf(group)});
    if (shown < m_groups.size()) {
        quint64 rest = 0;
        for (const UsageGroup& group : m_groups.mid(shown))
            rest += bytesOf(group);
        lines.append({tr("%n more…", nullptr, static_cast<int>(m_groups.size() - shown)), rest});
    }
    return lines;
}

int BarList::lineHeight() const
{
    return fontMetrics().height() + barHeight + 4;
}

QSize BarList::sizeHint() const
{
    const int rows = std::max(1, static_cast<int>(lines().size()));
    return {fontMetrics().height() * 13, fontMetrics().height() + 3 + rows * lineHeight()};
}

QSize BarList::minimumSizeHint() const
{
    return {fontMetrics().height() * 9, sizeHint().height()};
}

void BarList::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const int textHeight = fontMetrics().height();
    painter.setPen(theme::muted(palette()));
    painter.drawText(QRect(0, 0, width(), textHeight), Qt::AlignLeft | Qt::AlignVCenter, m_title);

    const QList<Line> all = lines();
    quint64 biggest = 1;
    for (const Line& line : all)
        biggest = std::max(biggest, line.bytes);
    int y = textHeight + 3;
    if (all.isEmpty())
        painter.drawText(QRect(0, y, width(), textHeight), Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("—"));
    for (const Line& line : all) {
        const QString bytes = formatBytes(line.bytes);
        const double numberWidth = tabularWidth(QFontMetricsF(font()), bytes);
        painter.setPen(palette().color(QPalette::Text));
        drawTabular(painter, QRectF(0, y, width(), textHeight), Qt::AlignRight, bytes);
        painter.drawText(QRect(0, y, width(), textHeight), Qt::AlignLeft | Qt::AlignVCenter,
            fontMetrics().elidedText(line.name, Qt::ElideMiddle, width() - static_cast<int>(numberWidth) - 10));
        const QRectF track(0, y + textHeight + 2, width(), barHeight);
        const double share = static_cast<double>(line.bytes) / static_cast<double>(biggest);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme::border(palette()));
        painter.drawRoundedRect(track, barHeight / 2.0, barHeight / 2.0);
        painter.setBrush(m_color);
        if (line.bytes > 0)
            painter.drawRoundedRect(
                QRectF(track.topLeft(), QSizeF(std::max<double>(barHeight, share * width()), barHeight)),
                barHeight / 2.0, barHeight / 2.0);
        y += lineHeight();
    }
}

} // namespace bwt
