// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

/// Text as a terminal shows it. Names come from programs and from the network: none may steer the terminal.
namespace bwt::cli {

/// The text with every character that is not a picture of itself (controls, direction marks, line separators, halves
/// of surrogate pairs) written as "\xNN" or "\u{NNNN}".
[[nodiscard]] QString printable(const QString& text);
/// Columns that printable text takes.
[[nodiscard]] int displayWidth(const QString& text);
/// The text, or as much of its beginning as fits with an ellipsis.
[[nodiscard]] QString elided(const QString& text, int width);

enum class Align { Left, Right };
/// Filled up with spaces.
[[nodiscard]] QString padded(const QString& text, int width, Align align);

} // namespace bwt::cli
