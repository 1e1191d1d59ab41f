// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/legend.h"

#include "app/models/theme.h"
#include "app/views/panel.h"

#include <QPainter>

#include <utility>

namespace bwt {

Legend::Legend(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    setAccessibleName(tr("Colours of the chart"));
}

void Legend::setBands(const QList<ChartBand>& bands)
{
    if (std::exchange(m_bands, bands) == bands)
        return;
    QStringList names;
    for (const ChartBand& band : bands)
        names.append(band.name);
    setAccessibleDescription(names.join(QStringLiteral(", ")));
    update();
}

QSize Legend::sizeHint() const
{
    return {0, fontMetrics().height() + 2};
}

void Legend::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const QFontMetricsF metrics(font());
    const double side = metrics.capHeight() * 1.1;
    const double longest = metrics.height() * 11;
    const double gap = metrics.height() * 1.1;
    double x = 0;
    for (const ChartBand& band : m_bands) {
        const QString name = metrics.elidedText(band.name, Qt::ElideMiddle, longest);
        const double width = side + 6 + metrics.horizontalAdvance(name);
        if (x + width > this->width())
            return;
        paintSwatch(painter, QRectF(x, (height() - side) / 2, side, side), theme::group(palette(), band.color));
        painter.setPen(theme::muted(palette()));
        painter.drawText(QRectF(x + side + 6, 0, width, height()), Qt::AlignVCenter | Qt::AlignLeft, name);
        x += width + gap;
    }
}

} // namespace bwt
