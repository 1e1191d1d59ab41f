// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

/// Numbers as people read them. The only place where a unit is written out; tables, charts, tray and terminal all
/// come here. Decimal units, as the field's bills use them.
namespace bwt {

/// "0 B", "999 B", "1.0 kB", "3.91 GB": at most four significant characters.
[[nodiscard]] QString formatBytes(quint64 bytes);
/// As formatBytes with "/s"; an em dash when unknown.
[[nodiscard]] QString formatRate(std::optional<quint64> bytesPerSecond);
/// An em dash when unknown.
[[nodiscard]] QString formatCount(std::optional<quint64> count);
/// Local time: only the clock today, else date and clock; an em dash when unknown.
[[nodiscard]] QString formatMoment(std::optional<qint64> msSinceEpoch);
/// "4 s", "3 min", "2 h", "5 d".
[[nodiscard]] QString formatAge(qint64 ms);

} // namespace bwt
