// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace bwt::cli {

/// The candidate that was probably meant: the one with the fewest letters to change, where these are few; else empty.
[[nodiscard]] QString nearest(const QString& word, const QStringList& candidates);

} // namespace bwt::cli
