// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/viewchoice.h"

#include <QList>
#include <QString>

/// Where the lines of a chart go and what they say.
namespace bwt {

struct RateTick {
    double bytesPerSecond = 0;
    QString label;
};

struct TimeTick {
    qint64 ms = 0; ///< since the epoch
    QString label;
};

/// What the axis of rates shows: upload below zero, download above.
struct RateScale {
    double lowest = 0; ///< zero or less
    double highest = 0;
    QList<RateTick> ticks; ///< without the axis itself
};

/// Round steps (1, 2, 5 times a power of ten) with head room, so that the scale changes seldom.
/// About `lines` lines above zero.
[[nodiscard]] RateScale rateScale(double highestDownload, double highestUpload, double lines);
/// At most `count` round moments of local time; dates where the day changes.
[[nodiscard]] QList<TimeTick> timeTicks(const TimeSpan& span, int count, bool live);

} // namespace bwt
