// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/theme.h"

#include "app/models/groupcolors.h"

#include <array>

namespace bwt::theme {

namespace {

/// Told apart by hue and by lightness, in both kinds of palette.
constexpr std::array<QRgb, GroupColors::colorCount> groupColors{
    0xffe8703a, // orange
    0xff4c8df5, // blue
    0xff26a59a, // teal
    0xffb066d8, // purple
    0xffc9a227, // ochre
    0xffe0668f, // rose
};
constexpr QRgb otherGroups = 0xff9aa3ae;

QColor pick(const QPalette& palette, QRgb onLight, QRgb onDark)
{
    return QColor::fromRgb(isDark(palette) ? onDark : onLight);
}

} // namespace

bool isDark(const QPalette& palette)
{
    return palette.color(QPalette::Base).lightness() < palette.color(QPalette::Text).lightness();
}

QColor blend(const QColor& under, const QColor& over, double share)
{
    const auto mix = [share](float a, float b) { return static_cast<float>(a + (b - a) * share); };
    return QColor::fromRgbF(
        mix(under.redF(), over.redF()), mix(under.greenF(), over.greenF()), mix(under.blueF(), over.blueF()));
}

QColor border(const QPalette& palette)
{
    return blend(palette.color(QPalette::Base), palette.color(QPalette::Text), 0.13);
}

QColor gridLine(const QPalette& palette)
{
    return blend(palette.color(QPalette::Base), palette.color(QPalette::Text), 0.10);
}

QColor muted(const QPalette& palette)
{
    return blend(palette.color(QPalette::Base), palette.color(QPalette::Text), 0.66);
}

QColor accent(const QPalette& palette)
{
    return pick(palette, 0xff2f7de1, 0xff5aa2ff);
}

QColor chosen(const QPalette& palette)
{
    return blend(palette.color(QPalette::Base), accent(palette), isDark(palette) ? 0.26 : 0.12);
}

QColor download(const QPalette& palette)
{
    return pick(palette, 0xff1a5fb4, 0xff7ab5ff);
}

QColor upload(const QPalette& palette)
{
    return pick(palette, 0xff7a45b0, 0xffc79bf2);
}

QColor good(const QPalette& palette)
{
    return pick(palette, 0xff1b7f3b, 0xff4cc96f);
}

QColor warning(const QPalette& palette)
{
    return pick(palette, 0xff8f5b00, 0xffe5b04a);
}

QColor bad(const QPalette& palette)
{
    return pick(palette, 0xffb3261e, 0xffff8a80);
}

QColor group(const QPalette& palette, std::optional<int> index)
{
    const QRgb color = index ? groupColors.at(static_cast<std::size_t>(*index) % groupColors.size()) : otherGroups;
    return isDark(palette) ? QColor::fromRgb(color).darker(108) : QColor::fromRgb(color);
}

} // namespace bwt::theme
