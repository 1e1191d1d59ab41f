// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>

#include <optional>

/// Every colour that is not the palette's own, derived from the user's palette so that light and dark both hold.
/// Text colours keep a contrast of 4.5:1 on Base and on Window.
namespace bwt::theme {

[[nodiscard]] bool isDark(const QPalette& palette);
/// `share` of `over` on `under`, from 0 to 1.
[[nodiscard]] QColor blend(const QColor& under, const QColor& over, double share);

[[nodiscard]] QColor border(const QPalette& palette);
[[nodiscard]] QColor gridLine(const QPalette& palette);
/// Captions and units: quieter than Text.
[[nodiscard]] QColor muted(const QPalette& palette);
[[nodiscard]] QColor accent(const QPalette& palette);
/// What is chosen: the accent laid thinly over Base.
[[nodiscard]] QColor chosen(const QPalette& palette);
[[nodiscard]] QColor download(const QPalette& palette);
[[nodiscard]] QColor upload(const QPalette& palette);
[[nodiscard]] QColor good(const QPalette& palette);
[[nodiscard]] QColor warning(const QPalette& palette);
[[nodiscard]] QColor bad(const QPalette& palette);
/// The colour of a group by its index from GroupColors; grey without one.
[[nodiscard]] QColor group(const QPalette& palette, std::optional<int> index);

} // namespace bwt::theme
