// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1StringView>
#include <QString>

/// The closed list of what a Status counts as lost. The codes go over the bus and into JSON; never reword one. Append
/// only.
namespace bwt::loss {

inline constexpr auto mapFull = QLatin1StringView("map-full");
inline constexpr auto lostTxBytes = QLatin1StringView("lost-tx-bytes");
inline constexpr auto lostRxBytes = QLatin1StringView("lost-rx-bytes");
inline constexpr auto unknownProcess = QLatin1StringView("unknown-process");
inline constexpr auto recursionMiss = QLatin1StringView("recursion-miss");
inline constexpr auto streamFull = QLatin1StringView("stream-full");
inline constexpr auto wireMapFull = QLatin1StringView("wire-map-full");
inline constexpr auto lostTxWireBytes = QLatin1StringView("lost-tx-wire-bytes");
inline constexpr auto lostRxWireBytes = QLatin1StringView("lost-rx-wire-bytes");
inline constexpr auto unknownOwner = QLatin1StringView("unknown-owner");
inline constexpr auto ownerFull = QLatin1StringView("owner-full");
inline constexpr auto countersGivenUp = QLatin1StringView("counters-given-up");
inline constexpr auto mergedMinutes = QLatin1StringView("merged-minutes");
inline constexpr auto missedAnswers = QLatin1StringView("missed-answers");

/// What was lost, translated where there are translations, with the count as the reader writes numbers; count and
/// code when the code is not ours.
[[nodiscard]] QString text(const QString& code, const QString& count);

} // namespace bwt::loss
