// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/exporttext.h"

#include "dbus/rowjson.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <array>
#include <chrono>
#include <cstdio>

namespace bwt {

namespace {

constexpr auto lineEnd = "\r\n";

/// All keys that a row of a series may have, in the order of a table.
constexpr const char* columnOrder[] = {"bucket_start_ms", "bucket_end_ms", "pid", "start_time_ms", "process_name",
    "exe", "app_id", "app_name", "uid", "user_name", "protocol", "service", "remote_ip", "remote_name", "direction",
    "scope", "network", "country", "asn", "as_name", "tx_bytes", "rx_bytes", "tx_calls", "rx_calls", "tx_packets",
    "rx_packets", "tx_wire_bytes", "rx_wire_bytes", "first_seen_ms", "last_seen_ms", "other_users", "gap"};

/// What only some rows have, and every table.
bool isMark(const QString& key)
{
    return key == QLatin1StringView("other_users") || key == QLatin1StringView("gap");
}

QStringList columnsOf(Dimensions by)
{
    Series nothing;
    nothing.buckets.append({0, 0, true, {}});
    const QJsonObject gap = seriesRowsToJson(nothing, by).first().toObject();
    QStringList columns;
    for (const char* const name : columnOrder) {
        const QString key = QString::fromLatin1(name);
        if (gap.contains(key) || isMark(key))
            columns.append(key);
    }
    return columns;
}

bool isMoment(const QString& column)
{
    return column.endsWith(QLatin1StringView("_ms"));
}

/// ISO 8601 in UTC; QDateTime takes most of an export's time for it.
QByteArray momentCell(const QJsonValue& ms)
{
    using namespace std::chrono;
    if (!ms.isDouble())
        return {};
    const sys_time<milliseconds> moment{milliseconds(ms.toInteger())};
    const auto midnight = floor<days>(moment);
    const year_month_day date(midnight);
    const hh_mm_ss time(moment - midnight);
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
        unsigned(date.month()), unsigned(date.day()), int(time.hours().count()), int(time.minutes().count()),
        int(time.seconds().count()), int(time.subseconds().count()));
    return {text.data(), size};
}

QByteArray textCell(const QString& text)
{
    QByteArray cell = text.toUtf8();
    if (!cell.isEmpty() && QByteArrayView("=+-@\t\r").contains(cell.front()))
        cell.prepend('\'');
    if (!cell.contains('"') && !cell.contains(',') && !cell.contains('\n') && !cell.contains('\r'))
        return cell;
    return '"' + cell.replace("\"", "\"\"") + '"';
}

QByteArray cellOf(const QJsonValue& value)
{
    if (value.isString())
        return textCell(value.toString());
    if (value.isBool())
        return value.toBool() ? "true" : "false";
    return value.toVariant().toString().toLatin1(); // digits, or nothing
}

QByteArray line(const QStringList& columns, const QJsonObject& row)
{
    QByteArray text;
    for (const QString& column : columns) {
        const QJsonValue value = row[column];
        text += cellOf(value) + ',';
        if (isMoment(column))
            text += momentCell(value) + ',';
    }
    text.chop(1);
    return text + lineEnd;
}

QByteArray header(const QStringList& columns)
{
    QByteArray text;
    for (const QString& column : columns) {
        text += column.toLatin1() + ',';
        if (isMoment(column))
            text += column.chopped(3).toLatin1() + ',';
    }
    text.chop(1);
    return text + lineEnd;
}

} // namespace

std::optional<ExportFormat> exportFormatFromName(QStringView name)
{
    if (name == QLatin1StringView("csv"))
        return ExportFormat::Csv;
    if (name == QLatin1StringView("json"))
        return ExportFormat::Json;
    return std::nullopt;
}

ExportText::ExportText(ExportFormat format, Dimensions by)
    : m_format(format)
    , m_by(by)
    , m_columns(columnsOf(by))
{
}

QByteArray ExportText::begin(const Series& head) const
{
    if (m_format == ExportFormat::Csv)
        return header(m_columns);
    QByteArray text = QJsonDocument(seriesHeadToJson(head)).toJson(QJsonDocument::Compact);
    text.chop(1); // the brace, which end() closes
    return text + ",\"rows\":[";
}

QByteArray ExportText::rows(const Series& piece)
{
    QByteArray text;
    const QJsonArray rows = seriesRowsToJson(piece, m_by);
    for (const auto& row : rows) {
        if (m_format == ExportFormat::Csv) {
            text += line(m_columns, row.toObject());
        } else {
            text += m_count == 0 ? "\n" : ",\n";
            text += QJsonDocument(row.toObject()).toJson(QJsonDocument::Compact);
        }
        ++m_count;
    }
    return text;
}

QByteArray ExportText::end() const
{
    return m_format == ExportFormat::Json ? "\n]}\n" : "";
}

} // namespace bwt
