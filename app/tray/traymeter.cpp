// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/tray/traymeter.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace bwt {

namespace {

// The icon stands on a panel whose colour nobody tells us: these hold on light and dark.
constexpr QRgb downloadColor = 0xff3f8cf0;
constexpr QRgb uploadColor = 0xffb066d8;
constexpr QRgb axisColor = 0xff8d959e;

constexpr double quietest = 1e2; ///< bytes per second that begin to show
constexpr double loudest = 1e8; ///< bytes per second that fill the half

double heightOf(double rate)
{
    if (rate <= quietest)
        return 0;
    return std::min(1.0, std::log10(rate / quietest) / std::log10(loudest / quietest));
}

} // namespace

QList<MeterSample> meterSamples(const Timeline& timeline, ScopeChoice scope, qsizetype count)
{
    const QList<TimeSlice>& slices = timeline.slices();
    QList<MeterSample> samples(std::max<qsizetype>(0, count - slices.size()));
    for (const TimeSlice& slice : slices.mid(std::max<qsizetype>(0, slices.size() - count))) {
        MeterSample sample;
        for (const SliceRow& row : slice.rows) {
            if (!holdsScope(scope, row.row.scope))
                continue;
            sample.rxRate += row.rxRate;
            sample.txRate += row.txRate;
        }
        samples.append(sample);
    }
    return samples;
}

QPixmap meterPixmap(const QList<MeterSample>& samples, int side, bool isPale)
{
    QPixmap pixmap(side, side);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setOpacity(isPale ? 0.4 : 1);
    const double axis = side * 0.62;
    const double below = side - axis;
    const double width = static_cast<double>(side) / static_cast<double>(std::max<qsizetype>(1, samples.size()));
    for (qsizetype i = 0; i < samples.size(); ++i) {
        const double left = std::round(static_cast<double>(i) * width);
        const double right = std::round(static_cast<double>(i + 1) * width) - (width >= 3 ? 1 : 0);
        const double up = std::round(heightOf(samples.at(i).rxRate) * axis);
        const double down = std::round(heightOf(samples.at(i).txRate) * below);
        painter.fillRect(QRectF(left, std::round(axis) - up, right - left, up), QColor::fromRgb(downloadColor));
        painter.fillRect(QRectF(left, std::round(axis), right - left, down), QColor::fromRgb(uploadColor));
    }
    const double hairline = std::max(1.0, side / 22.0);
    painter.fillRect(QRectF(0, std::round(axis) - hairline / 2, side, hairline), QColor::fromRgb(axisColor));
    return pixmap;
}

} // namespace bwt
