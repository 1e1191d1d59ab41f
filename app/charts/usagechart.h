// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/timeline.h"

#include <QWidget>

#include <memory>

namespace bwt {

/// Download above the axis, upload below, the groups stacked in their colours.
class UsageChart : public QWidget {
    Q_OBJECT
public:
    explicit UsageChart(QWidget* parent = nullptr);
    ~UsageChart() override;

    void setData(const ChartData& data);
    [[nodiscard]] const ChartData& data() const { return m_data; }
    /// Old numbers are drawn pale.
    void setStale(bool stale);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    class Canvas;

    ChartData m_data;
    bool m_isStale = false;
    std::unique_ptr<Canvas> m_canvas;
};

} // namespace bwt
