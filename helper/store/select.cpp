// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/select.h"

#include "helper/collector/naming.h"

#include <array>

namespace bwt::store {

namespace {

/// How a dimension reads in SQL: what is grouped by inside, and what an outer join makes of it.
struct Grouping {
    Dimension dimension;
    const char* key; ///< expression over flow and program, with its name
    const char* name; ///< of the key, which no table has: SQLite prefers a column to an alias
    const char* join;
    const char* columns;
    int count; ///< of the columns
    void (*fill)(Row& row, const Statement& statement, int column);
};

QString orNull(const QString& text)
{
    return text.isEmpty() ? QString() : text;
}

void fillUid(Row& row, const Statement& statement, int column)
{
    if (!statement.isNull(column) && statement.integer(column) != unknownUid)
        row.uid = static_cast<quint32>(statement.integer(column));
}

void fillProcess(Row& row, const Statement& statement, int column)
{
    if (!statement.isNull(column)) {
        row.pid = static_cast<quint32>(statement.integer(column));
        row.startTimeMs = statement.integer(column + 1);
    }
    row.processName = orNull(statement.text(column + 2));
    row.exe = orNull(statement.text(column + 3));
    fillUid(row, statement, column + 4);
}

void fillApp(Row& row, const Statement& statement, int column)
{
    row.appId = orNull(statement.text(column));
    row.appName = orNull(statement.text(column + 1));
}

void fillUser(Row& row, const Statement& statement, int column)
{
    fillUid(row, statement, column);
    if (row.uid)
        row.userName = userName(*row.uid);
}

void fillDirection(Row& row, const Statement& statement, int column)
{
    row.direction = statement.integer(column) != 0 ? QStringLiteral("tx") : QStringLiteral("rx");
}

template <QString Row::* Field> void fillText(Row& row, const Statement& statement, int column)
{
    row.*Field = statement.text(column);
}

// A process that hours no longer know is grouped by its program instead. What a process was last names it: programs
// are made in order of time, but may come back, so the newest bucket decides.
constexpr std::array groupings{
    Grouping{Dimension::Process, "CASE flow.process WHEN 0 THEN -flow.program ELSE flow.process END", "by_process",
        "LEFT JOIN process ON process.id = grouped.by_process "
        "LEFT JOIN program AS last ON last.id = grouped.last_program % 4294967296",
        "process.pid, process.start_ms, last.name, last.exe, last.uid", 5, &fillProcess},
    Grouping{Dimension::App, "program.app", "by_app", "LEFT JOIN app ON app.id = grouped.by_app",
        "app.app_id, app.name", 2, &fillApp},
    Grouping{Dimension::User, "program.uid", "by_uid", "", "grouped.by_uid", 1, &fillUser},
    Grouping{Dimension::Protocol, "flow.protocol", "by_protocol",
        "LEFT JOIN word AS protocol ON protocol.id = grouped.by_protocol", "protocol.text", 1,
        &fillText<&Row::protocol>},
    Grouping{Dimension::Service, "flow.service", "by_service",
        "LEFT JOIN word AS service ON service.id = grouped.by_service", "service.text", 1, &fillText<&Row::service>},
    Grouping{Dimension::Remote, "flow.remote", "by_remote", "LEFT JOIN remote ON remote.id = grouped.by_remote",
        "remote.ip", 1, &fillText<&Row::remoteIp>},
    Grouping{Dimension::Scope, "flow.scope", "by_scope", "LEFT JOIN word AS scope ON scope.id = grouped.by_scope",
        "scope.text", 1, &fillText<&Row::scope>},
    Grouping{Dimension::Direction, "is_tx", "by_side", "", "grouped.by_side", 1, &fillDirection},
};

/// How far traffic went is told of sums, too, of other people's and of what is past the limit.
bool isToldOfSums(const Grouping& grouping)
{
    return grouping.dimension == Dimension::Scope;
}

/// What a query by direction needs: each stored row as its two sides, with the other side's numbers 0, and without
/// sides on which nothing passed. The sides of what is hidden meet again in its one row.
struct Sides {
    const char* join;
    const char* sums;
    const char* condition;
};

constexpr Sides together{"",
    "sum(tx_bytes) AS tx_bytes, sum(rx_bytes) AS rx_bytes, sum(tx_calls) AS tx_calls, sum(rx_calls) AS rx_calls, "
    "sum(tx_packets) AS tx_packets, sum(rx_packets) AS rx_packets, "
    "sum(tx_wire_bytes) AS tx_wire_bytes, sum(rx_wire_bytes) AS rx_wire_bytes",
    "1"};
constexpr Sides apart{"CROSS JOIN (SELECT 1 AS is_tx UNION ALL SELECT 0)",
    "sum(tx_bytes * is_tx) AS tx_bytes, sum(rx_bytes * (1 - is_tx)) AS rx_bytes, "
    "sum(tx_calls * is_tx) AS tx_calls, sum(rx_calls * (1 - is_tx)) AS rx_calls, "
    "sum(tx_packets * is_tx) AS tx_packets, sum(rx_packets * (1 - is_tx)) AS rx_packets, "
    "sum(tx_wire_bytes * is_tx) AS tx_wire_bytes, sum(rx_wire_bytes * (1 - is_tx)) AS rx_wire_bytes",
    "CASE is_tx WHEN 1 THEN tx_bytes <> 0 OR tx_calls <> 0 OR ifnull(tx_packets, 0) <> 0 "
    "ELSE rx_bytes <> 0 OR rx_calls <> 0 OR ifnull(rx_packets, 0) <> 0 END"};

template <typename Action> void forEachGrouping(Dimensions by, Action action)
{
    for (const Grouping& grouping : groupings) {
        if (by.has(grouping.dimension))
            action(grouping);
    }
}

/// The columns that every answer begins with.
enum Column {
    BucketColumn,
    HiddenColumn,
    TxBytes,
    RxBytes,
    TxCalls,
    RxCalls,
    TxPackets,
    RxPackets,
    TxWireBytes,
    RxWireBytes,
    FirstSeen,
    LastSeen,
    FirstKey
};

QString segmentsJson(const Plan& plan, Tier tier)
{
    QStringList items;
    for (const Segment& segment : plan.segments) {
        if (segment.tier == tier)
            items.append(QStringLiteral("[%1,%2,%3,%4]")
                    .arg(segment.bucket)
                    .arg(segment.first)
                    .arg(segment.last)
                    .arg(segment.step));
    }
    return QLatin1Char('[') + items.join(QLatin1Char(',')) + QLatin1Char(']');
}

/// Rows of one tier in the segments that its parameter holds. The cross join keeps SQLite from walking the
/// whole tier for each segment.
QString tierSql(const char* tier, qint64 seconds)
{
    return QStringLiteral("SELECT bucket + (start - first) / step AS bucket, start, start + %2 AS ends, flow, "
                          "tx_bytes, rx_bytes, tx_calls, rx_calls, tx_packets, rx_packets, tx_wire_bytes, "
                          "rx_wire_bytes FROM "
                          "(SELECT value ->> 0 AS bucket, value ->> 1 AS first, value ->> 2 AS last, "
                          "value ->> 3 AS step FROM json_each(?)) CROSS JOIN %1 ON start >= first AND start < last")
        .arg(QLatin1StringView(tier))
        .arg(seconds);
}

QString visibleSql(const Visibility& visibility)
{
    QStringList ranges;
    for (const auto& [first, last] : visibility.ranges())
        ranges.append(QStringLiteral("program.uid BETWEEN %1 AND %2").arg(first).arg(last));
    return QLatin1Char('(') + ranges.join(QStringLiteral(" OR ")) + QLatin1Char(')');
}

/// The text as the history has it: one spelling for an address or a protocol, however it was typed.
QString canonicalRemote(const QString& text)
{
    const std::optional<Address> address = addressFromText(text);
    return address ? addressText(*address) : text;
}

QString canonicalProtocol(const QString& text)
{
    const std::optional<std::uint16_t> protocol = protocolFromName(text);
    return protocol ? protocolName(*protocol) : text;
}

} // namespace

bool needsProcess(const HistoryQuery& query)
{
    return query.by.has(Dimension::Process) || query.filter.namesPid();
}

Select::Select(const HistoryQuery& query, const Plan& plan)
    : m_query(query)
    , m_plan(plan)
{
}

Statement Select::run(const Database& database) const
{
    const Text where = condition();
    QVariantList values{segmentsJson(m_plan, Tier::Minute), segmentsJson(m_plan, Tier::Hour)};
    values += where.values;
    Statement statement = database.prepare(sql(where.sql));
    statement.runWith(values);
    return statement;
}

QString Select::sql(const QString& condition) const
{
    const QString visible = hidesSomething() ? visibleSql(m_query.visibility) : QStringLiteral("1");
    const Sides& sides = m_query.by.has(Dimension::Direction) ? apart : together;
    QString keys;
    QString keyNames;
    QString joins;
    QString columns;
    forEachGrouping(m_query.by, [&](const Grouping& grouping) {
        const QLatin1StringView name(grouping.name);
        const QString told = isToldOfSums(grouping) ? QStringLiteral("1") : visible;
        keys += QStringLiteral(", CASE WHEN %1 THEN %2 END AS %3").arg(told, QLatin1StringView(grouping.key), name);
        keyNames += QStringLiteral(", grouped.") + name;
        joins += QLatin1Char(' ') + QLatin1StringView(grouping.join);
        columns += QStringLiteral(", ") + QLatin1StringView(grouping.columns);
    });
    return QStringLiteral(
        "SELECT grouped.bucket, hidden, tx_bytes, rx_bytes, tx_calls, rx_calls, tx_packets, rx_packets, "
        "tx_wire_bytes, rx_wire_bytes, first_seen, last_seen %1 FROM ("
        "SELECT fact.bucket, NOT %2 AS hidden, %10, min(fact.start) AS first_seen, "
        "max(fact.ends) AS last_seen, max(fact.start / 60 * 4294967296 + flow.program) AS last_program %3 "
        "FROM (%4 UNION ALL %5) AS fact JOIN flow ON flow.id = fact.flow JOIN program ON program.id = flow.program "
        "%11 WHERE %6 AND %12 GROUP BY fact.bucket, hidden %7) AS grouped %8 "
        "ORDER BY grouped.bucket, tx_bytes + rx_bytes DESC, hidden %9")
        .arg(columns, visible, keys, tierSql("minute", minuteSeconds), tierSql("hour", hourSeconds), condition,
            QString(keyNames).remove(QStringLiteral("grouped.")), joins, keyNames, QLatin1StringView(sides.sums),
            QLatin1StringView(sides.join), QLatin1StringView(sides.condition));
}

Select::Text Select::condition() const
{
    const Filter& filter = m_query.filter;
    QStringList all{QStringLiteral("1")};
    QVariantList values;
    const auto narrow = [&](const QString& sql, const QVariantList& itsValues) {
        all.append(sql);
        values.append(itsValues);
    };
    if (!filter.process.isEmpty())
        narrow(QStringLiteral("program.name = ?"), {filter.process});
    if (filter.namesPid())
        narrow(QStringLiteral("flow.process IN (SELECT id FROM process WHERE pid = ? AND ? IN (0, start_ms))"),
            {filter.pid, filter.startTimeMs});
    if (!filter.app.isEmpty())
        narrow(QStringLiteral("program.app = (SELECT id FROM app WHERE app_id = ?)"), {filter.app});
    if (!filter.protocol.isEmpty())
        narrow(QStringLiteral("flow.protocol = (SELECT id FROM word WHERE text = ?)"),
            {canonicalProtocol(filter.protocol)});
    if (!filter.remote.isEmpty())
        narrow(
            QStringLiteral("flow.remote = (SELECT id FROM remote WHERE ip = ?)"), {canonicalRemote(filter.remote)});
    if (!filter.scope.isEmpty())
        narrow(QStringLiteral("flow.scope = (SELECT id FROM word WHERE text = ?)"), {filter.scope});
    // What others sent must not be found out by asking for it piece by piece.
    if (filter.identifies() && !m_query.visibility.seesEveryone())
        all.append(visibleSql(m_query.visibility));
    return {all.join(QStringLiteral(" AND ")), values};
}

bool Select::hidesSomething() const
{
    return !m_query.visibility.seesEveryone() && !m_query.by.isEmpty() && !m_query.filter.identifies();
}

qint64 Select::bucket(const Statement& statement)
{
    return statement.integer(BucketColumn);
}

Row Select::row(const Statement& statement, Keys keys) const
{
    Row row;
    if (statement.integer(HiddenColumn) != 0)
        row.kind = RowKind::OtherUsers;
    row.numbers.txBytes = static_cast<quint64>(statement.integer(TxBytes));
    row.numbers.rxBytes = static_cast<quint64>(statement.integer(RxBytes));
    row.numbers.txCalls = static_cast<quint64>(statement.integer(TxCalls));
    row.numbers.rxCalls = static_cast<quint64>(statement.integer(RxCalls));
    const auto known = [&statement](Column column) {
        return statement.isNull(column) ? std::optional<quint64>() : static_cast<quint64>(statement.integer(column));
    };
    row.numbers.txPackets = known(TxPackets);
    row.numbers.rxPackets = known(RxPackets);
    row.numbers.txWireBytes = known(TxWireBytes);
    row.numbers.rxWireBytes = known(RxWireBytes);
    row.numbers.firstSeenMs = statement.integer(FirstSeen) * msPerSecond;
    row.numbers.lastSeenMs = statement.integer(LastSeen) * msPerSecond;
    int column = FirstKey;
    forEachGrouping(m_query.by, [&](const Grouping& grouping) {
        if ((row.kind == RowKind::Named && keys == Keys::All) || isToldOfSums(grouping))
            grouping.fill(row, statement, column);
        column += grouping.count;
    });
    return row;
}

} // namespace bwt::store
