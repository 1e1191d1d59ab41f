// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/livetotals.h"
#include "app/cli/palette.h"

#include <QSize>
#include <QStringList>

namespace bwt::cli {

/// What `bwtctl live` shows: every panel that the subscription's dimensions allow.
struct LivePicture {
    const LiveTotals& totals;
    Dimensions by;
    bool panels = false; ///< programs with protocols and remote addresses below, in place of one table
    QString trouble; ///< why no frames come; empty while they do
    quint32 limit = 0; ///< rows at most, 0 for as many as fit
};

/// Exactly as many lines as the terminal has.
[[nodiscard]] QStringList liveScreen(const LivePicture& picture, QSize terminal, const Palette& palette);
/// The same without a terminal's bounds, for `--once`.
[[nodiscard]] QStringList liveReport(const LivePicture& picture, std::optional<int> width, const Palette& palette);

} // namespace bwt::cli
