// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/factlist.h"

#include "app/models/theme.h"
#include "app/views/tabulartext.h"

#include <QPainter>

#include <utility>

namespace bwt {

FactList::FactList(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(tr("Facts"));
}

void FactList::setFacts(const QList<Fact>& facts)
{
    if (std::exchange(m_facts, facts) == facts)
        return;
    QStringList words;
    for (const Fact& fact : facts)
        words.append(fact.caption % QStringLiteral(": ") % fact.text);
    setAccessibleDescription(words.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

int FactList::lineHeight() const
{
    return fontMetrics().height() + 2;
}

QSize FactList::sizeHint() const
{
    return {fontMetrics().height() * 12, lineHeight() * static_cast<int>(m_facts.size())};
}

void FactList::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    constexpr double gap = 8;
    QRectF line(0, 0, width(), lineHeight());
    for (const Fact& fact : m_facts) {
        painter.setPen(theme::muted(palette()));
        painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, fact.caption);
        painter.setPen(palette().color(QPalette::Text));
        const double room = line.width() - painter.fontMetrics().horizontalAdvance(fact.caption) - gap;
        drawTabular(painter, line, Qt::AlignRight,
            painter.fontMetrics().elidedText(fact.text, Qt::ElideRight, static_cast<int>(room)));
        line.translate(0, lineHeight());
    }
}

} // namespace bwt
