// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/statusreport.h"

#include "app/cli/table.h"
#include "app/cli/timerange.h"
#include "app/models/format.h"
#include "dbus/gaps.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bwt::cli {

namespace {

constexpr qint64 nsPerMs = 1'000'000;

QString lossText(const Loss& loss)
{
    struct Wording {
        QLatin1StringView code;
        QLatin1StringView text;
    };
    static constexpr std::array wordings{
        Wording{QLatin1StringView("map-full"), QLatin1StringView("%1 calls counted without their remote address")},
        Wording{QLatin1StringView("lost-tx-bytes"), QLatin1StringView("%1 bytes sent, by a program not known")},
        Wording{QLatin1StringView("lost-rx-bytes"), QLatin1StringView("%1 bytes received, by a program not known")},
        Wording{QLatin1StringView("unknown-process"), QLatin1StringView("%1 processes counted without their name")},
        Wording{QLatin1StringView("recursion-miss"), QLatin1StringView("%1 calls that the kernel did not show")},
    };
    const QString count = formatCount(loss.count);
    const auto* found = std::ranges::find(wordings, loss.code, &Wording::code);
    return found == wordings.end() ? QString(count % QLatin1Char(' ') % printable(loss.code))
                                   : QString(found->text).arg(count);
}

Cell countingCell(const Status& status)
{
    if (status.paused)
        return {QStringLiteral("paused; 'bwtctl resume' goes on"), Ink::Warning};
    if (!status.counting)
        return {QStringLiteral("no"), Ink::Warning};
    return {QStringLiteral("since %1, every %2 s")
            .arg(momentText(status.countingSinceMs))
            .arg(status.intervalMs / 1000.0)};
}

QString historyText(const Status& status)
{
    const QString size = formatBytes(status.databaseBytes);
    return status.historySinceMs == 0
        ? QString(size % QLatin1StringView(", empty"))
        : QString(size % QLatin1StringView(", from ") % momentText(status.historySinceMs));
}

/// A recording has no end of room.
QString countersText(const Status& status)
{
    const QString flows = formatCount(status.flows);
    return status.flowCapacity == 0 ? flows
                                    : QString(flows % QStringLiteral(" of ") % formatCount(status.flowCapacity));
}

QString orNone(const QString& text)
{
    return text.isEmpty() ? QStringLiteral("none") : printable(text);
}

} // namespace

QStringList statusReport(const Status& status, qint64 nowMs, const Palette& palette)
{
    QStringList lines;
    const auto add = [&](const QString& title, const Cell& cell) {
        constexpr int titleWidth = 10;
        lines.append(palette.paint(padded(title, titleWidth, Align::Left), Ink::Strong) % QLatin1StringView("  ")
            % palette.paint(cell.text, cell.ink));
    };
    if (!status.problem.isEmpty())
        add(QStringLiteral("Problem"),
            {printable(status.problemDetail.isEmpty() ? status.problem : status.problemDetail), Ink::Warning});
    add(QStringLiteral("Counting"), countingCell(status));
    add(QStringLiteral("Backend"),
        {orNone(status.backend) % QStringLiteral(" on kernel ") % printable(status.kernel)});
    QString title = QStringLiteral("Not seen");
    if (status.gaps.isEmpty())
        add(title, {QStringLiteral("none")});
    for (const QString& code : status.gaps)
        add(std::exchange(title, QString()), {printable(gap::text(code))});
    QStringList losses;
    for (const Loss& loss : status.losses) {
        if (loss.count > 0)
            losses.append(lossText(loss));
    }
    add(QStringLiteral("Lost"),
        {losses.isEmpty() ? QStringLiteral("nothing") : losses.join(QLatin1StringView(", ")),
            losses.isEmpty() ? Ink::Plain : Ink::Warning});
    add(QStringLiteral("History"), {historyText(status)});
    if (status.lastCommitMs != 0)
        add(QStringLiteral("Written"), {formatAge(nowMs - status.lastCommitMs) % QStringLiteral(" ago")});
    add(QStringLiteral("Counters"), {countersText(status)});
    add(QStringLiteral("Own cost"),
        {QStringLiteral("%1 ms of processor time, %2 of memory")
                .arg(formatCount(status.cpuNs / nsPerMs), formatBytes(status.residentBytes))});
    add(QStringLiteral("Watched by"), {formatCount(status.subscribers)});
    add(QStringLiteral("Version"), {printable(status.version)});
    return lines;
}

} // namespace bwt::cli
