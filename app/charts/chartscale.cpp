// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/charts/chartscale.h"

#include "app/models/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <cmath>

namespace bwt {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(bwt::ChartScale)
};

constexpr double quietestTop = 1000; ///< bytes per second; less would draw noise as mountains
constexpr double leastBelow = 0.16; ///< share of the upper half that upload has at least
constexpr double fewestLines = 1.5;
constexpr double mostLines = 5;

constexpr qint64 minuteMs = 60'000;
constexpr qint64 hourMs = 60 * minuteMs;
constexpr qint64 dayMs = 24 * hourMs;

double roundStep(double atLeast)
{
    const double power = std::pow(10.0, std::floor(std::log10(atLeast)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= atLeast)
            return factor * power;
    }
    return 10 * power;
}

/// "10.0 MB/s" is "10 MB/s" on an axis.
QString axisLabel(double bytesPerSecond)
{
    static const QRegularExpression zeroDecimals(QStringLiteral("[.,]0+(?=\\s)"));
    return formatRate(static_cast<quint64>(std::llround(bytesPerSecond))).remove(zeroDecimals);
}

qint64 stepFor(qint64 atLeastMs)
{
    constexpr std::array steps{minuteMs, 2 * minuteMs, 5 * minuteMs, 10 * minuteMs, 15 * minuteMs, 30 * minuteMs,
        hourMs, 2 * hourMs, 3 * hourMs, 6 * hourMs, 12 * hourMs, dayMs, 2 * dayMs, 7 * dayMs, 14 * dayMs};
    for (const qint64 step : steps) {
        if (step >= atLeastMs)
            return step;
    }
    constexpr qint64 monthMs = 30 * dayMs;
    return monthMs * ((atLeastMs + monthMs - 1) / monthMs);
}

/// Round local times, counted anew from each midnight: a day on which clocks change is no 24 hours long.
QList<QDateTime> roundMoments(const TimeSpan& span, qint64 stepMs)
{
    QList<QDateTime> moments;
    const qint64 daysPerStep = std::max<qint64>(1, stepMs / dayMs);
    qint64 lastMs = span.sinceMs - 1;
    for (QDate day = QDateTime::fromMSecsSinceEpoch(span.sinceMs).date(); day.isValid();
        day = day.addDays(daysPerStep)) {
        for (qint64 sinceMidnight = 0; sinceMidnight < dayMs; sinceMidnight += stepMs) {
            const QDateTime moment(day, QTime::fromMSecsSinceStartOfDay(static_cast<int>(sinceMidnight)));
            const qint64 ms = moment.toMSecsSinceEpoch();
            if (ms >= span.untilMs)
                return moments;
            if (ms > lastMs) // an hour that clocks leave out would come twice
                moments.append(moment);
            lastMs = std::max(lastMs, ms);
        }
    }
    return moments;
}

QString momentLabel(const QDateTime& moment, qint64 stepMs)
{
    const QLocale locale;
    if (stepMs < dayMs && moment.time() != QTime(0, 0))
        return locale.toString(moment.time(), QStringLiteral("HH:mm"));
    if (stepMs < 7 * dayMs)
        return locale.toString(moment.date(), QStringLiteral("ddd d MMM"));
    return locale.toString(moment.date(), QStringLiteral("d MMM yyyy"));
}

} // namespace

RateScale rateScale(double highestDownload, double highestUpload, double lines)
{
    const double tallest = std::max({highestDownload, highestUpload, quietestTop});
    const double step = roundStep(tallest / std::clamp(lines, fewestLines, mostLines));
    RateScale scale;
    scale.highest = std::max(highestDownload * 1.08, step * 1.1);
    scale.lowest = -std::max(highestUpload * 1.15, scale.highest * leastBelow);
    for (double value = step; value <= scale.highest; value += step)
        scale.ticks.append({value, axisLabel(value)});
    for (double value = -step; value >= scale.lowest; value -= step)
        scale.ticks.append({value, axisLabel(-value)});
    return scale;
}

QList<TimeTick> timeTicks(const TimeSpan& span, int count, bool live)
{
    QList<TimeTick> ticks;
    if (span.lengthMs() <= 0 || count <= 0)
        return ticks;
    const qint64 step = stepFor(span.lengthMs() / count);
    for (const QDateTime& moment : roundMoments(span, step)) {
        const qint64 ms = moment.toMSecsSinceEpoch();
        if (!live || span.untilMs - ms >= step / 2)
            ticks.append({ms, momentLabel(moment, step)});
    }
    if (live)
        ticks.append({span.untilMs, Text::tr("now")});
    return ticks;
}

} // namespace bwt
