// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/flattable.h"

#include "helper/collector/naming.h"

#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

#include <cstdio>
#include <cstdlib>

namespace bwt::test {

namespace {

constexpr std::int64_t msPerSecond = 1'000;

const QString sums = QStringLiteral("sum(tx_bytes), sum(rx_bytes), sum(tx_calls), sum(rx_calls), sum(tx_packets), "
                                    "sum(rx_packets), sum(tx_wire_bytes), sum(rx_wire_bytes)");

[[noreturn]] void fail(const QString& what)
{
    std::fprintf(stderr, "flat table: %s\n", qPrintable(what));
    std::exit(EXIT_FAILURE);
}

void check(bool done, const QSqlQuery& query)
{
    if (!done)
        fail(query.lastError().text());
}

bool isSameRow(const Flow& one, const Flow& other)
{
    return one.process == other.process && one.key.remote == other.key.remote
        && one.key.protocol == other.key.protocol;
}

} // namespace

FlatTable::FlatTable(const QString& path)
    : m_name(QStringLiteral("flat-%1").arg(reinterpret_cast<quintptr>(this)))
    , m_database(QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name))
{
    m_database.setDatabaseName(path);
    if (!m_database.open())
        fail(m_database.lastError().text());
    run(QStringLiteral("PRAGMA journal_mode = WAL"));
    run(QStringLiteral("PRAGMA synchronous = NORMAL"));
    run(QStringLiteral(
        "CREATE TABLE IF NOT EXISTS traffic (timestamp INTEGER, pid INTEGER, process_name TEXT, exe TEXT, "
        "uid INTEGER, protocol TEXT, remote_ip TEXT, tx_bytes INTEGER, rx_bytes INTEGER, tx_calls "
        "INTEGER, rx_calls INTEGER, tx_packets INTEGER, rx_packets INTEGER, tx_wire_bytes INTEGER, "
        "rx_wire_bytes INTEGER)"));
    run(QStringLiteral("CREATE INDEX IF NOT EXISTS traffic_timestamp ON traffic (timestamp)"));
    m_insert = std::make_unique<QSqlQuery>(m_database);
    check(m_insert->prepare(QStringLiteral("INSERT INTO traffic VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")), *m_insert);
}

FlatTable::~FlatTable()
{
    m_insert.reset();
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_name);
}

void FlatTable::run(const QString& sql)
{
    QSqlQuery query(m_database);
    check(query.exec(sql), query);
}

void FlatTable::add(const Snapshot& snapshot, const std::vector<Year::Growth>& growth, std::int64_t bucketMs)
{
    if (!m_isOpen)
        run(QStringLiteral("BEGIN"));
    m_isOpen = true;
    const std::int64_t second = (snapshot.sinceMs - snapshot.sinceMs % bucketMs) / msPerSecond;
    Exchange moved;
    for (std::size_t i = 0; i < growth.size(); ++i) {
        const Flow& flow = snapshot.flows[growth[i].flow];
        Moved& side = moved.at(static_cast<std::size_t>(flow.key.direction));
        const bool isWire = flow.key.measure == Measure::Wire;
        (isWire ? side.wireBytes : side.bytes) += growth[i].bytes;
        (isWire ? side.packets : side.calls) += growth[i].calls;
        if (i + 1 < growth.size() && isSameRow(flow, snapshot.flows[growth[i + 1].flow]))
            continue;
        insert(second, snapshot.processes[flow.process], flow.key, moved);
        moved = {};
    }
}

void FlatTable::insert(std::int64_t second, const Process& process, const FlowKey& key, const Exchange& moved)
{
    const auto& [tx, rx] = moved;
    int place = 0;
    m_insert->bindValue(place++, static_cast<qint64>(second));
    m_insert->bindValue(place++, process.id.pid);
    m_insert->bindValue(place++, process.name);
    m_insert->bindValue(place++, process.exe);
    m_insert->bindValue(place++, process.uid);
    m_insert->bindValue(place++, protocolName(key.protocol));
    m_insert->bindValue(place++, addressText(key.remote));
    for (const std::uint64_t number :
        {tx.bytes, rx.bytes, tx.calls, rx.calls, tx.packets, rx.packets, tx.wireBytes, rx.wireBytes})
        m_insert->bindValue(place++, static_cast<qint64>(number));
    check(m_insert->exec(), *m_insert);
}

void FlatTable::commit()
{
    if (m_isOpen)
        run(QStringLiteral("COMMIT"));
    m_isOpen = false;
}

void FlatTable::read(QSqlQuery& query, std::int64_t sinceMs, std::int64_t untilMs)
{
    query.bindValue(0, static_cast<qint64>(sinceMs / msPerSecond));
    query.bindValue(1, static_cast<qint64>(untilMs / msPerSecond));
    check(query.exec(), query);
    while (query.next())
        static_cast<void>(query.value(0));
}

void FlatTable::top(
    std::int64_t sinceMs, std::int64_t untilMs, const QString& by, const QString& where, quint32 limit)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    check(query.prepare(
              QStringLiteral("SELECT %1, %2 FROM traffic WHERE timestamp >= ? AND timestamp < ? AND %3 GROUP BY "
                             "%1 ORDER BY sum(tx_bytes) + sum(rx_bytes) DESC LIMIT %4")
                  .arg(by, sums, where)
                  .arg(limit)),
        query);
    read(query, sinceMs, untilMs);
}

void FlatTable::series(
    std::int64_t sinceMs, std::int64_t untilMs, std::int64_t bucketMs, const QString& by, const QString& where)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    check(
        query.prepare(QStringLiteral("SELECT timestamp / %1 AS bucket, %2, %3 FROM traffic WHERE timestamp >= ? AND "
                                     "timestamp < ? AND %4 GROUP BY bucket, %2")
                .arg(bucketMs / msPerSecond)
                .arg(by, sums, where)),
        query);
    read(query, sinceMs, untilMs);
}

void FlatTable::writeRows(int count, std::int64_t atMs)
{
    run(QStringLiteral("BEGIN"));
    Process process;
    process.name = QStringLiteral("transmission-gtk");
    process.exe = QStringLiteral("/usr/bin/transmission-gtk");
    FlowKey key;
    key.protocol = ip::tcp;
    for (int i = 0; i < count; ++i) {
        key.remote = hostOf(static_cast<std::uint32_t>(i) + resolverRank).address;
        insert(atMs / msPerSecond, process, key, {});
    }
    run(QStringLiteral("COMMIT"));
}

void FlatTable::removeFrom(std::int64_t atMs)
{
    run(QStringLiteral("DELETE FROM traffic WHERE timestamp >= %1").arg(atMs / msPerSecond));
    run(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
}

} // namespace bwt::test
