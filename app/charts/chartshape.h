// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/timeline.h"

#include <QList>
#include <QPointF>

/// Slices turned into the edges of stacked areas.
namespace bwt {

/// The edges from the axis outwards: edge 0 lies on the axis, band i fills from edge i to edge i + 1. Upload is
/// below zero. All edges have the same moments.
struct StackShape {
    QList<QList<QPointF>> download; ///< x in milliseconds since the epoch, y in bytes per second
    QList<QList<QPointF>> upload;
    double highestDownload = 0;
    double highestUpload = 0;
};

/// Areas end upright where a gap begins: a slope would claim what nobody recorded.
[[nodiscard]] StackShape stackShape(const ChartData& data);

} // namespace bwt
