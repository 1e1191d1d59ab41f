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

constexpr double paleShare = 0.35; ///< what is left of a colour when its numbers are old
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
        , m_axisLine(new QLineSeries(m_chart))
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
        m_download = makeStack();
        m_upload = makeStack();
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
        const QList<QColor> colors = colorsOf(data, host.palette());
        keepAxisLine(data.span);
        setStack(m_download, shape.download, colors);
        setStack(m_upload, shape.upload, colors);
        if (data.span.lengthMs() > 0)
            m_outline->setContent({plot, data.span, rates, shape, colors});

        const int ticks = static_cast<int>(plot.width() / timeTickWidth);
        const ChartGrid::Content content{
            plot, data.span, rates, timeTicks(data.span, ticks, data.live), gapsOf(data), host.palette(), font};
        m_lines->setContent(content);
        m_words->setContent(content);
    }

    void setStale(bool stale) { m_isStale = stale; }

private:
    /// One area a band, the outermost first: each reaches from the axis to its band's outer edge, and the next
    /// covers what is not its own. So a new tick changes one line of an area instead of two.
    using Stack = QList<QAreaSeries*>;

    Stack makeStack()
    {
        Stack stack;
        for (qsizetype i = 0; i < GroupColors::colorCount + 1; ++i) {
            auto* area = new QAreaSeries(new QLineSeries(m_chart), m_axisLine);
            m_chart->addSeries(area);
            area->attachAxis(m_timeAxis);
            area->attachAxis(m_rateAxis);
            area->setPen(Qt::NoPen);
            stack.append(area);
        }
        return stack;
    }

    void setStack(const Stack& stack, const QList<QList<QPointF>>& edges, const QList<QColor>& colors)
    {
        for (qsizetype band = 0; band < stack.size(); ++band) {
            QAreaSeries* area = stack.at(stack.size() - 1 - band);
            area->setVisible(band < colors.size());
            if (band >= colors.size())
                continue;
            area->setColor(colors.at(band));
            area->upperSeries()->replace(edges.at(band + 1));
        }
    }

    /// The line that all areas stand on; longer than the chart, so that it seldom changes.
    void keepAxisLine(const TimeSpan& span)
    {
        const TimeSpan wide{span.sinceMs - span.lengthMs(), span.untilMs + span.lengthMs()};
        const bool isCovered = m_axisSpan.sinceMs <= span.sinceMs && m_axisSpan.untilMs >= span.untilMs;
        if (isCovered && m_axisSpan.lengthMs() <= 2 * wide.lengthMs())
            return;
        m_axisSpan = wide;
        m_axisLine->replace(
            QList<QPointF>{{static_cast<double>(wide.sinceMs), 0}, {static_cast<double>(wide.untilMs), 0}});
    }

    [[nodiscard]] QList<QColor> colorsOf(const ChartData& data, const QPalette& palette) const
    {
        QList<QColor> colors;
        for (const ChartBand& band : data.bands) {
            const QColor color = theme::group(palette, band.color);
            colors.append(m_isStale ? theme::blend(palette.color(QPalette::Base), color, paleShare) : color);
        }
        return colors;
    }

    QChartView* m_view;
    QChart* m_chart;
    QValueAxis* m_timeAxis;
    QValueAxis* m_rateAxis;
    QLineSeries* m_axisLine;
    ChartGrid* m_lines;
    ChartOutline* m_outline;
    ChartGrid* m_words;
    Stack m_download;
    Stack m_upload;
    TimeSpan m_axisSpan;
    bool m_isStale = false;
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
    if (std::exchange(m_isStale, stale) == stale)
        return;
    m_canvas->setStale(stale);
    m_canvas->draw(m_data, *this);
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
