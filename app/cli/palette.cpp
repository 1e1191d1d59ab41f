// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/palette.h"

#include "app/cli/text.h"

#include <QRegularExpression>

namespace bwt::cli {

namespace {

/// ECMA-48 "select graphic rendition": the sixteen colours that the user's own theme defines.
QLatin1StringView parameters(Ink ink)
{
    switch (ink) {
    case Ink::Plain:
        break;
    case Ink::Strong:
        return QLatin1StringView("1");
    case Ink::Faint:
        return QLatin1StringView("2");
    case Ink::Download:
        return QLatin1StringView("36");
    case Ink::Upload:
        return QLatin1StringView("35");
    case Ink::Warning:
        return QLatin1StringView("33");
    }
    return {};
}

} // namespace

QString Palette::paint(const QString& text, Ink ink) const
{
    if (m_colours == Colours::Off || ink == Ink::Plain || text.isEmpty())
        return text;
    return QLatin1StringView("\x1b[") % parameters(ink) % QLatin1Char('m') % text % QLatin1StringView("\x1b[0m");
}

int paintedWidth(const QString& painted)
{
    static const QRegularExpression colours(QStringLiteral("\x1b\\[[0-9]*m"));
    return displayWidth(QString(painted).remove(colours));
}

} // namespace bwt::cli
