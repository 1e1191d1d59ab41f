// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFontMetricsF>
#include <QRectF>
#include <QString>

class QPainter;

/// Figures that stand under each other in any font: every digit gets the width of the widest one. (Fonts' own
/// tabular figures can be asked for only since Qt 6.7.)
namespace bwt {

[[nodiscard]] double tabularWidth(const QFontMetricsF& metrics, const QString& text);
/// One line in the painter's font and pen; of `alignment` the horizontal part counts, vertically it is centred.
void drawTabular(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text);

} // namespace bwt
