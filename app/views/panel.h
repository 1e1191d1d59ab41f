// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace bwt {

/// The rounded sheet on which cards, chart, table and details lie.
class Panel : public QWidget {
    Q_OBJECT
public:
    explicit Panel(QWidget* parent = nullptr);

    static constexpr int radius = 8;

protected:
    void paintEvent(QPaintEvent* event) override;
};

/// A coloured square with the look of the chart's legend.
void paintSwatch(QPainter& painter, const QRectF& rect, const QColor& color);

} // namespace bwt
