// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/timeline.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace bwt {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(bwt::Timeline)
};

/// Ticks may come late; more than this apart, and something was missed.
constexpr qint64 toleratedHoleMs = 1500;

double seconds(qint64 ms)
{
    return static_cast<double>(ms) / 1000.0;
}

void removeLastBand(ChartData& data)
{
    data.bands.removeLast();
    for (ChartSlice& slice : data.slices) {
        slice.rxRates.removeLast();
        slice.txRates.removeLast();
    }
}

/// Rates of a bucket, which took as long as the span.
TimeSlice sliceOf(const SeriesBucket& bucket, const TimeSpan& span, Grouping grouping)
{
    TimeSlice slice{span, bucket.gap, {}};
    QHash<QString, qsizetype> indexOfKey; // sums of several scopes have one key
    for (const Row& row : bucket.rows) {
        const QString key = groupKey(row, grouping);
        const auto known = indexOfKey.constFind(key);
        if (known == indexOfKey.constEnd()) {
            indexOfKey.insert(key, slice.rows.size());
            slice.rows.append({key, row, 0, 0});
        }
        SliceRow& sum = slice.rows[indexOfKey.value(key)];
        sum.rxRate += static_cast<double>(row.numbers.rxBytes) / seconds(span.lengthMs());
        sum.txRate += static_cast<double>(row.numbers.txBytes) / seconds(span.lengthMs());
    }
    return slice;
}

} // namespace

void Timeline::appendTick(const TimeSpan& tick, const QList<Row>& rows, Grouping grouping)
{
    TimeSpan span = tick;
    // A clock that was set back makes the newest slices future ones.
    if (!m_slices.isEmpty() && tick.untilMs < m_slices.constLast().span.untilMs)
        m_slices.removeIf([&](const TimeSlice& slice) { return slice.span.untilMs > tick.sinceMs; });
    if (!m_slices.isEmpty()) {
        const qint64 lastMs = m_slices.constLast().span.untilMs;
        if (span.sinceMs > lastMs + toleratedHoleMs)
            m_slices.append({{lastMs, span.sinceMs}, true, {}});
        else
            span.sinceMs = lastMs;
    }
    if (span.lengthMs() <= 0)
        return;
    const auto isRated = [](const Row& row) { return row.numbers.rxRate || row.numbers.txRate; };
    if (!rows.isEmpty() && std::ranges::none_of(rows, isRated))
        return; // the first tick: nothing to compare with yet
    TimeSlice slice{span, false, {}};
    for (const Row& row : rows) {
        const auto rx = static_cast<double>(row.numbers.rxRate.value_or(0));
        const auto tx = static_cast<double>(row.numbers.txRate.value_or(0));
        if (rx > 0 || tx > 0)
            slice.rows.append({groupKey(row, grouping), row, rx, tx});
    }
    m_slices.append(slice);
    const auto isOld = [&](const TimeSlice& old) { return old.span.untilMs <= span.untilMs - liveSpanMs; };
    m_slices.removeIf(isOld);
}

void Timeline::setSeries(const Series& series, Grouping grouping)
{
    m_slices.clear();
    for (const SeriesBucket& bucket : series.buckets) {
        // The last bucket is still being filled: its bytes came in the part that has passed.
        const TimeSpan span{bucket.startMs, std::min(bucket.endMs, std::max(series.untilMs, bucket.startMs + 1))};
        m_slices.append(sliceOf(bucket, span, grouping));
    }
}

QHash<QString, double> Timeline::weights(const Accepts& accepts) const
{
    QHash<QString, double> bytes;
    for (const TimeSlice& slice : m_slices) {
        const double length = seconds(slice.span.lengthMs());
        for (const SliceRow& row : slice.rows) {
            // Sums without an identity belong to "Others" however big they are.
            if (!row.key.isEmpty() && row.row.kind == RowKind::Named && accepts(row.row))
                bytes[row.key] += (row.rxRate + row.txRate) * length;
        }
    }
    return bytes;
}

ChartData Timeline::chart(
    const TimeSpan& span, const GroupColors& colors, Grouping grouping, const Accepts& accepts) const
{
    ChartData data;
    data.span = span;
    QHash<QString, qsizetype> bandOfKey;
    for (const QString& key : colors.groups()) {
        bandOfKey.insert(key, data.bands.size());
        data.bands.append({key, {}, colors.indexOf(key)});
    }
    const qsizetype others = data.bands.size();
    data.bands.append({{}, Text::tr("Others"), std::nullopt});

    for (const TimeSlice& slice : m_slices) {
        ChartSlice drawn{slice.span, slice.gap, QList<double>(others + 1, 0), QList<double>(others + 1, 0)};
        for (const SliceRow& row : slice.rows) {
            if (!accepts(row.row))
                continue;
            const qsizetype band = bandOfKey.value(row.key, others);
            drawn.rxRates[band] += row.rxRate;
            drawn.txRates[band] += row.txRate;
            if (band != others)
                data.bands[band].name = groupName(row.row, grouping);
        }
        data.slices.append(drawn);
    }
    const auto hasOthers = [&](const ChartSlice& slice) { return slice.rxRates[others] + slice.txRates[others] > 0; };
    if (std::ranges::none_of(data.slices, hasOthers))
        removeLastBand(data);
    return data;
}

QHash<QString, QList<float>> Timeline::trends(const TimeSpan& span, int points, const Accepts& accepts) const
{
    const double stepMs = static_cast<double>(span.lengthMs()) / points;
    const auto pointAt = [&](qint64 ms) {
        const double point = static_cast<double>(ms - span.sinceMs) / stepMs;
        return std::clamp(static_cast<int>(std::floor(point)), 0, points);
    };
    const auto pointsOf = [&](const TimeSpan& part) {
        const int first = pointAt(part.sinceMs);
        return std::pair(first, std::min(points, std::max(first + 1, pointAt(part.untilMs))));
    };

    QList<float> silence(points, std::numeric_limits<float>::quiet_NaN());
    for (const TimeSlice& slice : m_slices) {
        const auto [first, end] = pointsOf(slice.span);
        if (!slice.gap)
            std::fill(silence.begin() + first, silence.begin() + end, 0.0F);
    }
    QHash<QString, QList<float>> trends;
    for (const TimeSlice& slice : m_slices) {
        const auto [first, end] = pointsOf(slice.span);
        for (const SliceRow& row : slice.rows) {
            if (!accepts(row.row))
                continue;
            auto trend = trends.find(row.key);
            if (trend == trends.end())
                trend = trends.insert(row.key, silence);
            for (int point = first; point < end; ++point)
                (*trend)[point] = std::max((*trend)[point], static_cast<float>(row.rxRate + row.txRate));
        }
    }
    return trends;
}

} // namespace bwt
