// SPDX-License-Identifier: GPL-3.0-or-later
// Histories that earlier versions wrote (tests/fixtures/README) say what they said, in today's file.
#include "helper/store/schema.h"
#include "tests/unit/store/testkit.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <thread>

using namespace bwt;
using namespace bwt::test;

namespace {

constexpr int versions = 5;
constexpr int lastFlat = 4; ///< whose minutes were rows

/// What a client asks of a history of any version; each yields lines that no migration may change.
QStringList questions(int version)
{
    QStringList all{QStringLiteral("SELECT timestamp, pid, process_name, tx_bytes, rx_bytes, protocol, remote_ip, "
                                   "interval_s, start_time_ms, uid, exe, app_id, service, scope, tx_calls, rx_calls "
                                   "FROM bandwidth_records ORDER BY 1, 2, 3, 6, 7, 13, 4, 5"),
        QStringLiteral("SELECT timestamp, remote_ip, tx_bytes, rx_bytes FROM ip_bandwidth ORDER BY 1, 2"),
        QStringLiteral("SELECT hour, process_name, protocol, tx_bytes, rx_bytes FROM hourly_stats ORDER BY 1, 2, 3"),
        QStringLiteral("SELECT since_ms, until_ms FROM coverage ORDER BY 1"),
        QStringLiteral("SELECT pid, start_ns, start_ms FROM process ORDER BY 1, 2")};
    if (version >= 3)
        all += {QStringLiteral("SELECT timestamp, pid, remote_ip, protocol, tx_packets, rx_packets, tx_wire_bytes, "
                               "rx_wire_bytes FROM bandwidth_records ORDER BY 1, 2, 3, 4, 5, 6"),
            QStringLiteral("SELECT hour, process_name, protocol, tx_packets, rx_wire_bytes FROM hourly_stats "
                           "ORDER BY 1, 2, 3")};
    if (version >= 4)
        all += QStringLiteral("SELECT * FROM interface_books ORDER BY 1, 2, 3");
    return all;
}

/// Both sides' bytes by a column of the records, as top() has them.
QStringList sumsBy(const Client& client, const char* column)
{
    return client.lines(QStringLiteral("SELECT %1, sum(tx_bytes), sum(rx_bytes) FROM bandwidth_records "
                                       "GROUP BY 1 ORDER BY 1")
            .arg(QLatin1StringView(column)));
}

QStringList sumsBy(Store& store, Dimension dimension, QString Row::* key)
{
    QStringList lines;
    for (const Row& row : rowsOf(store, 0, noonMs + dayMs, {dimension})) {
        const QString& text = row.*key;
        lines.append(QStringLiteral("%1|%2|%3")
                .arg(text.isNull() ? QStringLiteral("NULL") : text)
                .arg(row.numbers.txBytes)
                .arg(row.numbers.rxBytes));
    }
    std::ranges::sort(lines, [](const QString& one, const QString& other) {
        const bool isNull = one.startsWith(QStringLiteral("NULL|"));
        const bool isOtherNull = other.startsWith(QStringLiteral("NULL|"));
        return isNull != isOtherNull ? isNull
                                     : one.section(QLatin1Char('|'), 0, 0) < other.section(QLatin1Char('|'), 0, 0);
    });
    return lines;
}

/// A counter of the baseline as a file has it: the key may end early, where it was shorter.
Flow counter(const QByteArray& key, quint64 bytes, quint64 calls)
{
    Flow flow;
    std::memcpy(
        &flow.key, key.constData(), std::min<std::size_t>(sizeof flow.key, static_cast<std::size_t>(key.size())));
    flow.bytes = bytes;
    flow.calls = calls;
    return flow;
}

std::vector<Flow> countersInRows(const Client& client)
{
    std::vector<Flow> flows;
    for (QSqlQuery row = client.run(QStringLiteral("SELECT key, bytes, calls FROM baseline")); row.next();)
        flows.push_back(counter(row.value(0).toByteArray(), row.value(1).toULongLong(), row.value(2).toULongLong()));
    return flows;
}

std::vector<Flow> countersInPages(const Client& client)
{
    constexpr qsizetype recordBytes = 96;
    constexpr qsizetype bytesAt = 48;
    constexpr qsizetype callsAt = 56;
    constexpr qsizetype isUsedAt = 88;
    std::vector<Flow> flows;
    for (QSqlQuery row = client.run(QStringLiteral("SELECT counters FROM baseline")); row.next();) {
        const QByteArray page = row.value(0).toByteArray();
        const auto number = [&page](qsizetype at) {
            quint64 value = 0;
            std::memcpy(&value, page.constData() + at, sizeof value);
            return value;
        };
        for (qsizetype at = 0; at < page.size(); at += recordBytes) {
            if (page[at + isUsedAt] != 0)
                flows.push_back(counter(page.sliced(at, bytesAt), number(at + bytesAt), number(at + callsAt)));
        }
    }
    return flows;
}

/// The set of counters that the file's baseline is of, each as far as it is recorded.
Snapshot countersOf(const Client& client)
{
    Snapshot snapshot;
    QSqlQuery set = client.run(QStringLiteral("SELECT boot_id, uuid, until_ms FROM counter_set"));
    if (!set.next())
        qFatal("no set of counters");
    snapshot.set = {set.value(0).toString(), set.value(1).toString()};
    snapshot.sinceMs = set.value(2).toLongLong();
    snapshot.untilMs = snapshot.sinceMs + 1000;
    snapshot.countingSinceMs = noonMs - dayMs;
    snapshot.processes = {makeProcess(100, QStringLiteral("firefox")), makeProcess(101, QStringLiteral("firefox")),
        makeProcess(200, QStringLiteral("sshd"), 0), makeProcess(300, QStringLiteral("curl"), 1001)};
    const bool isFlat = client.number(QStringLiteral("PRAGMA user_version")) <= lastFlat;
    snapshot.flows = isFlat ? countersInRows(client) : countersInPages(client);
    for (Flow& flow : snapshot.flows) {
        flow.process = static_cast<std::uint32_t>(
            std::ranges::lower_bound(snapshot.processes, flow.key.process(), {}, &Process::id)
            - snapshot.processes.begin());
    }
    std::ranges::sort(snapshot.flows, {}, &Flow::key);
    return snapshot;
}

/// Opens the history, as a helper that was upgraded does, until it is killed.
int migrate(const QString& directory)
{
    std::printf("ready\n");
    std::fflush(stdout);
    const auto store = Store::open(directory, Store::Mode::Writer);
    return store ? 0 : 1;
}

} // namespace

class MigrationsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        setZone("UTC");
        m_directory = std::make_unique<QTemporaryDir>();
    }

    void whatAnEarlierVersionWroteSaysTheSame_data() { addVersions(); }
    void whatAnEarlierVersionWroteSaysTheSame()
    {
        QFETCH(int, version);
        takeFixture(version);
        QList<QStringList> before;
        QStringList apps;
        QStringList remotes;
        QStringList protocols;
        {
            const Client client(path());
            QCOMPARE(client.number(QStringLiteral("PRAGMA user_version")), version);
            for (const QString& question : questions(version))
                before.append(client.lines(question));
            apps = sumsBy(client, "app_id");
            remotes = sumsBy(client, "remote_ip");
            protocols = sumsBy(client, "protocol");
        }
        QVERIFY(before[0].size() > 300);
        QCOMPARE(apps.size(), 3);
        QCOMPARE(remotes.size(), 4);

        const auto store = openStore(path());
        QVERIFY(store->setAside().isNull());
        const Client client(path());
        const auto check = [&] {
            QCOMPARE(sumsBy(*store, Dimension::App, &Row::appId), apps);
            QCOMPARE(sumsBy(*store, Dimension::Remote, &Row::remoteIp), remotes);
            QCOMPARE(sumsBy(*store, Dimension::Protocol, &Row::protocol), protocols);
            QCOMPARE(sumsBy(client, "app_id"), apps);
            checkHours(*store, before[2]);
        };
        for (int i = 0; i < before.size(); ++i)
            QCOMPARE(client.lines(questions(version)[i]), before[i]);
        check();
        QCOMPARE(client.number(QStringLiteral("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'flat_%'")), 0);
        QCOMPARE(client.lines(QStringLiteral("PRAGMA integrity_check")), QStringList(QStringLiteral("ok")));

        while (valueOf(store->rollUp(std::chrono::seconds(1)))) { }
        check();
        QVERIFY(client.number(QStringLiteral("SELECT count(*) FROM day")) >= 10);
        QCOMPARE(client.number(QStringLiteral("SELECT count(*) FROM month")), 1); // February is over
        QVERIFY(valueOf(store->cleanup(Retention{}, noonMs + dayMs)) == 0);
        check();
    }

    void countersGoOnFromWhereTheyWereRecorded_data() { addVersions(); }
    void countersGoOnFromWhereTheyWereRecorded()
    {
        QFETCH(int, version);
        takeFixture(version);
        Snapshot snapshot = countersOf(Client(path()));
        QVERIFY(snapshot.flows.size() >= 30);
        const auto store = openStore(path());
        const quint64 before = bytesIn(*store);
        QVERIFY(before > 1'000'000);
        QVERIFY(valueOf(store->past(snapshot.set)).has_value());
        QCOMPARE(valueOf(store->insert(snapshot)).rows, 0U);
        QCOMPARE(bytesIn(*store), before);

        quint64 grown = 0;
        for (Flow& flow : snapshot.flows) {
            flow.bytes += 7;
            flow.calls += 1;
            grown += flow.key.measure == Measure::Program ? 7 : 0;
        }
        snapshot.sinceMs += 1000;
        snapshot.untilMs += 1000;
        QVERIFY(valueOf(store->insert(snapshot)).rows > 0);
        QCOMPARE(bytesIn(*store), before + grown);
    }

    void aKilledMigrationLeavesTheOldFileOrTheNew()
    {
        takeFixture(lastFlat);
        {
            const Client client(path());
            client.run(
                QStringLiteral("INSERT OR IGNORE INTO minute "
                               "WITH RECURSIVE step(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM step WHERE n < 230) "
                               "SELECT start + n * 60, flow, tx_bytes + n, rx_bytes + n, tx_calls, rx_calls, "
                               "tx_packets, rx_packets, tx_wire_bytes, rx_wire_bytes FROM minute, step"));
            QVERIFY(client.number(QStringLiteral("SELECT count(*) FROM minute")) > 50'000);
            client.run(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
        }
        const QByteArray grown = contentOf(file());
        const QStringList digest = digestOf();
        QElapsedTimer clock;
        clock.start();
        runMigration(std::chrono::hours(1));
        const std::chrono::microseconds whole(clock.nsecsElapsed() / 1000);

        std::mt19937 random(11);
        std::map<qint64, int> found;
        for (int kills = 0; kills < 50; ++kills) {
            begin(grown);
            runMigration(std::chrono::microseconds(random() % static_cast<unsigned>(whole.count())));
            const qint64 version = Client(path()).number(QStringLiteral("PRAGMA user_version"));
            QVERIFY(version == lastFlat || version == store::schemaVersion);
            if (++found[version] <= 5)
                QCOMPARE(digestOf(), digest);
            QCOMPARE(Client(path()).lines(QStringLiteral("PRAGMA quick_check")), QStringList(QStringLiteral("ok")));
        }
        QVERIFY2(found[lastFlat] > 5, "killed in the middle");
        const auto store = openStore(path());
        QVERIFY(store->setAside().isNull());
        QCOMPARE(digestOf(), digest);
    }

private:
    static void addVersions()
    {
        QTest::addColumn<int>("version");
        for (int version = 1; version <= versions; ++version)
            QTest::addRow("version %d", version) << version;
    }

    [[nodiscard]] QString path() const { return m_directory->path(); }
    [[nodiscard]] QString file() const { return m_directory->filePath(QStringLiteral("history.db")); }

    void begin(const QByteArray& content) const
    {
        for (const char* suffix : {"", "-wal", "-shm"})
            QFile::remove(file() + QLatin1StringView(suffix));
        QFile copy(file());
        if (!copy.open(QIODevice::WriteOnly) || copy.write(content) != content.size())
            qFatal("%s", qPrintable(copy.errorString()));
    }
    void takeFixture(int version) const
    {
        begin(contentOf(QStringLiteral(BWT_FIXTURES "/history-v%1.db").arg(version)));
    }

    [[nodiscard]] QStringList digestOf() const
    {
        return Client(path()).lines(
            QStringLiteral("SELECT count(*), sum(tx_bytes), sum(rx_bytes), sum(tx_calls), sum(tx_packets), "
                           "sum(rx_wire_bytes), count(DISTINCT pid), count(DISTINCT remote_ip), min(timestamp), "
                           "max(timestamp) FROM bandwidth_records"));
    }

    /// Ends it after so long, if it does not end before.
    void runMigration(std::chrono::microseconds most) const
    {
        QProcess child;
        child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        child.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--migrate"), path()});
        QVERIFY(child.waitForReadyRead(20'000));
        if (most < std::chrono::minutes(1)) {
            std::this_thread::sleep_for(most); // the kill's moment is the test's input
            child.kill();
        }
        QVERIFY(child.waitForFinished(60'000));
        if (child.exitStatus() == QProcess::NormalExit)
            QCOMPARE(child.exitCode(), 0);
    }

    /// The series by the hour has what the view of hours had.
    static void checkHours(Store& store, const QStringList& hourlyStats)
    {
        std::map<QString, qint64> hours;
        for (const QString& line : hourlyStats) {
            const QStringList fields = line.split(QLatin1Char('|'));
            hours[fields[0]] += fields[3].toLongLong() + fields[4].toLongLong();
        }
        HistoryQuery query;
        query.sinceMs = noonMs - 11 * dayMs;
        query.untilMs = noonMs + dayMs;
        std::map<QString, qint64> series;
        for (const SeriesBucket& bucket : valueOf(store.history(query, Bucket::Hour)).buckets) {
            const QString hour = QDateTime::fromMSecsSinceEpoch(bucket.startMs, Qt::UTC)
                                     .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
            for (const Row& row : bucket.rows)
                series[hour] += static_cast<qint64>(row.numbers.txBytes + row.numbers.rxBytes);
        }
        QVERIFY(series == hours);
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QStringLiteral("--migrate"))
        return migrate(arguments.value(2));
    MigrationsTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_migrations.moc"
