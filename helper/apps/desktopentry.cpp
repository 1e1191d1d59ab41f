// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/desktopentry.h"

#include "helper/apps/pathrules.h"

#include <algorithm>

namespace bwt {

namespace {

constexpr qsizetype longestText = 64 * 1024;
constexpr qsizetype longestName = 128;
constexpr qsizetype mostWords = 64;

/// Escapes of values of the type string.
QByteArray unescapedValue(QByteArrayView value)
{
    QByteArray plain;
    for (qsizetype i = 0; i < value.size(); ++i) {
        if (value[i] != '\\' || i + 1 == value.size()) {
            plain += value[i];
            continue;
        }
        switch (value[++i]) {
        case 's':
            plain += ' ';
            break;
        case 'n':
            plain += '\n';
            break;
        case 't':
            plain += '\t';
            break;
        case 'r':
            plain += '\r';
            break;
        default:
            plain += value[i];
        }
    }
    return plain;
}

/// As the shell would have it: blanks part words, quotes hold them together.
QList<QByteArray> wordsIn(const QByteArray& exec)
{
    QList<QByteArray> words;
    QByteArray word;
    bool isWord = false;
    bool isQuoted = false;
    for (qsizetype i = 0; i < exec.size() && words.size() < mostWords; ++i) {
        if (exec[i] == '"') {
            isQuoted = !isQuoted;
            isWord = true;
        } else if (exec[i] == ' ' && !isQuoted) {
            if (isWord)
                words.append(std::exchange(word, {}));
            isWord = false;
        } else {
            if (exec[i] == '\\' && isQuoted && i + 1 < exec.size())
                ++i;
            word += exec[i];
            isWord = true;
        }
    }
    if (isWord)
        words.append(word);
    return words;
}

bool isFieldCode(const QByteArray& word)
{
    return word.size() == 2 && word[0] == '%' && word[1] != '%';
}

} // namespace

QList<QByteArray> commandIn(QByteArrayView exec)
{
    QList<QByteArray> words = wordsIn(unescapedValue(exec));
    words.removeIf(isFieldCode);
    const auto isOfEnv = [](const QByteArray& word) { return fileName(word) == "env" || word.contains('='); };
    words.erase(words.begin(), std::ranges::find_if_not(words, isOfEnv));
    return words;
}

std::optional<DesktopEntry> desktopEntryIn(QByteArrayView text)
{
    DesktopEntry entry;
    bool isOurs = false; // the group
    bool isApplication = false;
    for (const QByteArray& line : text.first(std::min(text.size(), longestText)).toByteArray().split('\n')) {
        if (line.startsWith('['))
            isOurs = line.trimmed() == "[Desktop Entry]";
        const qsizetype equals = line.indexOf('=');
        if (!isOurs || equals <= 0 || line.startsWith('#'))
            continue;
        const QByteArray key = line.first(equals).trimmed();
        const QByteArray value = line.sliced(equals + 1).trimmed();
        if (key == "Type")
            isApplication = value == "Application";
        else if (key == "Hidden" && value == "true")
            return std::nullopt;
        else if (key == "NoDisplay")
            entry.isShown = value != "true";
        else if (key == "Name")
            entry.name = unescapedValue(value).left(longestName);
        else if (key == "Exec")
            entry.command = commandIn(value);
        else if (key == "X-Flatpak")
            entry.flatpak = value.left(longestName);
        else if (key == "X-SnapInstanceName")
            entry.snap = value.left(longestName);
    }
    return isApplication && !entry.name.isEmpty() ? std::optional(entry) : std::nullopt;
}

} // namespace bwt
