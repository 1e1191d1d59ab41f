// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/rowjson.h"

#include <limits>

namespace bwt {

namespace {

QJsonValue toJson(const QString& text)
{
    return text.isNull() ? QJsonValue() : QJsonValue(text);
}

/// Exact up to 2^63 - 1; what is beyond has only a double to live in.
QJsonValue toJson(quint64 number)
{
    constexpr auto largest = static_cast<quint64>(std::numeric_limits<qint64>::max());
    return number <= largest ? QJsonValue(static_cast<qint64>(number)) : QJsonValue(static_cast<double>(number));
}

QJsonValue toJson(qint64 number)
{
    return {number};
}

QJsonValue toJson(double number)
{
    return {number};
}

QJsonValue toJson(quint32 number)
{
    return {static_cast<qint64>(number)};
}

template <typename T> QJsonValue toJson(const std::optional<T>& value)
{
    return value ? toJson(*value) : QJsonValue();
}

/// A moment that the wire writes as 0 when there was none.
QJsonValue momentToJson(qint64 ms)
{
    return ms == 0 ? QJsonValue() : QJsonValue(ms);
}

QJsonValue nullWhenEmpty(const QString& text)
{
    return text.isEmpty() ? QJsonValue() : QJsonValue(text);
}

void insertKeys(QJsonObject& object, const Row& row, Dimensions by)
{
    if (by.has(Dimension::Process)) {
        object[QStringLiteral("pid")] = toJson(row.pid);
        object[QStringLiteral("start_time_ms")] = toJson(row.startTimeMs);
        object[QStringLiteral("process_name")] = toJson(row.processName);
        object[QStringLiteral("exe")] = toJson(row.exe);
    }
    if (by.has(Dimension::App)) {
        object[QStringLiteral("app_id")] = toJson(row.appId);
        object[QStringLiteral("app_name")] = toJson(row.appName);
    }
    if (by.has(Dimension::Process) || by.has(Dimension::User))
        object[QStringLiteral("uid")] = toJson(row.uid);
    if (by.has(Dimension::User))
        object[QStringLiteral("user_name")] = toJson(row.userName);
    if (by.has(Dimension::Protocol))
        object[QStringLiteral("protocol")] = toJson(row.protocol);
    if (by.has(Dimension::Service))
        object[QStringLiteral("service")] = toJson(row.service);
    if (by.has(Dimension::Remote)) {
        object[QStringLiteral("remote_ip")] = toJson(row.remoteIp);
        object[QStringLiteral("remote_name")] = toJson(row.remoteName);
    }
    if (by.has(Dimension::Direction))
        object[QStringLiteral("direction")] = toJson(row.direction);
    if (by.has(Dimension::Scope))
        object[QStringLiteral("scope")] = toJson(row.scope);
    if (by.has(Dimension::Network))
        object[QStringLiteral("network")] = toJson(row.network);
    if (by.has(Dimension::Remote) || by.has(Dimension::Country))
        object[QStringLiteral("country")] = toJson(row.country);
    if (by.has(Dimension::Remote) || by.has(Dimension::Asn)) {
        object[QStringLiteral("asn")] = toJson(row.asn);
        object[QStringLiteral("as_name")] = toJson(row.asName);
    }
}

void insertNumbers(QJsonObject& object, const Numbers& numbers, Rates rates)
{
    object[QStringLiteral("tx_bytes")] = toJson(numbers.txBytes);
    object[QStringLiteral("rx_bytes")] = toJson(numbers.rxBytes);
    object[QStringLiteral("tx_calls")] = toJson(numbers.txCalls);
    object[QStringLiteral("rx_calls")] = toJson(numbers.rxCalls);
    object[QStringLiteral("tx_packets")] = toJson(numbers.txPackets);
    object[QStringLiteral("rx_packets")] = toJson(numbers.rxPackets);
    object[QStringLiteral("tx_wire_bytes")] = toJson(numbers.txWireBytes);
    object[QStringLiteral("rx_wire_bytes")] = toJson(numbers.rxWireBytes);
    object[QStringLiteral("first_seen_ms")] = toJson(numbers.firstSeenMs);
    object[QStringLiteral("last_seen_ms")] = toJson(numbers.lastSeenMs);
    if (rates == Rates::Shown) {
        object[QStringLiteral("tx_rate")] = toJson(numbers.txRate);
        object[QStringLiteral("rx_rate")] = toJson(numbers.rxRate);
    }
}

void insertSide(QJsonObject& object, const QString& prefix, const BookSide& side)
{
    object[prefix % QLatin1StringView("bytes")] = toJson(side.bytes);
    object[prefix % QLatin1StringView("packets")] = toJson(side.packets);
    object[prefix % QLatin1StringView("programs")] = toJson(side.programs);
    object[prefix % QLatin1StringView("kernel")] = toJson(side.kernel);
    object[prefix % QLatin1StringView("forwarded")] = toJson(side.forwarded);
    object[prefix % QLatin1StringView("headers")] = toJson(side.headers);
    object[prefix % QLatin1StringView("bundled")] = toJson(side.bundled);
    object[prefix % QLatin1StringView("rest")] = toJson(side.rest());
}

QJsonArray booksToJson(const QList<Book>& books)
{
    QJsonArray interfaces;
    for (const Book& book : books) {
        QJsonObject object{{QStringLiteral("interface"), book.interface},
            {QStringLiteral("leads_out"), book.leadsOut},
            {QStringLiteral("identified"), toJson(identifiedShare(book))}};
        insertSide(object, QStringLiteral("tx_"), book.tx);
        insertSide(object, QStringLiteral("rx_"), book.rx);
        interfaces.append(object);
    }
    return interfaces;
}

QJsonValue meteredToJson(Metered metered)
{
    return metered == Metered::Unknown ? QJsonValue() : QJsonValue(metered == Metered::Yes);
}

QJsonArray networksToJson(const NetworkList& networks)
{
    QJsonArray array;
    for (const Network& network : networks)
        array.append(
            QJsonObject{{QStringLiteral("network"), network.name}, {QStringLiteral("interface"), network.interface},
                {QStringLiteral("type"), network.type}, {QStringLiteral("metered"), meteredToJson(network.metered)}});
    return array;
}

QJsonArray placeSourcesToJson(const PlaceSources& sources)
{
    QJsonArray array;
    for (const PlaceSource& source : sources) {
        QJsonArray tells;
        if (source.tellsCountries)
            tells.append(QStringLiteral("country"));
        if (source.tellsOperators)
            tells.append(QStringLiteral("asn"));
        array.append(QJsonObject{{QStringLiteral("path"), source.path}, {QStringLiteral("tells"), tells},
            {QStringLiteral("type"), nullWhenEmpty(source.type)},
            {QStringLiteral("built_ms"), momentToJson(source.builtMs)},
            {QStringLiteral("problem"), nullWhenEmpty(source.problem)},
            {QStringLiteral("problem_detail"), nullWhenEmpty(source.problemDetail)}});
    }
    return array;
}

/// What frames and series begin with.
template <typename Answer> QJsonObject headToJson(const Answer& answer)
{
    return {
        {QStringLiteral("since_ms"), answer.sinceMs},
        {QStringLiteral("until_ms"), answer.untilMs},
        {QStringLiteral("backend"), nullWhenEmpty(answer.backend)},
        {QStringLiteral("covers"),
            QJsonObject{
                {QStringLiteral("from_ms"), answer.coversFromMs}, {QStringLiteral("to_ms"), answer.coversToMs}}},
    };
}

/// Nothing was recorded: every key and number is unknown.
QJsonObject gapToJson(Dimensions by)
{
    QJsonObject object = rowToJson(Row(), by, Rates::Omitted);
    for (QJsonValueRef value : object)
        value = QJsonValue();
    object[QStringLiteral("gap")] = true;
    return object;
}

QList<QJsonObject> bucketRows(const SeriesBucket& bucket, Dimensions by)
{
    QList<QJsonObject> rows;
    for (const Row& row : bucket.rows)
        rows.append(rowToJson(row, by, Rates::Omitted));
    if (bucket.gap && rows.isEmpty())
        rows.append(gapToJson(by));
    else if (rows.isEmpty() && by.isEmpty())
        rows.append(rowToJson(Row(), by, Rates::Omitted)); // recorded, and nothing passed
    return rows;
}

} // namespace

QJsonObject rowToJson(const Row& row, Dimensions by, Rates rates)
{
    QJsonObject object;
    insertKeys(object, row, by);
    insertNumbers(object, row.numbers, rates);
    if (row.kind == RowKind::OtherUsers)
        object[QStringLiteral("other_users")] = true;
    if (row.kind == RowKind::Rest)
        object[QStringLiteral("rest")] = true;
    return object;
}

QJsonObject frameToJson(const Frame& frame, Dimensions by, Rates rates)
{
    QJsonArray rows;
    for (const Row& row : frame.rows)
        rows.append(rowToJson(row, by, rates));
    QJsonObject object = headToJson(frame);
    object[QStringLiteral("rows")] = rows;
    return object;
}

QJsonArray seriesRowsToJson(const Series& series, Dimensions by)
{
    QJsonArray rows;
    for (const SeriesBucket& bucket : series.buckets) {
        for (QJsonObject row : bucketRows(bucket, by)) {
            row[QStringLiteral("bucket_start_ms")] = bucket.startMs;
            row[QStringLiteral("bucket_end_ms")] = bucket.endMs;
            rows.append(row);
        }
    }
    return rows;
}

QJsonObject seriesHeadToJson(const Series& series)
{
    return headToJson(series);
}

QJsonObject seriesToJson(const Series& series, Dimensions by)
{
    QJsonObject object = seriesHeadToJson(series);
    object[QStringLiteral("rows")] = seriesRowsToJson(series, by);
    return object;
}

QJsonObject eventsToJson(const EventList& events, qint64 sinceMs, qint64 untilMs)
{
    QJsonArray rows;
    for (const Event& event : events)
        rows.append(QJsonObject{{QStringLiteral("kind"), eventKindName(event.kind)},
            {QStringLiteral("time_ms"), event.timeMs}, {QStringLiteral("until_ms"), event.untilMs},
            {QStringLiteral("detail"), nullWhenEmpty(event.detail)}});
    return {
        {QStringLiteral("since_ms"), sinceMs}, {QStringLiteral("until_ms"), untilMs}, {QStringLiteral("rows"), rows}};
}

QJsonObject appsToJson(const AppList& apps)
{
    QJsonArray rows;
    for (const AppEntry& app : apps)
        rows.append(QJsonObject{{QStringLiteral("app_id"), app.id}, {QStringLiteral("app_name"), app.name},
            {QStringLiteral("own_name"), app.ownName}, {QStringLiteral("merged_into"), nullWhenEmpty(app.into)}});
    return {{QStringLiteral("rows"), rows}};
}

QJsonObject settingsToJson(const SettingList& settings)
{
    QJsonArray rows;
    for (const SettingEntry& setting : settings)
        rows.append(QJsonObject{{QStringLiteral("name"), setting.name},
            {QStringLiteral("value"), nullWhenEmpty(setting.value)},
            {QStringLiteral("default"), nullWhenEmpty(setting.standard)},
            {QStringLiteral("origin"), settingOriginName(setting.origin)},
            {QStringLiteral("reach"), settingReachName(setting.reach)}});
    return {{QStringLiteral("rows"), rows}};
}

QJsonObject statusToJson(const Status& status)
{
    QJsonObject losses;
    for (const Loss& loss : status.losses)
        losses[loss.code] = toJson(loss.count);
    return {
        {QStringLiteral("version"), status.version},
        {QStringLiteral("kernel"), nullWhenEmpty(status.kernel)},
        {QStringLiteral("backend"), nullWhenEmpty(status.backend)},
        {QStringLiteral("counting"), status.counting},
        {QStringLiteral("paused"), status.paused},
        {QStringLiteral("paused_since_ms"), momentToJson(status.pausedSinceMs)},
        {QStringLiteral("problem"), nullWhenEmpty(status.problem)},
        {QStringLiteral("problem_detail"), nullWhenEmpty(status.problemDetail)},
        {QStringLiteral("gaps"), QJsonArray::fromStringList(status.gaps)},
        {QStringLiteral("backends"), backendsToJson(status.backends)},
        {QStringLiteral("losses"), losses},
        {QStringLiteral("counting_since_ms"), momentToJson(status.countingSinceMs)},
        {QStringLiteral("interval_ms"), toJson(status.intervalMs)},
        {QStringLiteral("database_bytes"), toJson(status.databaseBytes)},
        {QStringLiteral("history_since_ms"), momentToJson(status.historySinceMs)},
        {QStringLiteral("last_commit_ms"), momentToJson(status.lastCommitMs)},
        {QStringLiteral("cpu_ns"), toJson(status.cpuNs)},
        {QStringLiteral("resident_bytes"), toJson(status.residentBytes)},
        {QStringLiteral("flows"), toJson(status.flows)},
        {QStringLiteral("flow_capacity"), toJson(status.flowCapacity)},
        {QStringLiteral("outlives_helper"), status.outlives},
        {QStringLiteral("subscribers"), toJson(status.subscribers)},
        {QStringLiteral("identified"), toJson(status.identified)},
        {QStringLiteral("interfaces"), booksToJson(status.books)},
        {QStringLiteral("networks"), networksToJson(status.networks)},
        {QStringLiteral("place_files"), placeSourcesToJson(status.placeSources)},
    };
}

} // namespace bwt
