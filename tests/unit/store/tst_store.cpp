// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/store.h"
#include "tests/unit/store/traffic.h"

#include <QSqlDatabase>
#include <QSqlDriver>
#include <QSqlError>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

#include <sqlite3.h>
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

/// 4096 rows by process and remote, of 8 kB each.
void addLargeTraffic(Counters& counters)
{
    for (std::uint32_t pid = 1; pid <= 64; ++pid) {
        const Process process = makeProcess(pid, QString(4000, QLatin1Char('x')));
        for (int remote = 1; remote <= 64; ++remote)
            counters.add(process, makeKey(process, QStringLiteral("192.0.2.%1").arg(remote), Direction::Tx), 1);
    }
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

/// Bytes of the counters in the file's baseline, in order of size.
QList<quint64> recordedBytes(const QString& directory)
{
    constexpr qsizetype recordBytes = 96;
    constexpr qsizetype bytesAt = 48;
    constexpr qsizetype isUsedAt = 88;
    QList<quint64> all;
    for (const QString& page : readWithAnyClient(directory, QStringLiteral("SELECT hex(counters) FROM baseline"))) {
        const QByteArray counters = QByteArray::fromHex(page.toLatin1());
        for (qsizetype at = 0; at < counters.size(); at += recordBytes) {
            quint64 bytes = 0;
            memcpy(&bytes, counters.constData() + at + bytesAt, sizeof bytes);
            if (counters[at + isUsedAt] != 0)
                all.append(bytes);
        }
    }
    std::ranges::sort(all);
    return all;
}

/// Does something, once, before the only open connection executes a statement that holds a text.
class Interloper {
public:
    Interloper(QByteArray text, std::function<void()> act)
        : m_text(std::move(text))
        , m_act(std::move(act))
        , m_connection(QSqlDatabase::database(QSqlDatabase::connectionNames().constFirst(), false))
    {
        sqlite3_trace_v2(handle(), SQLITE_TRACE_STMT, &Interloper::trace, this);
    }
    ~Interloper() { sqlite3_trace_v2(handle(), 0, nullptr, nullptr); }
    Interloper(const Interloper&) = delete;
    Interloper& operator=(const Interloper&) = delete;

    [[nodiscard]] bool hasActed() const { return m_hasActed; }

private:
    static int trace(unsigned /*event*/, void* self, void* /*statement*/, void* sql)
    {
        auto* interloper = static_cast<Interloper*>(self);
        if (!interloper->m_hasActed && QByteArrayView(static_cast<const char*>(sql)).contains(interloper->m_text)) {
            interloper->m_hasActed = true;
            interloper->m_act();
        }
        return 0;
    }
    [[nodiscard]] sqlite3* handle() const
    {
        const QVariant handle = m_connection.driver()->handle();
        return *static_cast<sqlite3* const*>(handle.constData());
    }

    QByteArray m_text;
    std::function<void()> m_act;
    QSqlDatabase m_connection;
    bool m_hasActed = false;
};

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

    void packetsAreKnownWhereTheyWereCountedAndNullElsewhere()
    {
        const auto store = openStore(m_path);
        Counters counters;
        const FlowKey sent = makeKey(firefox, host, Direction::Tx);
        const FlowKey received = makeKey(firefox, host, Direction::Rx);
        counters.add(firefox, sent, 100);
        counters.addPackets(firefox, sent, 1'000, 9); // while nothing says that they are counted
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        const auto row
            = [&](Dimensions by, int which = 0) { return store->top(whole(by))->rows.value(which).numbers; };
        QCOMPARE(row({}).txBytes, 100U);
        QVERIFY(!row({}).txPackets && !row({}).txWireBytes && !row({}).rxPackets && !row({}).rxWireBytes);

        counters.addPackets(firefox, sent, 500, 4);
        counters.addPackets(firefox, received, 52, 1);
        counters.addPackets(firefox, received, 77'777, 7, Measure::Forwarded);
        Snapshot counted = counters.snapshot(noonMs + 1000, noonMs + 2000);
        counted.wire = WireCounting::On;
        QVERIFY(store->insert(counted));
        counters.add(firefox, received, 30);
        counted = counters.snapshot(noonMs + minuteMs, noonMs + minuteMs + 1000);
        counted.wire = WireCounting::On;
        QVERIFY(store->insert(counted));
        QCOMPARE(row({}).txBytes, 100U);
        QCOMPARE(row({}).rxBytes, 30U);
        QCOMPARE(row({}).txWireBytes, std::optional<quint64>(500));
        QCOMPARE(row({}).txPackets, std::optional<quint64>(4));
        QCOMPARE(row({}).rxWireBytes, std::optional<quint64>(52));
        QCOMPARE(row({}).rxPackets, std::optional<quint64>(1));
        QCOMPARE(row({Dimension::Direction}).txPackets, std::optional<quint64>(4));
        QCOMPARE(row({Dimension::Direction}).rxPackets, std::optional<quint64>(0));
        QCOMPARE(row({Dimension::Direction}, 1).rxWireBytes, std::optional<quint64>(52));
        QCOMPARE(readWithAnyClient(m_path,
                     QStringLiteral("SELECT tx_packets, rx_packets, tx_wire_bytes, rx_wire_bytes FROM hourly_stats")),
            QStringList(QStringLiteral("4|1|500|52")));
        QCOMPARE(readWithAnyClient(m_path,
                     QStringLiteral("SELECT sum(tx_packets), sum(rx_packets), sum(tx_wire_bytes), sum(rx_wire_bytes) "
                                    "FROM bandwidth_records")),
            QStringList(QStringLiteral("4|1|500|52")));
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

    void rowsOfAsManyProcessesAsAMachineMakesHaveIdsOfTheirOwn()
    {
        constexpr quint32 processes = 66'000; // of which each is a group in the sheet
        const auto store = openStore(m_path);
        Counters counters;
        for (quint32 pid = 1; pid <= processes; ++pid) {
            const Process shell = makeProcess(pid, QStringLiteral("sh"));
            counters.add(shell, makeKey(shell, host, Direction::Tx), 1);
        }
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        const Process first = makeProcess(1, QStringLiteral("sh"));
        counters.add(first, makeKey(first, host, Direction::Tx), 1);
        QVERIFY(store->insert(counters.snapshot(noonMs + minuteMs, noonMs + minuteMs + 1000)));
        QCOMPARE(readWithAnyClient(m_path,
                     QStringLiteral("SELECT count(*), count(DISTINCT id), min(id) > 0 FROM bandwidth_records")),
            QStringList(QStringLiteral("66001|66001|1")));
    }

    void onlyTheGrowthSinceTheLastInsertIsRecorded()
    {
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 100);
        QCOMPARE(store->insert(counters.snapshot(noonMs, noonMs + 1000))->rows, 1U);
        QCOMPARE(store->insert(counters.snapshot(noonMs + 1000, noonMs + 2000))->rows, 0U);
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 11);
        QVERIFY(store->insert(counters.snapshot(noonMs + 2000, noonMs + 3000)));
        QCOMPARE(txBytes(*store), 111U);
    }

    void aReopenedHistoryGoesOnWhereItsBaselineStands()
    {
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 100);
        QVERIFY(openStore(m_path)->insert(counters.snapshot(noonMs, noonMs + 1000)));
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
        QVERIFY(openStore(m_path)->insert(counters.snapshot(noonMs + 1000, noonMs + 2000)));
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 1);

        const auto store = openStore(m_path);
        // The first snapshot of another run begins when the set was made; what is new came after the last commit.
        QVERIFY(store->insert(counters.snapshot(noonMs - dayMs, noonMs + 5 * minuteMs)));
        QCOMPARE(txBytes(*store), 111U);
        QCOMPARE(*store->top(whole())->rows[0].numbers.firstSeenMs, noonMs);
    }

    void anotherSetOfCountersBeginsAtZero()
    {
        const auto store = openStore(m_path);
        Counters first(QStringLiteral("set-1"));
        first.add(firefox, makeKey(firefox, host, Direction::Tx), 100);
        QVERIFY(store->insert(first.snapshot(noonMs, noonMs + 1000)));
        Counters second(QStringLiteral("set-2"));
        second.add(firefox, makeKey(firefox, host, Direction::Tx), 30);
        QVERIFY(store->insert(second.snapshot(noonMs + 1000, noonMs + 2000)));
        QCOMPARE(txBytes(*store), 130U);
        QCOMPARE(recordedBytes(m_path), QList<quint64>({30}));
    }

    void whatWasClosedComesBackAsThePast()
    {
        Counters counters;
        const FlowKey key = makeKey(firefox, host, Direction::Tx);
        counters.add(firefox, key, 100, Scope::Lan);
        counters.add(firefox, makeKey(firefox, host, Direction::Rx), 7, Scope::Lan);
        QVERIFY(openStore(m_path)->insert(counters.snapshot(noonMs, noonMs + 1000)));
        counters.add(firefox, key, 20, Scope::Tunnel); // as turned out
        counters.close();
        counters.add(firefox, key, 3, Scope::Tunnel); // counted in the next generation already
        QVERIFY(openStore(m_path)->insert(counters.snapshot(noonMs + 1000, noonMs + 2000)));

        const auto store = openStore(m_path);
        QVERIFY(store->bootTimeMs(QStringLiteral("boot-1"), noonMs - dayMs));
        const auto past = store->past({QStringLiteral("boot-1"), QStringLiteral("set-1")});
        QVERIFY2(past, "the file can't be read");
        QVERIFY2(*past, "the file doesn't know the set");
        QCOMPARE((*past)->closedGeneration, 1U);
        QCOMPARE((*past)->flows.size(), 2U);
        QCOMPARE((*past)->flows[0].key, key);
        QCOMPARE((*past)->flows[0].closedBytes, 120U);
        QCOMPARE((*past)->flows[0].closedCalls, 2U);
        QCOMPARE((*past)->flows[0].scope, Scope::Tunnel);
        QCOMPARE((*past)->flows[1].closedBytes, 7U);
        QCOMPARE((*past)->flows[1].scope, Scope::Lan);
        QCOMPARE((*past)->processes.size(), 1U);
        QCOMPARE((*past)->processes[0], firefox);

        QVERIFY(store->insert(counters.snapshot(noonMs + 2000, noonMs + 3000)));
        QCOMPARE(txBytes(*store), 123U);
        const auto cleared = store->clear({0, noonMs + hourMs});
        QVERIFY2(cleared, cleared ? "" : qPrintable(cleared.error().detail));
        QVERIFY(store->insert(counters.snapshot(noonMs + 3000, noonMs + 4000)));
        QCOMPARE(txBytes(*store), 0U);
        QVERIFY(!*store->past({QStringLiteral("boot-1"), QStringLiteral("set-2")}));
    }

    void whatWasFoldedIsRecordedOnce()
    {
        Counters counters;
        const FlowKey key = makeKey(firefox, host, Direction::Tx);
        FlowKey sum = key;
        sum.remote = {};
        sum.folded = 1;
        counters.add(firefox, key, 100);
        const auto store = openStore(m_path);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        counters.close();
        counters.fold(key, sum);
        counters.add(firefox, key, 5); // it sends again
        QVERIFY(store->insert(counters.snapshot(noonMs + 1000, noonMs + 2000)));
        counters.add(firefox, key, 2);
        QVERIFY(store->insert(counters.snapshot(noonMs + 2000, noonMs + 3000))); // with the same folds
        QCOMPARE(txBytes(*store), 107U);
        QCOMPARE(recordedBytes(m_path), QList<quint64>({7, 100}));
    }

    void aSumKeepsItsProcessWhenOthersAreFolded()
    {
        Counters counters;
        const FlowKey key = makeKey(firefox, host, Direction::Tx);
        const FlowKey otherKey = makeKey(sshd, host, Direction::Tx);
        const auto sumOf = [](FlowKey one) {
            one.remote = {};
            one.folded = 1;
            return one;
        };
        counters.add(firefox, key, 10);
        counters.add(sshd, otherKey, 20);
        {
            const auto store = openStore(m_path);
            QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
            counters.close();
            counters.fold(key, sumOf(key));
            QVERIFY(store->insert(counters.snapshot(noonMs + 1000, noonMs + 2000)));
            counters.fold(otherKey, sumOf(otherKey)); // its page is the other sum's, too
            QVERIFY(store->insert(counters.snapshot(noonMs + 2000, noonMs + 3000)));
        }
        const auto store = openStore(m_path);
        const auto past = store->past({QStringLiteral("boot-1"), QStringLiteral("set-1")});
        QVERIFY(past && *past);
        QStringList names;
        for (const Process& process : (*past)->processes)
            names.append(process.name);
        QCOMPARE(names, (QStringList{QStringLiteral("firefox"), QStringLiteral("sshd")}));
    }

    void whatComesAfterFoldsTakesNoOtherCountersPlace()
    {
        Counters counters;
        const auto keyOf = [](int i) { return makeKey(firefox, QStringLiteral("192.0.2.%1").arg(i), Direction::Tx); };
        for (int i = 1; i <= 4; ++i)
            counters.add(firefox, keyOf(i), 1);
        FlowKey sum = keyOf(1);
        sum.remote = {};
        sum.folded = 1;
        {
            const auto store = openStore(m_path);
            QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
            for (int i = 1; i <= 3; ++i) {
                counters.fold(keyOf(i), sum);
                QVERIFY(store->insert(counters.snapshot(noonMs + i * 1000, noonMs + i * 1000 + 1000)));
            }
            for (int i = 11; i <= 20; ++i)
                counters.add(firefox, keyOf(i), 1);
            QVERIFY(store->insert(counters.snapshot(noonMs + 5000, noonMs + 6000)));
        }
        const auto store = openStore(m_path);
        QVERIFY(store->insert(counters.snapshot(noonMs + 6000, noonMs + 7000)));
        QCOMPARE(recordedBytes(m_path).size(), 12);
        QCOMPARE(txBytes(*store), 14U);
    }

    void aProgramThatStandsForItsEndedProcessesIsRememberedAsThat()
    {
        Counters counters;
        const FlowKey key = makeKey(firefox, host, Direction::Tx);
        counters.add(firefox, key, 100);
        const auto store = openStore(m_path);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        counters.close();
        Process group = firefox;
        group.id = {0, 0x7123'4567'89ab'cdef};
        group.startTimeMs = 0;
        FlowKey sum = makeKey(group, QString(), Direction::Tx);
        sum.folded = 1;
        counters.add(group, sum, 0);
        counters.fold(key, sum);
        QVERIFY(store->insert(counters.snapshot(noonMs + 1000, noonMs + 2000)));
        QCOMPARE(txBytes(*store), 100U);
        const auto past = store->past({QStringLiteral("boot-1"), QStringLiteral("set-1")});
        QVERIFY(past && *past);
        QCOMPARE((*past)->flows.size(), 1U);
        QCOMPARE((*past)->flows[0].closedBytes, 100U);
        QCOMPARE((*past)->processes.at(0), group);
    }

    void whatPassesWhilePausedIsInNoRowAndTheTimeIsAGap()
    {
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 100);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + minuteMs)));
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 5000);
        QVERIFY(store->skip(counters.snapshot(noonMs + minuteMs, noonMs + 2 * minuteMs)));
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 7);
        QVERIFY(store->insert(counters.snapshot(noonMs + 2 * minuteMs, noonMs + 3 * minuteMs)));
        QVERIFY(store->insert(counters.snapshot(noonMs + 3 * minuteMs, noonMs + 4 * minuteMs)));
        QCOMPARE(txBytes(*store), 107U);

        HistoryQuery query;
        query.sinceMs = noonMs;
        query.untilMs = noonMs + 4 * minuteMs;
        const auto series = store->history(query, Bucket::Minute);
        QVERIFY(series);
        QCOMPARE(series->buckets.size(), 4);
        QVERIFY(!series->buckets[0].gap);
        QVERIFY(series->buckets[1].gap);
        QVERIFY(!series->buckets[2].gap);
        QVERIFY2(!series->buckets[3].gap, "zero traffic is no gap");
        QVERIFY(series->buckets[3].rows.isEmpty());
    }

    void aProcessThatBecomesAnotherProgramIsOneRowUnderItsLastName()
    {
        const auto store = openStore(m_path);
        Process process = makeProcess(400, QStringLiteral("bash"));
        Counters counters;
        counters.add(process, makeKey(process, host, Direction::Tx), 10);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        process = makeProcess(400, QStringLiteral("wget"));
        counters.add(process, makeKey(process, host, Direction::Tx), 5);
        QVERIFY(store->insert(counters.snapshot(noonMs + minuteMs, noonMs + minuteMs + 1000)));

        const auto byProcess = store->top(whole({Dimension::Process}));
        QCOMPARE(byProcess->rows.size(), 1);
        QCOMPARE(byProcess->rows[0].processName, QStringLiteral("wget"));
        QCOMPARE(byProcess->rows[0].numbers.txBytes, 15U);
        const auto byApp = store->top(whole({Dimension::App}));
        QCOMPARE(byApp->rows.size(), 2);
        QCOMPARE(byApp->rows[0].appName, QStringLiteral("bash"));
        QCOMPARE(byApp->rows[0].numbers.txBytes, 10U);
    }

    void otherPeoplesTrafficIsOneRowThatNoFilterTakesApart()
    {
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 100);
        counters.add(sshd, makeKey(sshd, host, Direction::Rx, 6, 22), 50);
        counters.add(stranger, makeKey(stranger, host, Direction::Tx), 7000);
        counters.add(stranger, makeKey(stranger, otherHost, Direction::Tx), 80);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));

        HistoryQuery query = whole({Dimension::Process, Dimension::Remote});
        query.visibility = Visibility::ofUids({{1000, 1000}});
        auto frame = store->top(query);
        QCOMPARE(frame->rows.size(), 3);
        QCOMPARE(frame->rows[0].kind, RowKind::OtherUsers);
        QCOMPARE(frame->rows[0].numbers.txBytes, 7080U);
        Row keyless;
        keyless.kind = RowKind::OtherUsers;
        keyless.numbers = frame->rows[0].numbers;
        QCOMPARE(frame->rows[0], keyless);
        QCOMPARE(frame->rows[1].processName, QStringLiteral("firefox"));
        QCOMPARE(frame->rows[2].processName, QStringLiteral("sshd"));

        for (const Filter& filter : {Filter{.process = QStringLiteral("curl")}, Filter{.pid = 300},
                 Filter{.startTimeMs = stranger.startTimeMs}, Filter{.app = QStringLiteral("/usr/bin/curl")},
                 Filter{.remote = otherHost}}) {
            query.filter = filter;
            QCOMPARE(store->top(query)->rows.size(), 0);
        }
        query.filter = {};
        query.by = {};
        frame = store->top(query);
        QCOMPARE(frame->rows.size(), 1);
        QCOMPARE(frame->rows[0].numbers.txBytes, 7180U);
    }

    void otherPeoplesTrafficIsOneRowForEachScopeWhereThatIsAskedFor()
    {
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 100);
        counters.add(stranger, makeKey(stranger, host, Direction::Tx), 7000);
        counters.add(stranger, makeKey(stranger, otherHost, Direction::Tx), 80, Scope::Lan);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));

        HistoryQuery query = whole({Dimension::App, Dimension::Scope});
        query.visibility = Visibility::ofUids({{1000, 1000}});
        const auto frame = store->top(query);
        QStringList told;
        for (const Row& row : frame->rows)
            told.append(QStringLiteral("%1 %2 %3")
                    .arg(row.kind == RowKind::OtherUsers ? QStringLiteral("(others)") : row.appName, row.scope)
                    .arg(row.numbers.txBytes));
        QCOMPARE(told,
            QStringList({QStringLiteral("(others) internet 7000"), QStringLiteral("firefox internet 100"),
                QStringLiteral("(others) lan 80")}));
    }

    void filtersNarrowByEveryField_data()
    {
        QTest::addColumn<Filter>("filter");
        QTest::addColumn<quint64>("bytes");
        const auto row
            = [](const char* name, const Filter& filter, quint64 bytes) { QTest::newRow(name) << filter << bytes; };
        row("nothing", {}, 111);
        row("process name", {.process = QStringLiteral("firefox")}, 11);
        row("process name of digits", {.process = QStringLiteral("100")}, 0);
        row("pid", {.pid = 100}, 11);
        row("process", {.pid = 100, .startTimeMs = firefox.startTimeMs}, 11);
        row("an earlier process of that pid", {.pid = 100, .startTimeMs = firefox.startTimeMs - 1}, 0);
        row("app", {.app = QStringLiteral("/usr/bin/sshd")}, 100);
        row("protocol", {.protocol = QStringLiteral("udp")}, 1);
        row("remote", {.remote = host}, 10);
        row("remote, other spelling", {.remote = QStringLiteral("2001:db8:0:0::1")}, 101);
        row("scope", {.scope = QStringLiteral("lan")}, 100);
        row("no such app", {.app = QStringLiteral("/nowhere")}, 0);
        row("two fields", {.process = QStringLiteral("firefox"), .protocol = QStringLiteral("TCP")}, 10);
    }
    void filtersNarrowByEveryField()
    {
        QFETCH(const Filter, filter);
        QFETCH(const quint64, bytes);
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
        counters.add(firefox, makeKey(firefox, otherHost, Direction::Tx, 17), 1);
        counters.add(sshd, makeKey(sshd, otherHost, Direction::Tx, 6, 22), 100, Scope::Lan);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        HistoryQuery query = whole();
        query.filter = filter;
        const auto frame = store->top(query);
        QVERIFY2(frame.has_value(), frame ? "" : qPrintable(frame.error().detail));
        QCOMPARE(frame->rows.value(0).numbers.txBytes, bytes);
    }

    void directionsAreRowsWithTheOtherSideZero()
    {
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
        counters.add(firefox, makeKey(firefox, host, Direction::Rx), 20);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        const auto frame = store->top(whole({Dimension::Direction}));
        QCOMPARE(frame->rows.size(), 2);
        QCOMPARE(frame->rows[0].direction, QStringLiteral("rx"));
        QCOMPARE(frame->rows[0].numbers.rxBytes, 20U);
        QCOMPARE(frame->rows[0].numbers.txBytes, 0U);
        QCOMPARE(frame->rows[1].direction, QStringLiteral("tx"));
        QCOMPARE(frame->rows[1].numbers.txBytes, 10U);
    }

    void sidesCountTowardsTheLimitAndWhatIsHiddenHasNone()
    {
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
        counters.add(firefox, makeKey(firefox, host, Direction::Rx), 20);
        counters.add(sshd, makeKey(sshd, host, Direction::Tx), 5);
        counters.add(stranger, makeKey(stranger, host, Direction::Tx), 7);
        counters.add(stranger, makeKey(stranger, host, Direction::Rx), 8);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        HistoryQuery query = whole({Dimension::Process, Dimension::Direction});
        query.visibility = Visibility::ofUids({{0, 1000}});
        const auto told = [&] {
            QStringList lines;
            const auto frame = store->top(query);
            if (!frame)
                return QStringList(frame.error().detail);
            for (const Row& row : frame->rows)
                lines.append(QStringLiteral("%1 %2 %3 %4")
                        .arg(row.processName, row.direction)
                        .arg(row.numbers.txBytes)
                        .arg(row.numbers.rxBytes));
            return lines;
        };
        const QStringList all{QStringLiteral("firefox rx 0 20"), QStringLiteral("  7 8"),
            QStringLiteral("firefox tx 10 0"), QStringLiteral("sshd tx 5 0")};
        QCOMPARE(told(), all);
        query.limit = 2;
        QCOMPARE(told(), all.mid(0, 3) + QStringList{QStringLiteral("  5 0")});
    }

    void anAnswerThatNoBusCarriesIsRefusedWhileItIsMade()
    {
        const auto store = openStore(m_path);
        Counters counters;
        addLargeTraffic(counters);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        HistoryQuery query;
        query.sinceMs = noonMs;
        query.untilMs = noonMs + hourMs;
        query.by = {Dimension::Process, Dimension::Remote};
        const auto code = [](const auto& answer) { return answer ? ErrorCode::Internal : answer.error().code; };
        QCOMPARE(code(store->top(query)), ErrorCode::LimitExceeded);
        QCOMPARE(code(store->history(query, Bucket::Hour)), ErrorCode::LimitExceeded);
        query.limit = 10;
        QCOMPARE(store->top(query)->rows.size(), 11);
        const auto series = store->history(query, Bucket::Hour);
        QVERIFY(series);
        QCOMPARE(series->buckets[0].rows.size(), 11);
        QCOMPARE(series->buckets[0].rows[10].numbers.txBytes, quint64(4096 - 10));
    }

    void aQueryEndsWithItsTimeOrAStop()
    {
        const auto store = openStore(m_path);
        Counters counters;
        addLargeTraffic(counters);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        const auto reader = openStore(m_path, Store::Mode::Reader);
        const std::chrono::hours ages(1);
        const auto refused = [&] {
            const auto top = reader->top(whole());
            const auto series = reader->history(whole(), Bucket::Month);
            return !top && !series && top.error().code == ErrorCode::LimitExceeded
                && series.error().code == ErrorCode::LimitExceeded;
        };
        reader->boundQueries(std::chrono::milliseconds(0), {});
        QVERIFY(refused());
        std::stop_source stop;
        reader->boundQueries(ages, stop.get_token());
        QCOMPARE(txBytes(*reader), quint64(4096));
        stop.request_stop();
        QVERIFY(refused());
        reader->boundQueries(ages, {});
        QCOMPARE(txBytes(*reader), quint64(4096));
    }

    void whatIsPastTheLimitIsOneSum()
    {
        const auto store = openStore(m_path);
        Counters counters;
        for (std::uint32_t i = 0; i < 5; ++i) {
            const Process process = makeProcess(500 + i, QStringLiteral("p%1").arg(i));
            counters.add(process, makeKey(process, host, Direction::Tx), 1ULL << i);
        }
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        HistoryQuery query;
        query.sinceMs = noonMs;
        query.untilMs = noonMs + hourMs;
        query.by = {Dimension::App};
        query.limit = 2;
        const auto series = store->history(query, Bucket::Hour);
        QCOMPARE(series->buckets.size(), 1);
        const QList<Row>& rows = series->buckets[0].rows;
        QCOMPARE(rows.size(), 3);
        QCOMPARE(rows[0].appName, QStringLiteral("p4"));
        QCOMPARE(rows[1].numbers.txBytes, 8U);
        QVERIFY(rows[2].appId.isNull());
        QCOMPARE(rows[2].kind, RowKind::Rest);
        QCOMPARE(rows[2].numbers.txBytes, 7U);
        const QList<Row> top = store->top(query)->rows;
        QCOMPARE(top.size(), 3);
        QCOMPARE(top[1].appName, QStringLiteral("p3"));
        QCOMPARE(top[2].kind, RowKind::Rest);
        QCOMPARE(top[2].numbers.txBytes, 7U);
        query.by.insert(Dimension::Direction);
        const QList<Row> sides = store->top(query)->rows;
        QCOMPARE(sides.size(), 3);
        QCOMPARE(sides[1].direction, QStringLiteral("tx"));
        QCOMPARE(sides[2].kind, RowKind::Rest);
        QCOMPARE(sides[2].numbers.txBytes, 7U);
    }

    void noLimitCutsOtherPeoplesSum()
    {
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 100);
        counters.add(sshd, makeKey(sshd, host, Direction::Tx, 6, 22), 50);
        counters.add(stranger, makeKey(stranger, host, Direction::Tx), 7);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        HistoryQuery query = whole({Dimension::App});
        query.visibility = Visibility::ofUids({{1000, 1000}});
        query.limit = 1;
        const QList<Row> rows = store->top(query)->rows;
        QCOMPARE(rows.size(), 3);
        QCOMPARE(rows[0].appName, QStringLiteral("firefox"));
        QCOMPARE(rows[1].kind, RowKind::OtherUsers);
        QCOMPARE(rows[1].numbers.txBytes, 7U);
        QCOMPARE(rows[2].kind, RowKind::Rest);
        QCOMPARE(rows[2].numbers.txBytes, 50U);
    }

    void totalsStayWhenMinutesAreDropped()
    {
        const auto store = openStore(m_path);
        Counters counters;
        for (int day = 0; day < 10; ++day) {
            counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
            const std::int64_t at = noonMs - day * dayMs + 17 * minuteMs;
            QVERIFY(store->insert(counters.snapshot(at, at + 1000)));
        }
        QCOMPARE(*store->cleanup(Retention{}, noonMs), 2U);
        QCOMPARE(txBytes(*store), 100U);
        const QString sum = QStringLiteral("SELECT sum(tx_bytes), count(DISTINCT id), sum(pid IS NULL) FROM ");
        QCOMPARE(readWithAnyClient(m_path, sum + QStringLiteral("bandwidth_records")),
            QStringList(QStringLiteral("100|10|2")));

        HistoryQuery query = whole({Dimension::Process});
        const auto frame = store->top(query);
        QCOMPARE(frame->rows.size(), 1);
        QCOMPARE(frame->rows[0].processName, QStringLiteral("firefox"));
        QVERIFY2(!frame->rows[0].pid, "part of the range knows the program, not the process");
        QCOMPARE(frame->rows[0].numbers.txBytes, 100U);
        HistoryQuery recent = query;
        recent.sinceMs = noonMs - 6 * dayMs;
        QCOMPARE(store->top(recent)->rows.size(), 1);
        QCOMPARE(store->top(recent)->rows[0].pid, firefox.id.pid);
        QCOMPARE(store->top(recent)->rows[0].numbers.txBytes, 70U);

        query.by = {Dimension::Remote}; // which minutes of then don't know
        query.sinceMs = noonMs - 9 * dayMs + 17 * minuteMs + 1000;
        query.untilMs = query.sinceMs + 1000;
        QCOMPARE(store->top(query)->coversFromMs, noonMs - 9 * dayMs);
        QCOMPARE(store->top(query)->coversToMs, noonMs - 9 * dayMs + hourMs);

        // A clock set back: the minute that would double these bytes is not written.
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 5);
        QVERIFY(store->insert(counters.snapshot(noonMs - 9 * dayMs, noonMs - 9 * dayMs)));
        QCOMPARE(txBytes(*store), 105U);
        QCOMPARE(readWithAnyClient(m_path, sum + QStringLiteral("bandwidth_records")),
            QStringList(QStringLiteral("105|10|2")));
    }

    void aReaderThatAskedBeforeNamesWhatTookAnothersPlace()
    {
        const auto store = openStore(m_path);
        const auto reader = openStore(m_path, Store::Mode::Reader);
        const QString other = QStringLiteral("203.0.113.99");
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        QCOMPARE(reader->top(whole({Dimension::Remote}))->rows[0].remoteIp, host);
        const QString id = QStringLiteral("SELECT id FROM remote");
        const QStringList firstId = readWithAnyClient(m_path, id);
        QVERIFY(store->clear({0, noonMs + dayMs}));
        counters.add(firefox, makeKey(firefox, other, Direction::Tx), 10);
        QVERIFY(store->insert(counters.snapshot(noonMs + 1000, noonMs + 2000)));
        QCOMPARE(readWithAnyClient(m_path, id), firstId); // a number that is free is taken again
        QCOMPARE(reader->top(whole({Dimension::Remote}))->rows[0].remoteIp, other);
    }

    void detailAndItsNamesGoADayAtATime()
    {
        const auto store = openStore(m_path);
        Counters counters;
        for (std::uint32_t hour = 0; hour < 14; ++hour) { // noon until past midnight
            const Process process = makeProcess(700 + hour, QStringLiteral("wget"));
            counters.add(process, makeKey(process, host, Direction::Tx), 10);
            const std::int64_t at = noonMs - 8 * dayMs + hour * hourMs;
            QVERIFY(store->insert(counters.snapshot(at, at + 1000)));
        }
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
        QVERIFY(store->insert(counters.snapshot(noonMs - 1000, noonMs)));

        const auto left
            = [this] { return readWithAnyClient(m_path, QStringLiteral("SELECT count(*) FROM process")); };
        const std::int64_t firstMs = noonMs - dayMs;
        QCOMPARE(*store->cleanup(Retention{}, firstMs + 11 * hourMs), 0U);
        QCOMPARE(left(), QStringList(QStringLiteral("15")));
        QCOMPARE(*store->cleanup(Retention{}, firstMs + 13 * hourMs), 12U);
        QCOMPARE(left(), QStringList(QStringLiteral("3")));
    }

    void aClockThatIsWrongAtTheStartCostsNoHistory()
    {
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
        QVERIFY(openStore(m_path)->insert(counters.snapshot(noonMs, noonMs + 1000)));
        constexpr std::int64_t centuryMs = 100 * 366 * dayMs;
        const auto store = openStore(m_path);
        QCOMPARE(*store->cleanup(Retention{}, noonMs + centuryMs), 0U);
        QCOMPARE(txBytes(*store), 10U);
        Snapshot wrong = counters.snapshot(noonMs + 1000, noonMs + 2000);
        wrong.untilMs += centuryMs;
        QVERIFY(store->insert(wrong));
        QCOMPARE(*store->cleanup(Retention{}, noonMs + centuryMs), 0U);
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 1);
        QVERIFY(store->insert(counters.snapshot(noonMs + 1000, noonMs + 3000)));
        QCOMPARE(txBytes(*store), 11U);
        QCOMPARE(
            readWithAnyClient(m_path, QStringLiteral("SELECT sum(tx_bytes), sum(pid = 100) FROM bandwidth_records")),
            QStringList(QStringLiteral("11|1")));
    }

    void aClockThatStandsByItForADayIsBelieved()
    {
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
        QVERIFY(openStore(m_path)->insert(counters.snapshot(noonMs, noonMs + 1000)));
        const auto store = openStore(m_path); // after three months without power
        QVERIFY(store->insert(counters.snapshot(noonMs + 90 * dayMs, noonMs + 90 * dayMs + 1000)));
        QCOMPARE(*store->cleanup(Retention{}, noonMs + 90 * dayMs), 0U);
        QVERIFY(store->insert(counters.snapshot(noonMs + 90 * dayMs + 1000, noonMs + 91 * dayMs + 2000)));
        QCOMPARE(*store->cleanup(Retention{}, noonMs + 91 * dayMs), 2U); // lost its remote, then went
    }

    void whatIsPausedGrowsOldToo()
    {
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        QVERIFY(store->skip(counters.snapshot(noonMs + 1000, noonMs + 8 * dayMs)));
        QCOMPARE(*store->cleanup(Retention{}, noonMs + 8 * dayMs), 1U);
    }

    void aClearedRangeIsGoneWithItsNames()
    {
        const auto store = openStore(m_path);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + hourMs)));
        counters.add(sshd, makeKey(sshd, otherHost, Direction::Tx), 20);
        QVERIFY(store->insert(counters.snapshot(noonMs + hourMs, noonMs + 2 * hourMs)));
        QCOMPARE(*store->clear({noonMs + 1, noonMs + hourMs - 1}), 1U);
        QCOMPARE(txBytes(*store), 20U);
        QCOMPARE(readWithAnyClient(m_path, QStringLiteral("SELECT ip FROM remote")), QStringList(otherHost));
        HistoryQuery query;
        query.sinceMs = noonMs;
        query.untilMs = noonMs + 2 * hourMs;
        const auto series = store->history(query, Bucket::Hour);
        QVERIFY(series->buckets[0].gap);
        QVERIFY(!series->buckets[1].gap);

        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 1);
        QVERIFY(store->insert(counters.snapshot(noonMs + 2 * hourMs, noonMs + 2 * hourMs + 1000)));
        QCOMPARE(txBytes(*store), 21U);
    }

    void clearGivesTheSpaceOfManyRowsBack()
    {
        const auto store = openStore(m_path);
        Counters counters;
        for (int i = 0; i < 5000; ++i)
            counters.add(firefox,
                makeKey(firefox, QStringLiteral("10.0.%1.%2").arg(i / 250).arg(i % 250), Direction::Tx), 100);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        const auto before = store->info();
        const auto cleared = store->clear({0, noonMs + hourMs});
        QVERIFY2(cleared, cleared ? "" : qPrintable(cleared.error().detail));
        QVERIFY2(store->info()->bytes + 300'000 < before->bytes, // the baseline stays
            qPrintable(QStringLiteral("%1 of %2 bytes").arg(store->info()->bytes).arg(before->bytes)));
    }

    void clearTakesTheMinutesThatItIsAskedForAlone()
    {
        const auto store = openStore(m_path);
        Counters counters;
        // Minutes 58 to 62 of an hour, each with a process of its own, all of one program.
        for (std::uint32_t minute = 58; minute <= 62; ++minute) {
            const Process process = makeProcess(600 + minute, QStringLiteral("wget"));
            counters.add(process, makeKey(process, host, Direction::Tx), 1ULL << (minute - 58));
            counters.add(process, makeKey(process, otherHost, Direction::Rx), 1000);
            const std::int64_t at = noonMs + minute * minuteMs;
            QVERIFY(store->insert(counters.snapshot(at, at + minuteMs)));
        }
        QVERIFY(store->rollUp(std::chrono::seconds(10)));
        // Widened to the minutes 59 and 60: a minute of each hour, two rows in each, and two in the hour that is
        // over.
        QCOMPARE(*store->clear({noonMs + 59 * minuteMs + 1, noonMs + 60 * minuteMs + 1}), 6U);

        const QStringList left{
            QStringLiteral("2026-03-10 12:00:00|1|1000"), QStringLiteral("2026-03-10 13:00:00|24|2000")};
        QCOMPARE(readWithAnyClient(m_path,
                     QStringLiteral("SELECT hour, sum(tx_bytes), sum(rx_bytes) FROM hourly_stats GROUP BY hour")),
            left);
        QCOMPARE(readWithAnyClient(m_path,
                     QStringLiteral("SELECT strftime('%Y-%m-%d %H:00:00', timestamp) AS hour, sum(tx_bytes), "
                                    "sum(rx_bytes) FROM bandwidth_records GROUP BY hour")),
            left);
        QCOMPARE(readWithAnyClient(m_path, QStringLiteral("SELECT pid FROM process ORDER BY pid")),
            QStringList({QStringLiteral("658"), QStringLiteral("661"), QStringLiteral("662")}));

        HistoryQuery query;
        query.sinceMs = noonMs + 58 * minuteMs;
        query.untilMs = noonMs + 62 * minuteMs;
        QList<bool> gaps;
        const auto series = store->history(query, Bucket::Minute);
        QVERIFY(series);
        for (const SeriesBucket& bucket : series->buckets)
            gaps.append(bucket.gap);
        QCOMPARE(gaps, QList<bool>({false, true, true, false}));

        // What goes on is added to the hour that was made anew.
        const Process process = makeProcess(662, QStringLiteral("wget"));
        counters.add(process, makeKey(process, host, Direction::Tx), 100);
        QVERIFY(store->insert(counters.snapshot(noonMs + 63 * minuteMs, noonMs + 64 * minuteMs)));
        QCOMPARE(txBytes(*store), 125U);
    }

    void clearTakesWholeHoursWhereNoMinutesAreKept()
    {
        const auto store = openStore(m_path);
        Counters counters;
        for (const std::int64_t at : {noonMs - 9 * dayMs, noonMs - 9 * dayMs + 30 * minuteMs, noonMs}) {
            counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
            QVERIFY(store->insert(counters.snapshot(at, at + 1000)));
        }
        QCOMPARE(*store->cleanup(Retention{}, noonMs), 1U); // two minutes, of one hour
        HistoryQuery query = whole({Dimension::Remote});
        query.sinceMs = noonMs - 9 * dayMs + 5 * minuteMs;
        query.untilMs = query.sinceMs + minuteMs;
        QCOMPARE(store->top(query)->coversFromMs, noonMs - 9 * dayMs); // as clear() will widen it
        // Of two minutes, which know no remote any more, an hour and a day.
        QCOMPARE(*store->clear({query.sinceMs, query.untilMs}), 4U);
        QCOMPARE(txBytes(*store), 10U);
    }

    void bootTimeIsTheOneFirstSeen()
    {
        QCOMPARE(*openStore(m_path)->bootTimeMs(QStringLiteral("b"), 5), 5);
        QCOMPARE(*openStore(m_path)->bootTimeMs(QStringLiteral("b"), 9), 5);
        QCOMPARE(*openStore(m_path)->bootTimeMs(QStringLiteral("c"), 9), 9);
    }

    void readersSeeWhatIsCommittedAndChangeNothing()
    {
        const auto writer = openStore(m_path);
        const auto reader = openStore(m_path, Store::Mode::Reader);
        Counters counters;
        counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
        QVERIFY(writer->insert(counters.snapshot(noonMs, noonMs + 1000)));
        QCOMPARE(txBytes(*reader), 10U);
        QCOMPARE(reader->insert(counters.snapshot(noonMs, noonMs + 1000)).error().code, ErrorCode::Internal);
        QCOMPARE(reader->info()->historySinceMs, noonMs);
        QVERIFY(reader->info()->bytes > 0);
    }

    void anAnswerIsOfOneMomentWhateverIsWrittenMeanwhile()
    {
        auto writer = openStore(m_path);
        Counters counters;
        for (int day = 8; day >= 0; --day) {
            counters.add(firefox, makeKey(firefox, host, Direction::Tx), 10);
            const std::int64_t at = noonMs - day * dayMs + 30 * minuteMs;
            QVERIFY(writer->insert(counters.snapshot(at, at + 1000)));
        }
        writer.reset();

        const auto reader = openStore(m_path, Store::Mode::Reader);
        // Beginning in the middle of an hour, the range needs the minute that the clean-up drops.
        HistoryQuery query = whole();
        query.sinceMs = noonMs - 8 * dayMs + 30 * minuteMs;
        const auto before = reader->top(query);
        QVERIFY(before);
        const Interloper interloper("FROM minute", [this] {
            QVERIFY(*openStore(m_path)->cleanup({std::chrono::days(7), std::chrono::days(7)}, noonMs) > 0);
        });
        const auto meanwhile = reader->top(query);
        QVERIFY(interloper.hasActed());
        QVERIFY(meanwhile);
        QCOMPARE(meanwhile->rows, before->rows);
    }

    void stateIsItsOwnersAlone()
    {
        const auto store = openStore(m_path);
        struct stat status{};
        QCOMPARE(stat(qPrintable(m_path), &status), 0);
        QCOMPARE(status.st_mode & 0777U, 0700U);
        for (const char* name : {"/history.db", "/history.db-wal", "/history.db-shm", "/helper.lock"}) {
            QCOMPARE(stat(qPrintable(m_path + QLatin1StringView(name)), &status), 0);
            QCOMPARE(status.st_mode & 0777U, 0600U);
        }
    }

    void impossibleRangesAreRefused()
    {
        const auto store = openStore(m_path);
        HistoryQuery query;
        query.sinceMs = noonMs;
        query.untilMs = noonMs;
        QCOMPARE(store->top(query).error().code, ErrorCode::InvalidArgument);
        query.untilMs = std::numeric_limits<std::int64_t>::max();
        QCOMPARE(store->top(query).error().code, ErrorCode::InvalidArgument);
        query.sinceMs = 0;
        query.untilMs = noonMs;
        QCOMPARE(store->history(query, Bucket::Hour).error().code, ErrorCode::LimitExceeded);
        QVERIFY(store->history(query, Bucket::Month));
    }

private:
    static quint64 txBytes(Store& store)
    {
        const auto frame = store.top(whole());
        if (!frame)
            qFatal("%s", qPrintable(frame.error().detail));
        return frame->rows.isEmpty() ? 0 : frame->rows[0].numbers.txBytes;
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_path;
};

QTEST_GUILESS_MAIN(StoreTest)
#include "tst_store.moc"
