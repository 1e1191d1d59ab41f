// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/exportprogress.h"

#include "app/models/format.h"

#include <algorithm>

namespace bwt::cli {

namespace {

constexpr qint64 whole = 100; // per cent
constexpr qint64 msPerSecond = 1000;
constexpr QByteArrayView startKey("\"bucket_start_ms\":");

/// The digits at the beginning; 0 when there are none.
qint64 leadingNumber(QByteArrayView text)
{
    const auto* const end = std::ranges::find_if_not(text, [](char one) { return one >= '0' && one <= '9'; });
    return text.first(end - text.begin()).toByteArray().toLongLong();
}

} // namespace

ExportProgress::ExportProgress(Format format, qint64 sinceMs, qint64 untilMs)
    : m_format(format)
    , m_sinceMs(sinceMs)
    , m_untilMs(untilMs)
    , m_momentMs(sinceMs)
{
    m_running.start();
}

void ExportProgress::pass(const QByteArray& bytes)
{
    m_begun += bytes;
    const qsizetype end = m_begun.lastIndexOf('\n');
    if (end < 0)
        return;
    const bool isFirst = rows() == 0;
    m_lines += m_begun.first(end + 1).count('\n');
    const qsizetype before = end == 0 ? -1 : m_begun.lastIndexOf('\n', end - 1);
    noteMoment(m_begun.mid(before + 1, end - before - 1));
    if (isFirst && rows() > 0)
        m_sinceMs = std::max(m_sinceMs, m_momentMs);
    m_begun.remove(0, end + 1);
}

void ExportProgress::noteMoment(const QByteArray& line)
{
    qsizetype at = 0;
    if (m_format == Format::Json) {
        at = line.indexOf(startKey);
        at = at < 0 ? line.size() : at + startKey.size();
    }
    m_momentMs = std::max(m_momentMs, leadingNumber(QByteArrayView(line).sliced(at)));
}

/// The first line is no row.
qint64 ExportProgress::rows() const
{
    return std::max<qint64>(0, m_lines - 1);
}

int ExportProgress::percent() const
{
    if (m_momentMs >= m_untilMs || m_sinceMs >= m_untilMs)
        return whole;
    return static_cast<int>((m_momentMs - m_sinceMs) * whole / (m_untilMs - m_sinceMs));
}

QString ExportProgress::text() const
{
    const qint64 rate = rows() * msPerSecond / std::max<qint64>(1, m_running.elapsed());
    return QStringLiteral("%1 %, %2 rows, %3 rows a second")
        .arg(percent())
        .arg(formatCount(static_cast<quint64>(rows())), formatCount(static_cast<quint64>(rate)));
}

} // namespace bwt::cli
