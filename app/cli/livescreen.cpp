// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/livescreen.h"

#include "app/cli/rowtable.h"
#include "app/cli/timerange.h"
#include "app/models/format.h"
#include "dbus/limitedrows.h"

#include <algorithm>

namespace bwt::cli {

namespace {

constexpr int narrowestSideBySide = 76;
constexpr int protocolWidth = 34;
constexpr int panelGap = 2;
constexpr int lowestWithPanels = 16;

constexpr QChar down(0x2193); // the arrows
constexpr QChar up(0x2191);

constexpr Dimensions byProcess{Dimension::Process};
constexpr Dimensions byProtocol{Dimension::Protocol};
constexpr Dimensions byRemote{Dimension::Remote};

QStringList tableLines(
    const LivePicture& picture, Dimensions by, int rows, std::optional<int> width, const Palette& palette)
{
    return rowTable(picture.totals.rows(by).mid(0, rows), by, Rates::Shown).lines(width, palette, Table::Fill::Yes);
}

/// The sums on the left, where they come from on the right.
QString headLine(const LivePicture& picture, std::optional<int> width, const Palette& palette)
{
    constexpr int rateWidth = 14; // "↓ 99.9 kB/s" and a gap
    const auto rate = [&](QChar arrow, const std::optional<quint64>& bytes, Ink ink) {
        const QString text = arrow % QLatin1Char(' ') % formatRate(bytes);
        return palette.paint(padded(text, rateWidth, Align::Left), ink);
    };
    const Numbers sum = picture.totals.sum();
    const Frame& head = picture.totals.head();
    const QString rates = rate(down, sum.rxRate, Ink::Download) % rate(up, sum.txRate, Ink::Upload);
    const QString totals = QStringLiteral("total ↓ %1  ↑ %2").arg(formatBytes(sum.rxBytes), formatBytes(sum.txBytes));
    const QString source
        = palette.paint(printable(head.backend) % QLatin1StringView("  ") % momentText(head.untilMs), Ink::Faint);
    if (!width)
        return rates % totals % QLatin1StringView("   ") % source;
    QString line = paintedWidth(rates) < *width ? rates : QString();
    if (paintedWidth(line + totals) <= *width)
        line += totals;
    const int gap = *width - paintedWidth(line) - paintedWidth(source);
    return gap > 0 ? QString(line % QString(gap, QLatin1Char(' ')) % source) : line;
}

/// Two panels in the same lines.
QStringList sideBySide(const QStringList& left, int leftWidth, const QStringList& right)
{
    QStringList lines;
    for (qsizetype i = 0; i < std::max(left.size(), right.size()); ++i) {
        const QString& text = left.value(i);
        lines.append(text % QString(leftWidth - paintedWidth(text), QLatin1Char(' ')) % right.value(i));
    }
    return lines;
}

QStringList lowerPanels(const LivePicture& picture, int rows, int width, const Palette& palette)
{
    if (width < narrowestSideBySide)
        return tableLines(picture, byRemote, rows, width, palette);
    const int leftWidth = protocolWidth + panelGap;
    return sideBySide(tableLines(picture, byProtocol, rows, protocolWidth, palette), leftWidth,
        tableLines(picture, byRemote, rows, width - leftWidth, palette));
}

QString footLine(const LivePicture& picture, int width, const Palette& palette)
{
    if (!picture.trouble.isEmpty())
        return palette.paint(elided(picture.trouble, width), Ink::Warning);
    QString hints = QStringLiteral("q quits");
    const QList<Row> sums = picture.totals.rows({});
    if (std::ranges::find(sums, RowKind::OtherUsers, &Row::kind) != sums.end())
        hints += QStringLiteral("   --all-users names other people's programs");
    return palette.paint(elided(hints, width), Ink::Faint);
}

} // namespace

QStringList liveScreen(const LivePicture& picture, QSize terminal, const Palette& palette)
{
    const int width = terminal.width();
    const int height = terminal.height();
    const bool hasPanels = picture.panels && height >= lowestWithPanels;
    const int panelRows = hasPanels ? std::clamp(height / 4, 3, 12) : 0;
    constexpr int headAndFoot = 4; // the sums, an empty line, the table's headings, the last line
    constexpr int aroundPanels = 2; // an empty line and the headings
    int tableRows = std::max(0, height - headAndFoot - (hasPanels ? panelRows + aroundPanels : 0));
    if (picture.limit > 0)
        tableRows = std::min(tableRows, static_cast<int>(picture.limit));

    QStringList lines{headLine(picture, width, palette), QString()};
    lines += tableLines(picture, picture.panels ? byProcess : picture.by, tableRows, width, palette);
    if (hasPanels) {
        const int above = height - 1 - panelRows - aroundPanels;
        while (lines.size() < above)
            lines.append(QString());
        lines += QString();
        lines += lowerPanels(picture, panelRows, width, palette);
    }
    lines = lines.mid(0, height - 1);
    while (lines.size() < height - 1)
        lines.append(QString());
    lines.append(footLine(picture, width, palette));
    return lines;
}

QStringList liveReport(const LivePicture& picture, std::optional<int> width, const Palette& palette)
{
    const auto table = [&](Dimensions by) {
        return rowTable(limitedTo(picture.limit, picture.totals.rows(by)), by, Rates::Shown).lines(width, palette);
    };
    QStringList lines{headLine(picture, width, palette), QString()};
    if (!picture.panels)
        return lines + table(picture.by);
    return lines + table(byProcess) + QStringList(QString()) + table(byProtocol) + QStringList(QString())
        + table(byRemote);
}

} // namespace bwt::cli
