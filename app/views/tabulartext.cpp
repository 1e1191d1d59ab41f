// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/tabulartext.h"

#include <QPainter>

#include <algorithm>

namespace bwt {

namespace {

double digitWidth(const QFontMetricsF& metrics)
{
    double widest = 0;
    for (char16_t digit = u'0'; digit <= u'9'; ++digit)
        widest = std::max(widest, metrics.horizontalAdvance(QChar(digit)));
    return widest;
}

bool isDigit(QChar character)
{
    return character >= u'0' && character <= u'9';
}

/// Calls `piece(text, width)` for each digit and for each run of other characters.
template <typename Piece> void forEachPiece(const QFontMetricsF& metrics, const QString& text, Piece piece)
{
    const double digit = digitWidth(metrics);
    for (qsizetype i = 0; i < text.size();) {
        if (isDigit(text.at(i))) {
            piece(text.mid(i, 1), digit);
            ++i;
            continue;
        }
        qsizetype end = i;
        while (end < text.size() && !isDigit(text.at(end)))
            ++end;
        const QString run = text.mid(i, end - i);
        piece(run, metrics.horizontalAdvance(run));
        i = end;
    }
}

} // namespace

double tabularWidth(const QFontMetricsF& metrics, const QString& text)
{
    double width = 0;
    forEachPiece(metrics, text, [&](const QString&, double pieceWidth) { width += pieceWidth; });
    return width;
}

void drawTabular(QPainter& painter, const QRectF& rect, Qt::Alignment alignment, const QString& text)
{
    const QFontMetricsF metrics(painter.font(), painter.device());
    double x = rect.left();
    if (alignment.testFlag(Qt::AlignRight))
        x = rect.right() - tabularWidth(metrics, text);
    else if (alignment.testFlag(Qt::AlignHCenter))
        x = rect.center().x() - tabularWidth(metrics, text) / 2;
    const double baseline = rect.center().y() + (metrics.ascent() - metrics.descent()) / 2;
    forEachPiece(metrics, text, [&](const QString& piece, double width) {
        painter.drawText(QPointF(x + (width - metrics.horizontalAdvance(piece)) / 2, baseline), piece);
        x += width;
    });
}

} // namespace bwt
