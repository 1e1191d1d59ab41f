// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/statusreport.h"

#include "app/cli/table.h"
#include "app/cli/timerange.h"
#include "app/models/format.h"
#include "dbus/gaps.h"
#include "dbus/losses.h"

#include <QDateTime>

#include <utility>

namespace bwt::cli {

namespace {

constexpr qint64 nsPerMs = 1'000'000;

Cell countingCell(const Status& status)
{
    if (status.paused)
        return {QStringLiteral("paused since %1; 'bwtctl resume' goes on").arg(momentText(status.pausedSinceMs)),
            Ink::Warning};
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
    if (status.flowCapacity == 0)
        return flows;
    return flows % QStringLiteral(" of ") % formatCount(status.flowCapacity)
        % (status.outlives ? QStringLiteral(", which go on when the helper ends")
                           : QStringLiteral(", which end with the helper"));
}

/// What each interface that anything passed counted, and what of that is in nobody's name.
QStringList booksReport(const QList<Book>& books, const Palette& palette)
{
    Table table({{QStringLiteral("Interface")}, {QStringLiteral("Received"), Align::Right},
        {QStringLiteral("Sent"), Align::Right}, {QStringLiteral("Identified"), Align::Right},
        {QStringLiteral("Unknown received"), Align::Right}, {QStringLiteral("Unknown sent"), Align::Right}});
    for (const Book& book : books) {
        if (book.tx.bytes == 0 && book.rx.bytes == 0)
            continue;
        table.addRow({{printable(book.interface)}, {formatBytes(book.rx.bytes)}, {formatBytes(book.tx.bytes)},
            {formatShare(identifiedShare(book))}, {formatSignedBytes(book.rx.rest())},
            {formatSignedBytes(book.tx.rest())}});
    }
    return table.isEmpty() ? QStringList() : QStringList{QString()} + table.lines(std::nullopt, palette);
}

QString meteredText(Metered metered)
{
    switch (metered) {
    case Metered::Unknown:
        break;
    case Metered::Yes:
        return QStringLiteral("yes");
    case Metered::No:
        return QStringLiteral("no");
    }
    return QStringLiteral("unknown");
}

/// What NetworkManager says that the interfaces are connected to.
QStringList networksReport(const NetworkList& networks, const Palette& palette)
{
    Table table({{QStringLiteral("Network")}, {QStringLiteral("Interface")}, {QStringLiteral("Type")},
        {QStringLiteral("Metered")}});
    for (const Network& network : networks)
        table.addRow({{printable(network.name)}, {printable(network.interface)}, {printable(network.type)},
            {meteredText(network.metered), network.metered == Metered::Yes ? Ink::Warning : Ink::Plain}});
    return table.isEmpty() ? QStringList() : QStringList{QString()} + table.lines(std::nullopt, palette);
}

/// Of a file that is the same everywhere.
QString dateText(qint64 ms)
{
    return QDateTime::fromMSecsSinceEpoch(ms).toUTC().date().toString(Qt::ISODate);
}

/// Which of the two a file tells, and which file it is; or what is wrong with it.
Cell placesCell(const PlaceSource& source)
{
    const QString what = !source.tellsCountries && !source.tellsOperators ? QStringLiteral("nothing")
        : !source.tellsOperators                                          ? QStringLiteral("countries")
        : source.tellsCountries ? QStringLiteral("countries and network operators")
                                : QStringLiteral("network operators");
    QString file = printable(source.type);
    if (source.builtMs != 0)
        file += QStringLiteral(" of ") % dateText(source.builtMs);
    if (source.problem.isEmpty())
        return {QStringLiteral("%1 by %2: %3").arg(what, printable(source.path), file),
            source.tellsCountries || source.tellsOperators ? Ink::Plain : Ink::Warning};
    QString trouble = printable(source.problemDetail.isEmpty() ? source.problem : source.problemDetail);
    if (!source.type.isEmpty())
        trouble += QStringLiteral("; still in use is ") % file;
    return {what % QStringLiteral(": ") % trouble, Ink::Warning};
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
    QString title = QStringLiteral("Hooks");
    for (const BackendReport& backend : status.backends)
        for (const QString& line : hookLines(backend))
            add(std::exchange(title, QString()), {printable(backend.name % QStringLiteral(": ") % line)});
    title = QStringLiteral("Not seen");
    if (status.gaps.isEmpty())
        add(title, {QStringLiteral("none")});
    for (const QString& code : status.gaps)
        add(std::exchange(title, QString()), {printable(gap::text(code))});
    QStringList losses;
    for (const Loss& loss : status.losses) {
        if (loss.count > 0)
            losses.append(printable(loss::text(loss.code, formatCount(loss.count))));
    }
    add(QStringLiteral("Lost"),
        {losses.isEmpty() ? QStringLiteral("nothing") : losses.join(QLatin1StringView(", ")),
            losses.isEmpty() ? Ink::Plain : Ink::Warning});
    if (status.identified)
        add(QStringLiteral("Identified"),
            {formatShare(status.identified) % QStringLiteral(" of what left and reached this computer")});
    title = QStringLiteral("Places");
    for (const PlaceSource& source : status.placeSources)
        add(std::exchange(title, QString()), placesCell(source));
    add(QStringLiteral("History"), {historyText(status)});
    if (status.lastCommitMs != 0)
        add(QStringLiteral("Written"), {formatAge(nowMs - status.lastCommitMs) % QStringLiteral(" ago")});
    add(QStringLiteral("Counters"), {countersText(status)});
    add(QStringLiteral("Own cost"),
        {QStringLiteral("%1 ms of processor time, %2 of memory")
                .arg(formatCount(status.cpuNs / nsPerMs), formatBytes(status.residentBytes))});
    add(QStringLiteral("Watched by"), {formatCount(status.subscribers)});
    add(QStringLiteral("Version"), {printable(status.version)});
    return lines + networksReport(status.networks, palette) + booksReport(status.books, palette);
}

} // namespace bwt::cli
