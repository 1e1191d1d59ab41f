// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace bwt::cli {

/// What a piece of text is, from which follows its colour. Colour never says anything that the text does not.
enum class Ink { Plain, Strong, Faint, Download, Upload, Warning };

/// Colours for a terminal, or none.
class Palette {
public:
    enum class Colours { On, Off };

    explicit Palette(Colours colours)
        : m_colours(colours)
    {
    }
    [[nodiscard]] QString paint(const QString& text, Ink ink) const;

private:
    Colours m_colours;
};

/// Columns that printable text takes once it is painted.
[[nodiscard]] int paintedWidth(const QString& painted);

} // namespace bwt::cli
