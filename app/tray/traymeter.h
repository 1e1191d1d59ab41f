// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/timeline.h"

#include <QList>
#include <QPixmap>

namespace bwt {

/// Download and upload of one moment, in bytes per second.
struct MeterSample {
    double rxRate = 0;
    double txRate = 0;

    friend bool operator==(const MeterSample&, const MeterSample&) = default;
};

/// The newest ticks, oldest first; gaps count as silence.
[[nodiscard]] QList<MeterSample> meterSamples(const Timeline& timeline, ScopeChoice scope, qsizetype count);
/// The chart in miniature: download grows up from the middle, upload down. Heights are logarithmic, so that a web
/// page shows beside a download. `isPale` when the numbers are old.
[[nodiscard]] QPixmap meterPixmap(const QList<MeterSample>& samples, int side, bool isPale);

} // namespace bwt
