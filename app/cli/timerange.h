// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace bwt::cli {

/// Half-open, in milliseconds since the epoch; `untilMs` 0 means now, as on the bus.
struct TimeRange {
    qint64 sinceMs = 0;
    qint64 untilMs = 0;

    friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

/// "90s", "30min", "24h", "7d", "4w", "1y" in milliseconds (a year is 365 days); nothing for anything else.
[[nodiscard]] std::optional<qint64> durationFromText(const QString& text);
/// "today", "yesterday", "week" (from Monday), "month" and "year" as far as they have come at `nowMs`, and "all", in
/// local days, however long these are; nothing for anything else.
[[nodiscard]] std::optional<TimeRange> calendarRange(const QString& name, qint64 nowMs);
/// The billing period that runs at `nowMs`, or, with `back`, as many before it. It begins on `day` of a month, 1 to
/// 31, or on the last day of a month that is shorter, at local midnight.
[[nodiscard]] TimeRange billingPeriod(int day, int back, qint64 nowMs);
/// ISO 8601 (local time where it names no zone), milliseconds since the epoch, or a duration before `nowMs`.
[[nodiscard]] std::optional<qint64> momentFromText(const QString& text, qint64 nowMs);
/// ISO 8601 with zone, to the second.
[[nodiscard]] QString momentText(qint64 ms);

} // namespace bwt::cli
