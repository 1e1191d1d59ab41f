// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/text.h"

#include <QList>

#include <algorithm>
#include <cwchar>

namespace bwt::cli {

namespace {

constexpr QChar ellipsis(0x2026);

bool isPicture(char32_t character)
{
    switch (QChar::category(character)) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Other_Surrogate:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return false;
    default:
        return true;
    }
}

QString escaped(char32_t character)
{
    const QString digits = QString::number(character, 16);
    return character <= 0xff ? QString(QLatin1StringView("\\x") % digits.rightJustified(2, QLatin1Char('0')))
                             : QString(QLatin1StringView("\\u{") % digits % QLatin1Char('}'));
}

QString plain(char32_t character)
{
    return QString::fromUcs4(&character, 1);
}

int columns(char32_t character)
{
    // what the locale's tables don't know yet, terminals draw in one column
    const int width = wcwidth(static_cast<wchar_t>(character));
    return width < 0 ? 1 : width;
}

} // namespace

QString printable(const QString& text)
{
    QString result;
    result.reserve(text.size());
    for (const uint character : text.toUcs4())
        result += isPicture(character) ? plain(character) : escaped(character);
    return result;
}

int displayWidth(const QString& text)
{
    int width = 0;
    for (const uint character : text.toUcs4())
        width += columns(character);
    return width;
}

QString elided(const QString& text, int width)
{
    if (displayWidth(text) <= width)
        return text;
    QString result;
    int used = 1; // the ellipsis
    for (const uint character : text.toUcs4()) {
        used += columns(character);
        if (used > width)
            break;
        result += plain(character);
    }
    return width > 0 ? result + ellipsis : QString();
}

QString padded(const QString& text, int width, Align align)
{
    const QString fill(std::max(0, width - displayWidth(text)), QLatin1Char(' '));
    return align == Align::Left ? QString(text % fill) : QString(fill % text);
}

} // namespace bwt::cli
