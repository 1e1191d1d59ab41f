// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/rowtable.h"

#include "app/cli/timerange.h"
#include "app/models/format.h"
#include "app/models/placetext.h"

#include <QDateTime>

#include <algorithm>
#include <utility>

namespace bwt::cli {

namespace {

constexpr int bytesWidth = 7; // "99.9 kB"
constexpr int rateWidth = 9; // "99.9 kB/s"
constexpr int remoteWidth = 20; // an IPv4 address, and an IPv6 address told from its neighbours
constexpr int countryWidth = 7; // its heading
constexpr int operatorWidth = 16;
constexpr int longestBar = 32;

QString orDash(const QString& text)
{
    return text.isNull() ? QStringLiteral("—") : printable(text);
}

QString orDash(const std::optional<quint32>& number)
{
    return number ? QString::number(*number) : QStringLiteral("—");
}

QString remoteText(const Row& row)
{
    return orDash(row.remoteName.isNull() ? row.remoteIp : row.remoteName);
}

QString countryCell(const Row& row)
{
    return orDash(row.country);
}

QString operatorCell(const Row& row)
{
    return row.asn ? printable(operatorText(row.asn, row.asName)) : orDash(QString());
}

QString directionText(const Row& row)
{
    if (row.direction == QLatin1StringView("tx"))
        return QStringLiteral("upload");
    return row.direction == QLatin1StringView("rx") ? QStringLiteral("download") : orDash(row.direction);
}

enum class Whose { Told, Untold };

QString sumText(RowKind kind)
{
    switch (kind) {
    case RowKind::OtherUsers:
        return QStringLiteral("Other people on this computer");
    case RowKind::Rest:
        return QStringLiteral("Everything else");
    case RowKind::Named:
        break;
    }
    return {};
}

/// One column of keys and how it reads its row.
struct KeyColumn {
    Column column;
    QString (*text)(const Row&);
    bool isKnownOfSums = false; ///< of other people's, and of what is past a limit
};

/// Beside a remote address it goes where there is little room.
Column placeColumn(const char16_t* heading, int leastWidth, bool isExtra)
{
    return {.heading = QString::fromUtf16(heading),
        .leastWidth = leastWidth,
        .shrinks = true,
        .dropOrder = isExtra ? 3 : 0};
}

/// What some rows at least tell, beside what was asked for.
struct Told {
    bool country = false;
    bool asn = false;
    Whose whose = Whose::Untold; ///< adds a column to say whose a row is in where no other can
};

QList<KeyColumn> keyColumns(Dimensions by, const Told& told)
{
    QList<KeyColumn> columns;
    const auto add = [&](const char16_t* heading, QString (*text)(const Row&), int leastWidth = 12) {
        columns.append({{.heading = QString::fromUtf16(heading), .leastWidth = leastWidth, .shrinks = true}, text});
    };
    if (by.has(Dimension::App))
        add(u"App", [](const Row& row) { return orDash(row.appName.isNull() ? row.appId : row.appName); });
    if (by.has(Dimension::Process)) {
        add(u"Program", [](const Row& row) { return orDash(row.processName); });
        columns.append({{.heading = QStringLiteral("PID"), .align = Align::Right, .leastWidth = 7, .dropOrder = 1},
            [](const Row& row) { return orDash(row.pid); }});
    }
    if (by.has(Dimension::User))
        add(u"User", [](const Row& row) { return row.userName.isNull() ? orDash(row.uid) : orDash(row.userName); });
    if (by.has(Dimension::Protocol))
        add(u"Protocol", [](const Row& row) { return orDash(row.protocol); });
    if (by.has(Dimension::Service))
        add(u"Service", [](const Row& row) { return orDash(row.service); });
    if (by.has(Dimension::Remote))
        add(u"Remote address", remoteText, remoteWidth);
    if (by.has(Dimension::Direction))
        add(u"Direction", directionText);
    if (by.has(Dimension::Scope))
        columns.append({{.heading = QStringLiteral("Scope"), .leastWidth = 8, .shrinks = true},
            [](const Row& row) { return orDash(row.scope); }, true});
    if (by.has(Dimension::Network))
        add(u"Network", [](const Row& row) { return orDash(row.network); });
    const bool hasRemote = by.has(Dimension::Remote);
    if (by.has(Dimension::Country) || (hasRemote && told.country))
        columns.append({placeColumn(u"Country", countryWidth, hasRemote), countryCell});
    if (by.has(Dimension::Asn) || (hasRemote && told.asn))
        columns.append({placeColumn(u"Network operator", operatorWidth, hasRemote), operatorCell});
    if (by.has(Dimension::Process))
        columns.append({{.heading = QStringLiteral("Executable"), .leastWidth = 24, .shrinks = true, .dropOrder = 4},
            [](const Row& row) { return orDash(row.exe); }});
    if (told.whose == Whose::Told && std::ranges::all_of(columns, &KeyColumn::isKnownOfSums))
        columns.prepend({{.heading = QStringLiteral("Whose"), .leastWidth = 12, .shrinks = true},
            [](const Row&) { return QStringLiteral("Yours and the system's"); }});
    return columns;
}

/// A sum has few keys; the first cell without one says what it is.
QList<Cell> keyCells(const QList<KeyColumn>& columns, const Row& row)
{
    QList<Cell> cells;
    QString words = sumText(row.kind);
    for (const KeyColumn& column : columns) {
        if (row.kind == RowKind::Named || column.isKnownOfSums)
            cells.append({column.text(row), column.column.dropOrder > 0 ? Ink::Faint : Ink::Plain});
        else
            cells.append({std::exchange(words, QString()), Ink::Faint});
    }
    return cells;
}

/// Adds what these rows tell.
Told toldBy(const QList<Row>& rows, Told told = {})
{
    for (const Row& row : rows) {
        told.country = told.country || !row.country.isNull();
        told.asn = told.asn || row.asn.has_value();
        if (row.kind != RowKind::Named)
            told.whose = Whose::Told;
    }
    return told;
}

Cell bytesCell(quint64 bytes, Ink ink = Ink::Plain)
{
    return {formatBytes(bytes), bytes == 0 ? Ink::Faint : ink};
}

Cell rateCell(const std::optional<quint64>& rate, Ink ink)
{
    return {formatRate(rate), rate.value_or(0) == 0 ? Ink::Faint : ink};
}

Column number(const char16_t* heading, int width, int dropOrder = 0)
{
    return {
        .heading = QString::fromUtf16(heading), .align = Align::Right, .leastWidth = width, .dropOrder = dropOrder};
}

QList<Column> numberColumns(Rates rates)
{
    if (rates == Rates::Shown)
        return {number(u"Now ↓", rateWidth), number(u"Now ↑", rateWidth), number(u"Total ↓", bytesWidth, 2),
            number(u"Total ↑", bytesWidth, 2)};
    return {number(u"Download", bytesWidth), number(u"Upload", bytesWidth), number(u"Total", bytesWidth, 2),
        number(u"Last seen", 0, 3)};
}

Cell momentCell(std::optional<qint64> ms)
{
    return {ms ? momentText(*ms) : QStringLiteral("—"), Ink::Faint};
}

QList<Cell> numberCells(const Numbers& numbers, Rates rates)
{
    if (rates == Rates::Shown)
        return {rateCell(numbers.rxRate, Ink::Download), rateCell(numbers.txRate, Ink::Upload),
            bytesCell(numbers.rxBytes), bytesCell(numbers.txBytes)};
    return {bytesCell(numbers.rxBytes, Ink::Download), bytesCell(numbers.txBytes, Ink::Upload),
        bytesCell(numbers.rxBytes + numbers.txBytes), momentCell(numbers.lastSeenMs)};
}

bool isWireKnown(const Row& row)
{
    return row.numbers.rxWireBytes || row.numbers.txWireBytes;
}

/// What passed the network for it; the first to go where there is little room.
QList<Column> wireColumns()
{
    return {number(u"Wire ↓", bytesWidth, 5), number(u"Wire ↑", bytesWidth, 5), number(u"Packets ↓", 0, 6),
        number(u"Packets ↑", 0, 6)};
}

QList<Cell> wireCells(const Numbers& numbers)
{
    const auto bytes = [](const std::optional<quint64>& number) {
        return number ? bytesCell(*number) : Cell{QStringLiteral("—"), Ink::Faint};
    };
    const auto packets = [](const std::optional<quint64>& number) {
        return Cell{number ? formatCount(*number) : QStringLiteral("—"), Ink::Faint};
    };
    return {bytes(numbers.rxWireBytes), bytes(numbers.txWireBytes), packets(numbers.rxPackets),
        packets(numbers.txPackets)};
}

/// Local days and months are dates; everything shorter begins at a moment.
QString bucketText(const SeriesBucket& bucket)
{
    constexpr qint64 dayMs = 23LL * 60 * 60 * 1000; // the day on which clocks go forward is the shortest
    constexpr qint64 monthMs = 27 * 24LL * 60 * 60 * 1000;
    const qint64 length = bucket.endMs - bucket.startMs;
    const QDateTime start = QDateTime::fromMSecsSinceEpoch(bucket.startMs);
    if (length >= monthMs)
        return start.toString(QStringLiteral("yyyy-MM"));
    return length >= dayMs ? start.toString(QStringLiteral("yyyy-MM-dd")) : momentText(bucket.startMs);
}

/// As long as its share of the longest, to an eighth of a character.
QString bar(quint64 bytes, quint64 most)
{
    constexpr int steps = 8;
    const double share = most == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(most);
    const int eighths = bytes == 0 ? 0 : std::max(1, static_cast<int>(share * longestBar * steps));
    QString text(eighths / steps, QChar(0x2588));
    if (eighths % steps > 0)
        text += QChar(0x2590 - eighths % steps);
    return text;
}

quint64 totalBytes(const Row& row)
{
    return row.numbers.rxBytes + row.numbers.txBytes;
}

} // namespace

Table rowTable(const QList<Row>& rows, Dimensions by, Rates rates)
{
    const QList<KeyColumn> keys = keyColumns(by, toldBy(rows));
    const bool hasWire = rates == Rates::Omitted && std::ranges::any_of(rows, isWireKnown);
    QList<Column> columns;
    for (const KeyColumn& key : keys)
        columns.append(key.column);
    columns += numberColumns(rates);
    if (hasWire)
        columns += wireColumns();
    Table table(columns);
    for (const Row& row : rows)
        table.addRow(keyCells(keys, row) + numberCells(row.numbers, rates)
            + (hasWire ? wireCells(row.numbers) : QList<Cell>()));
    return table;
}

QString rowLine(const Row& row, Dimensions by)
{
    QString line = padded(formatRate(row.numbers.rxRate), rateWidth, Align::Right) % QLatin1StringView(" down  ")
        % padded(formatRate(row.numbers.txRate), rateWidth, Align::Right) % QLatin1StringView(" up");
    for (const Cell& cell : keyCells(keyColumns(by, toldBy({row})), row)) {
        if (!cell.text.isEmpty())
            line += QLatin1StringView("  ") % cell.text;
    }
    return line;
}

Table seriesTable(const Series& series, Dimensions by)
{
    Told told;
    for (const SeriesBucket& bucket : series.buckets)
        told = toldBy(bucket.rows, told);
    const QList<KeyColumn> keys = keyColumns(by, told);
    QList<Column> columns{{.heading = QStringLiteral("From")}};
    for (const KeyColumn& key : keys)
        columns.append(key.column);
    columns += {number(u"Download", bytesWidth), number(u"Upload", bytesWidth), number(u"Total", bytesWidth, 2),
        {.heading = QString(), .leastWidth = 8, .shrinks = true, .dropOrder = 3}};
    Table table(columns);

    quint64 most = 0;
    for (const SeriesBucket& bucket : series.buckets) {
        for (const Row& row : bucket.rows)
            most = std::max(most, totalBytes(row));
    }
    for (const SeriesBucket& bucket : series.buckets) {
        QList<Row> rows = bucket.rows;
        if (rows.isEmpty() && (bucket.gap || keys.isEmpty()))
            rows.append(Row());
        for (const Row& row : std::as_const(rows)) {
            QList<Cell> cells{{bucketText(bucket)}};
            const bool gap = bucket.gap && bucket.rows.isEmpty();
            if (gap)
                cells += QList<Cell>(keys.size()) + QList<Cell>(3, {QStringLiteral("—"), Ink::Faint});
            else
                cells += keyCells(keys, row) + numberCells(row.numbers, Rates::Omitted).first(3);
            cells.append({gap ? QStringLiteral("not recorded") : bar(totalBytes(row), most), Ink::Faint});
            table.addRow(cells);
        }
    }
    return table;
}

} // namespace bwt::cli
