// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/timeline.h"

#include <QWidget>

namespace bwt {

/// What the chart's colours mean, in one line; names shorten where they are long.
class Legend : public QWidget {
    Q_OBJECT
public:
    explicit Legend(QWidget* parent = nullptr);

    void setBands(const QList<ChartBand>& bands);
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QList<ChartBand> m_bands;
};

} // namespace bwt
