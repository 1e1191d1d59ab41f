// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/store.h"
#include "tests/unit/store/traffic.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QTemporaryDir>
#include <QTest>

#include <ctime>

#include <sys/stat.h>

using namespace bwt;
using namespace bwt::test;

namespace {

const Process firefox = makeProcess(100, QStringLiteral("firefox"));
const Process sshd = makeProcess(200, QStringLiteral("sshd"), 0);
const Process stranger = makeProcess(300, QStringLiteral("curl"), 1001);
const QString host = QStringLiteral("203.0.113.7");
const QString otherHost = QStringLiteral("2001:db8::1");

std::unique_ptr<Store> openStore(const QString& directory, Store::Mode mode = Store::Mode::Writer)
{
    auto store = Store::open(directory, mode);
    if (!store)
        qFatal("%s", qPrintable(store.error().detail));
    return std::move(*store);
}

HistoryQuery whole(Dimensions by = {})
{
    HistoryQuery query;
    query.sinceMs = noonMs - 30 * dayMs;
    query.untilMs = noonMs + 30 * dayMs;
    query.by = by;
    return query;
}

/// Columns of a view as text, a row a line, the way any SQLite client reads them.
QStringList readWithAnyClient(const QString& directory, const QString& sql)
{
    QStringList lines;
    {
        QSqlDatabase client = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("client"));
        client.setDatabaseName(directory + QStringLiteral("/history.db"));
        if (!client.open())
            qFatal("%s", qPrintable(client.lastError().text()));
        QSqlQuery query(client);
        if (!query.exec(sql))
            qFatal("%s", qPrintable(query.lastError().text()));
        while (query.next()) {
            QStringList fields;
            for (int i = 0; i < query.record().count(); ++i)
                fields.append(query.isNull(i) ? QStringLiteral("NULL") : query.value(i).toString());
            lines.append(fields.join(QLatin1Char('|')));
        }
    }
    QSqlDatabase::removeDatabase(QStringLiteral("client"));
    return lines;
}

} // namespace

class StoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        m_path = m_directory->path() + QStringLiteral("/state");
    }

    void whatWasInsertedIsFoundByEveryDimension()
    {
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 100);
        counters.add(firefox, makeKey(firefox, host, Direction::Rx), 5000);
        counters.add(sshd, makeKey(sshd, otherHost, Direction::Tx, 6, 22), 70, Scope::Lan);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));

        const auto frame = store->top(whole({Dimension::Process, Dimension::App, Dimension::User, Dimension::Protocol,
            Dimension::Service, Dimension::Remote, Dimension::Scope}));
        QVERIFY2(frame.has_value(), frame ? "" : qPrintable(frame.error().detail));
        QCOMPARE(frame->rows.size(), 2);
        const Row& first = frame->rows[0];
        QCOMPARE(first.pid, std::optional<quint32>(100));
        QCOMPARE(first.startTimeMs, std::optional<qint64>(firefox.startTimeMs));
        QCOMPARE(first.processName, QStringLiteral("firefox"));
        QCOMPARE(first.exe, QStringLiteral("/usr/bin/firefox"));
        QCOMPARE(first.appId, QStringLiteral("/usr/bin/firefox"));
        QCOMPARE(first.appName, QStringLiteral("firefox"));
        QCOMPARE(first.uid, std::optional<quint32>(1000));
        QCOMPARE(first.protocol, QStringLiteral("TCP"));
        QCOMPARE(first.service, QStringLiteral("https"));
        QCOMPARE(first.remoteIp, host);
        QCOMPARE(first.scope, QStringLiteral("internet"));
        QCOMPARE(first.numbers.txBytes, 100U);
        QCOMPARE(first.numbers.rxBytes, 5000U);
        QCOMPARE(first.numbers.txCalls, 1U);
        QVERIFY(!first.numbers.txPackets);
        QCOMPARE(frame->rows[1].service, QStringLiteral("ssh"));
        QCOMPARE(frame->rows[1].scope, QStringLiteral("lan"));
        QCOMPARE(frame->rows[1].userName, QStringLiteral("root"));
    }

    void anySqliteClientReadsThePromisedNames()
    {
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 100);
        counters.add(firefox, makeKey(firefox, host, Direction::Rx), 5000);
        counters.add(sshd, makeKey(sshd, QString(), Direction::Tx, 17, 0), 70);
        QVERIFY(store->insert(counters.snapshot(noonMs + minuteMs, noonMs + minuteMs + 1000)));

        QCOMPARE(readWithAnyClient(m_path,
                     QStringLiteral("SELECT timestamp, pid, process_name, tx_bytes, rx_bytes, protocol, remote_ip "
                                    "FROM bandwidth_records ORDER BY pid")),
            QStringList({QStringLiteral("2026-03-10 12:01:00|100|firefox|100|5000|TCP|203.0.113.7"),
                QStringLiteral("2026-03-10 12:01:00|200|sshd|70|0|UDP|NULL")}));
        QCOMPARE(readWithAnyClient(
                     m_path, QStringLiteral("SELECT count(DISTINCT id), min(id) > 0 FROM bandwidth_records")),
            QStringList(QStringLiteral("2|1")));
        QCOMPARE(readWithAnyClient(m_path,
                     QStringLiteral("SELECT timestamp, remote_ip, tx_bytes, rx_bytes FROM ip_bandwidth "
                                    "ORDER BY remote_ip")),
            QStringList({QStringLiteral("2026-03-10 12:01:00|NULL|70|0"),
                QStringLiteral("2026-03-10 12:01:00|203.0.113.7|100|5000")}));
        QCOMPARE(readWithAnyClient(m_path,
                     QStringLiteral("SELECT hour, process_name, protocol, tx_bytes, rx_bytes FROM hourly_stats "
                                    "ORDER BY process_name")),
            QStringList({QStringLiteral("2026-03-10 12:00:00|firefox|TCP|100|5000"),
                QStringLiteral("2026-03-10 12:00:00|sshd|UDP|70|0")}));
    }

private:
    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_path;
};

QTEST_GUILESS_MAIN(StoreTest)
#include "tst_store.moc"
