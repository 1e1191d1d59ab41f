// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace bwt::cli {

namespace {

constexpr QSize usualSize(80, 24);

/// no-color.org: any value but an empty one.
bool wantsColours()
{
    return qgetenv("NO_COLOR").isEmpty() && qgetenv("TERM") != "dumb";
}

} // namespace

Output::Output()
    : m_isTerminal(isatty(STDOUT_FILENO) == 1)
{
}

QSize Output::size() const
{
    winsize window{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0)
        return usualSize;
    return {window.ws_col, window.ws_row};
}

std::optional<int> Output::width() const
{
    return m_isTerminal ? std::optional(size().width()) : std::nullopt;
}

Palette Output::palette() const
{
    return Palette(m_isTerminal && wantsColours() ? Palette::Colours::On : Palette::Colours::Off);
}

bool Output::print(const QStringList& lines)
{
    QByteArray bytes;
    for (const QString& line : lines)
        bytes += line.toUtf8() + '\n';
    return write(bytes);
}

bool Output::print(const QJsonObject& object, QJsonDocument::JsonFormat format)
{
    return write(jsonText(object, format));
}

bool Output::write(const QByteArray& bytes)
{
    if (hasFailed())
        return false;
    const char* at = bytes.constData();
    const char* const end = at + bytes.size();
    while (at != end) {
        const ssize_t written = ::write(STDOUT_FILENO, at, static_cast<std::size_t>(end - at));
        if (written >= 0) {
            at += written;
        } else if (errno != EINTR) {
            m_error = errno;
            if (m_error != EPIPE) // a reader that has seen enough is no error to speak of
                complain(QStringLiteral("can't write the output: ") % qt_error_string(m_error));
            return false;
        }
    }
    return true;
}

void complain(const QString& text)
{
    const QByteArray line = "bwtctl: " + text.toUtf8() + '\n';
    std::fwrite(line.constData(), 1, static_cast<std::size_t>(line.size()), stderr);
}

QByteArray jsonText(const QJsonObject& object, QJsonDocument::JsonFormat format)
{
    QString text = QString::fromUtf8(QJsonDocument(object).toJson(format));
    for (ushort control = 0x7f; control < 0xa0; ++control) {
        if (text.contains(QChar(control)))
            text.replace(QChar(control), QStringLiteral("\\u%1").arg(control, 4, 16, QLatin1Char('0')));
    }
    if (!text.endsWith(QLatin1Char('\n')))
        text += QLatin1Char('\n');
    return text.toUtf8();
}

} // namespace bwt::cli
