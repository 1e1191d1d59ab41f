// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/charts/chartscale.h"

#include <QFont>
#include <QGraphicsItem>
#include <QPalette>

namespace bwt {

/// The lines behind a chart and the words on it: Qt Charts' own axes cut labels off and can't write a unit.
/// Coordinates are those of the scene.
class ChartGrid : public QGraphicsItem {
public:
    enum class Layer { Lines, Words };

    explicit ChartGrid(Layer layer, QGraphicsItem* parent = nullptr);

    struct Content {
        QRectF plot;
        TimeSpan span;
        RateScale rates;
        QList<TimeTick> times;
        QList<TimeSpan> gaps;
        QPalette palette;
        QFont font;
    };
    void setContent(const Content& content);

    [[nodiscard]] QRectF boundingRect() const override;
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;

private:
    [[nodiscard]] double xOf(qint64 ms) const;
    [[nodiscard]] double yOf(double bytesPerSecond) const;
    void paintLines(QPainter& painter) const;
    void paintGaps(QPainter& painter) const;
    void paintWords(QPainter& painter) const;

    Layer m_layer;
    Content m_content;
};

} // namespace bwt
