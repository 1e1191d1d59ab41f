// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/pattern.h"

namespace bwt {

namespace {

constexpr qsizetype leastDigits = 12; // what a container's id is shortened to

bool isHexadecimal(char each)
{
    return ('0' <= each && each <= '9') || ('a' <= each && each <= 'f');
}

bool takes(char token, char each)
{
    switch (token) {
    case '*':
        return each != '/';
    case '.':
        return each != '.' && each != '/';
    case '#':
        return isHexadecimal(each);
    default:
        return each != '-' && each != '/';
    }
}

bool matchFrom(QByteArrayView pattern, QByteArrayView text, QByteArray& found)
{
    while (!pattern.isEmpty() && pattern.front() != '{') {
        if (text.isEmpty() || text.front() != pattern.front())
            return false;
        pattern = pattern.sliced(1);
        text = text.sliced(1);
    }
    if (pattern.isEmpty())
        return text.isEmpty();
    const qsizetype end = pattern.indexOf('}');
    const bool matters = pattern[1] == '=';
    const char token = pattern[end - 1]; // '{' or '=' where it is a plain one
    const QByteArrayView rest = pattern.sliced(end + 1);
    qsizetype most = 0;
    while (most < text.size() && takes(token, text[most]))
        ++most;
    for (qsizetype length = most; length >= (token == '#' ? leastDigits : 1); --length) {
        if (!matchFrom(rest, text.sliced(length), found))
            continue;
        if (matters)
            found = text.first(length).toByteArray();
        return true;
    }
    return false;
}

} // namespace

std::optional<QByteArray> match(QByteArrayView pattern, QByteArrayView text)
{
    QByteArray found;
    if (!matchFrom(pattern, text, found))
        return std::nullopt;
    return found;
}

} // namespace bwt
