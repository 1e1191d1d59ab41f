// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/charts/chartshape.h"

#include <algorithm>

namespace bwt {

namespace {

class ShapeBuilder {
public:
    explicit ShapeBuilder(qsizetype bands)
    {
        m_shape.download.resize(bands + 1);
        m_shape.upload.resize(bands + 1);
    }

    void addZero(qint64 ms)
    {
        for (QList<QPointF>& edge : m_shape.download)
            edge.append({static_cast<double>(ms), 0});
        for (QList<QPointF>& edge : m_shape.upload)
            edge.append({static_cast<double>(ms), 0});
    }

    void add(qint64 ms, const ChartSlice& slice)
    {
        m_shape.highestDownload = std::max(m_shape.highestDownload, stack(m_shape.download, ms, slice.rxRates, 1));
        m_shape.highestUpload = std::max(m_shape.highestUpload, -stack(m_shape.upload, ms, slice.txRates, -1));
    }

    [[nodiscard]] StackShape take() { return std::move(m_shape); }

private:
    static double stack(QList<QList<QPointF>>& edges, qint64 ms, const QList<double>& rates, double sign)
    {
        double sum = 0;
        edges.first().append({static_cast<double>(ms), 0});
        for (qsizetype band = 0; band < rates.size(); ++band) {
            sum += sign * rates.at(band);
            edges[band + 1].append({static_cast<double>(ms), sum});
        }
        return sum;
    }

    StackShape m_shape;
};

} // namespace

StackShape stackShape(const ChartData& data)
{
    ShapeBuilder builder(data.bands.size());
    const auto isRecorded = [&](qsizetype i) { return i >= 0 && i < data.slices.size() && !data.slices.at(i).gap; };
    for (qsizetype i = 0; i < data.slices.size(); ++i) {
        const ChartSlice& slice = data.slices.at(i);
        if (slice.gap)
            continue;
        if (!isRecorded(i - 1)) {
            builder.addZero(slice.span.sinceMs);
            builder.add(slice.span.sinceMs, slice);
        }
        builder.add(slice.span.sinceMs + slice.span.lengthMs() / 2, slice);
        if (!isRecorded(i + 1)) {
            builder.add(slice.span.untilMs, slice);
            builder.addZero(slice.span.untilMs);
        }
    }
    return builder.take();
}

} // namespace bwt
