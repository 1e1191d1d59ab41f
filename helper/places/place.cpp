// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/places/place.h"

namespace bwt {

namespace {

constexpr int bitsOfLetter = 8;

/// Of ASCII alone, whatever the locale; 0 for what is no letter.
std::uint16_t upperLetter(char byte)
{
    if ('a' <= byte && byte <= 'z')
        return static_cast<std::uint16_t>(byte - 'a' + 'A');
    return 'A' <= byte && byte <= 'Z' ? static_cast<std::uint16_t>(byte) : 0;
}

} // namespace

QString countryText(std::uint16_t country)
{
    if (country == 0)
        return {};
    const char16_t letters[] = {char16_t(country >> bitsOfLetter), char16_t(country & 0xff)};
    return QString::fromUtf16(letters, 2);
}

std::uint16_t countryFromText(QByteArrayView text)
{
    if (text.size() != 2)
        return 0;
    const std::uint16_t first = upperLetter(text[0]);
    const std::uint16_t second = upperLetter(text[1]);
    return first == 0 || second == 0 ? 0 : static_cast<std::uint16_t>(first << bitsOfLetter | second);
}

} // namespace bwt
