// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/charts/usagechart.h"

#include "app/charts/chartgrid.h"
#include "app/charts/chartoutline.h"
#include "app/charts/chartscale.h"
#include "app/charts/chartshape.h"
#include "app/models/theme.h"

#include <QAreaSeries>
#include <QChart>
#include <QChartView>
#include <QEvent>
#include <QLineSeries>
#include <QVBoxLayout>
#include <QValueAxis>

#include <algorithm>
#include <utility>

namespace bwt {

namespace {

constexpr double paleOpacity = 0.35;
constexpr double timeTickWidth = 130; ///< pixels that a moment and its surroundings need

QList<TimeSpan> gapsOf(const ChartData& data)
{
    QList<TimeSpan> gaps;
    for (const ChartSlice& slice : data.slices) {
        if (!slice.gap)
            continue;
        if (!gaps.isEmpty() && gaps.constLast().untilMs == slice.span.sinceMs)
            gaps.last().untilMs = slice.span.untilMs;
        else
            gaps.append(slice.span);
    }
    return gaps;
}

QFont smallerFont(const QFont& font)
{
    QFont smaller = font;
    if (font.pointSizeF() > 0)
        smaller.setPointSizeF(font.pointSizeF() * 0.85);
    return smaller;
}

} // namespace

/// The Qt Charts scene: the areas are its series, lines and words are items of ours around them.
class UsageChart::Canvas {
public:
    explicit Canvas(QWidget* parent)
        : m_view(new QChartView(parent))
        , m_chart(m_view->chart())
        , m_timeAxis(new QValueAxis)
        , m_rateAxis(new QValueAxis)
        , m_lines(new ChartGrid(ChartGrid::Layer::Lines, m_chart))
        , m_outline(new ChartOutline(m_chart))
        , m_words(new ChartGrid(ChartGrid::Layer::Words, m_chart))
    {
        m_view->setFrameShape(QFrame::NoFrame);
        m_view->setFocusPolicy(Qt::NoFocus);
        m_view->setBackgroundBrush(Qt::NoBrush);
        m_view->viewport()->setAutoFillBackground(false);
        m_chart->setBackgroundVisible(false);
        m_chart->setMargins({});
        m_chart->legend()->hide();
        m_chart->addAxis(m_timeAxis, Qt::AlignBottom);
        m_chart->addAxis(m_rateAxis, Qt::AlignLeft);
        m_timeAxis->hide();
        m_rateAxis->hide();
        m_lines->setZValue(-1); // behind the series
        m_outline->setZValue(50);
        m_words->setZValue(100);
    }

    [[nodiscard]] QWidget* widget() const { return m_view; }

    void draw(const ChartData& data, const QWidget& host)
    {
        const QFont font = smallerFont(host.font());
        const QSizeF size = m_view->size();
        const QFontMetricsF metrics(font);
        const double header = metrics.height() / 2; // half of a label on the topmost line
        const double footer = metrics.height() + 8;
        const double gutter = metrics.horizontalAdvance(QStringLiteral("888 MB/s")) + 10;
        const QRectF plot(
            0, header, std::max(1.0, size.width() - gutter), std::max(1.0, size.height() - header - footer));
        m_chart->setPlotArea(plot);

        const StackShape shape = stackShape(data);
        const RateScale rates = rateScale(shape.highestDownload, shape.highestUpload, plot.height() / 30);
        m_timeAxis->setRange(static_cast<double>(data.span.sinceMs), static_cast<double>(data.span.untilMs));
        m_rateAxis->setRange(rates.lowest, rates.highest);
        setStacks(shape);
        const QList<QColor> colors = colorsOf(data, host.palette());
        paintStacks(colors);
        if (data.span.lengthMs() > 0)
            m_outline->setContent({plot, data.span, rates, shape, colors});

        const int ticks = static_cast<int>(plot.width() / timeTickWidth);
        const ChartGrid::Content content{
            plot, data.span, rates, timeTicks(data.span, ticks, data.live), gapsOf(data), host.palette(), font};
        m_lines->setContent(content);
        m_words->setContent(content);
    }

    void setOpacity(double opacity)
    {
        for (const Stack* stack : {&m_download, &m_upload}) {
            for (const Area& area : *stack)
                area.series->setOpacity(opacity);
        }
        m_outline->setOpacity(opacity);
        m_opacity = opacity;
    }

private:
    /// All owned by the chart.
    struct Area {
        QLineSeries* lower;
        QLineSeries* upper;
        QAreaSeries* series;
    };
    using Stack = QList<Area>;

    void setStacks(const StackShape& shape)
    {
        setStack(m_download, shape.download);
        setStack(m_upload, shape.upload);
    }

    void setStack(Stack& stack, const QList<QList<QPointF>>& edges)
    {
        while (stack.size() < edges.size() - 1)
            stack.append(makeArea());
        for (qsizetype i = 0; i < stack.size(); ++i) {
            const bool isUsed = i + 1 < edges.size();
            // An area is computed anew for each of its two lines; once is enough.
            const QSignalBlocker blocker(stack.at(i).lower);
            stack.at(i).lower->replace(isUsed ? edges.at(i) : QList<QPointF>());
            stack.at(i).upper->replace(isUsed ? edges.at(i + 1) : QList<QPointF>());
        }
    }

    Area makeArea()
    {
        const Area area{new QLineSeries(m_chart), new QLineSeries(m_chart), new QAreaSeries};
        area.series->setLowerSeries(area.lower);
        area.series->setUpperSeries(area.upper);
        m_chart->addSeries(area.series);
        area.series->attachAxis(m_timeAxis);
        area.series->attachAxis(m_rateAxis);
        area.series->setPen(Qt::NoPen);
        area.series->setOpacity(m_opacity);
        return area;
    }

    static QList<QColor> colorsOf(const ChartData& data, const QPalette& palette)
    {
        QList<QColor> colors;
        for (const ChartBand& band : data.bands)
            colors.append(theme::group(palette, band.color));
        return colors;
    }

    void paintStacks(const QList<QColor>& colors)
    {
        for (const Stack* stack : {&m_download, &m_upload}) {
            for (qsizetype i = 0; i < std::min(stack->size(), colors.size()); ++i)
                stack->at(i).series->setColor(colors.at(i));
        }
    }

    QChartView* m_view;
    QChart* m_chart;
    QValueAxis* m_timeAxis;
    QValueAxis* m_rateAxis;
    ChartGrid* m_lines;
    ChartOutline* m_outline;
    ChartGrid* m_words;
    Stack m_download;
    Stack m_upload;
    double m_opacity = 1;
};

UsageChart::UsageChart(QWidget* parent)
    : QWidget(parent)
    , m_canvas(std::make_unique<Canvas>(this))
{
    setAccessibleName(tr("Download and upload over time"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->addWidget(m_canvas->widget());
    m_canvas->widget()->setObjectName(QStringLiteral("chartCanvas"));
    setMinimumHeight(64);
}

UsageChart::~UsageChart() = default;

void UsageChart::setData(const ChartData& data)
{
    m_data = data;
    m_canvas->draw(m_data, *this);
}

void UsageChart::setStale(bool stale)
{
    m_canvas->setOpacity(stale ? paleOpacity : 1);
}

void UsageChart::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        m_canvas->draw(m_data, *this);
}

void UsageChart::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    // The layout has already given the canvas its size.
    m_canvas->draw(m_data, *this);
}

} // namespace bwt
