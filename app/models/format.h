// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

/// Numbers as people read them. The only place where a unit is written out; tables, charts, tray and terminal all
/// come here. Decimal units, as the field's bills use them.
namespace bwt {

/// "0 B", "999 B", "1.0 kB", "12.3 kB", "3.91 GB": bytes whole, kilobytes with one decimal, larger units with two,
/// and fewer decimals where the number would be longer than four characters. Rounded half up; "1000" never shows.
[[nodiscard]] QString formatBytes(quint64 bytes);
/// As formatBytes with "/s"; an em dash when unknown.
[[nodiscard]] QString formatRate(std::optional<quint64> bytesPerSecond);
/// As formatBytes, with "-" before what is below zero.
[[nodiscard]] QString formatSignedBytes(qint64 bytes);
/// "99.4 %", rounded down, so that only a whole is "100 %"; an em dash when unknown.
[[nodiscard]] QString formatShare(std::optional<double> share);
/// "1,234,567"; an em dash when unknown.
[[nodiscard]] QString formatCount(std::optional<quint64> count);
/// Local time: "14:05:09" today, else "2026-11-22 14:05"; an em dash when unknown.
[[nodiscard]] QString formatMoment(std::optional<qint64> msSinceEpoch);
/// "4 s", "3 min", "2 h", "5 d": whole units, rounded down.
[[nodiscard]] QString formatAge(qint64 ms);

} // namespace bwt
