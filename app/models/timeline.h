// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/groupcolors.h"
#include "app/models/usagegroup.h"
#include "app/models/viewchoice.h"
#include "dbus/row.h"

#include <QHash>
#include <QList>
#include <QString>

#include <functional>
#include <optional>

/// What the chart draws: rates of groups over time, live or past.
namespace bwt {

/// What one group did in one slice of time, in bytes per second.
struct SliceRow {
    QString key;
    Row row; ///< its keys, for names and filters
    double rxRate = 0;
    double txRate = 0;
};

/// A stretch in which rates are taken as constant. A gap is a stretch in which nothing was recorded.
struct TimeSlice {
    TimeSpan span;
    bool gap = false;
    QList<SliceRow> rows;
};

struct ChartBand {
    QString key;
    QString name;
    std::optional<int> color; ///< nothing is grey: the sum of all groups without a colour

    friend bool operator==(const ChartBand&, const ChartBand&) = default;
};

struct ChartSlice {
    TimeSpan span;
    bool gap = false;
    QList<double> rxRates; ///< one for each band
    QList<double> txRates;
};

/// Bands from the axis outwards, slices in order of time.
struct ChartData {
    TimeSpan span;
    bool live = false;
    QList<ChartBand> bands;
    QList<ChartSlice> slices;
};

/// Slices in order of time and what can be drawn of them.
class Timeline {
public:
    using Accepts = std::function<bool(const Row& row)>;

    /// One tick of the live view: the rates that the book holds now. A hole since the tick before becomes a gap;
    /// what is older than the live span goes.
    void appendTick(const TimeSpan& tick, const QList<Row>& rows, Grouping grouping);
    /// Past: buckets become slices.
    void setSeries(const Series& series, Grouping grouping);
    void clear() { m_slices.clear(); }

    [[nodiscard]] bool isEmpty() const { return m_slices.isEmpty(); }
    [[nodiscard]] const QList<TimeSlice>& slices() const { return m_slices; }

    /// Bytes of each accepted group; what colours are given by.
    [[nodiscard]] QHash<QString, double> weights(const Accepts& accepts) const;
    /// The coloured groups are a band each, the rest is one more where there is any.
    [[nodiscard]] ChartData chart(
        const TimeSpan& span, const GroupColors& colors, Grouping grouping, const Accepts& accepts) const;
    /// For each accepted group its rate both ways together at `points` moments of the span; NaN where nothing was
    /// recorded.
    [[nodiscard]] QHash<QString, QList<float>> trends(const TimeSpan& span, int points, const Accepts& accepts) const;

private:
    QList<TimeSlice> m_slices;
};

} // namespace bwt
