// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringView>

#include <chrono>
#include <optional>

namespace bwt {

/// The step of a time series. Days and months are local; minutes and hours that are counted together begin with the
/// local day.
struct Bucket {
    enum Unit { Minute, Hour, Day, Month };

    constexpr Bucket(Unit theUnit, int theCount = 1) // implicit: most are one of a unit
        : unit(theUnit)
        , count(theCount)
    {
    }
    /// The shortest that it can be.
    [[nodiscard]] std::chrono::milliseconds leastLength() const;

    Unit unit;
    int count; ///< of minutes or hours that make a bucket: so many that whole ones make a day
    friend constexpr bool operator==(const Bucket&, const Bucket&) = default;
};

/// "minute", "hour", "day", "month", or a part of a day like "5min" or "3h"; nothing for anything else.
[[nodiscard]] std::optional<Bucket> bucketFromName(QStringView name);
/// What bucketFromName() takes, in words.
[[nodiscard]] QString bucketNames();

} // namespace bwt
