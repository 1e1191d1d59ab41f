// SPDX-License-Identifier: GPL-3.0-or-later
// What is cleared is gone from every tier and from the file's bytes, and nothing else is; what is recorded as totals
// only never gets a remote.
#include "tests/unit/store/testkit.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <map>
#include <random>

using namespace bwt;
using namespace bwt::test;

namespace {

/// One growth of one counter, as the history has it.
struct Record {
    std::int64_t atMs = 0;
    QString app;
    QString remote; ///< null where it is unknown
    QString protocol;
    std::int64_t bytes = 0;
};

using Random = std::mt19937_64;

std::int64_t below(Random& random, std::int64_t bound)
{
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
}

Process processOf(std::int64_t number)
{
    return makeProcess(static_cast<std::uint32_t>(100 + number), QStringLiteral("program-%1").arg(number % 4));
}

QString remoteOf(std::int64_t number)
{
    return QStringLiteral("203.0.113.%1").arg(100 + number);
}

/// Sums by what three kinds of rows say.
using Sums = std::map<QString, std::int64_t>;

Sums sumsOf(const QList<Row>& rows)
{
    Sums sums;
    for (const Row& row : rows)
        sums[row.appId + QLatin1Char('|') + row.remoteIp + QLatin1Char('|') + row.protocol]
            += static_cast<std::int64_t>(row.numbers.txBytes + row.numbers.rxBytes);
    return sums;
}

/// A history with what it should hold.
class Model {
public:
    Model(QString path, unsigned seed)
        : m_path(std::move(path))
        , m_random(seed)
        , m_store(openStore(m_path))
    {
    }

    [[nodiscard]] Store& store() { return *m_store; }
    [[nodiscard]] std::int64_t below(std::int64_t bound) { return ::below(m_random, bound); }

    void record(std::int64_t atMs)
    {
        for (std::int64_t i = 1 + below(5); i > 0; --i) {
            const Process process = processOf(below(8));
            const QString remote = remoteOf(below(6));
            const FlowKey key
                = makeKey(process, remote, below(2) == 0 ? Direction::Tx : Direction::Rx, below(2) == 0 ? 6 : 17);
            const std::int64_t bytes = 1 + below(9999);
            m_counters.add(process, key, static_cast<std::uint64_t>(bytes));
            const bool isTotal = m_totalsOnly.apps.contains(process.appId) || m_totalsOnly.remotes.contains(remote);
            m_records.push_back(
                {atMs, process.appId, isTotal ? QString() : remote, protocolName(key.protocol), bytes});
        }
        valueOf(m_store->insert(m_counters.snapshot(atMs, atMs + 1000)));
    }
    void setTotalsOnly(const TotalsOnly& whose)
    {
        m_totalsOnly = whose;
        QVERIFY(m_store->setTotalsOnly(whose));
    }

    void clear(const Clearing& what)
    {
        HistoryQuery query;
        query.sinceMs = what.sinceMs;
        query.untilMs = what.untilMs;
        query.by = {Dimension::Remote};
        const Frame covered = valueOf(m_store->top(query));
        static_cast<void>(valueOf(m_store->clear(what)));
        std::erase_if(m_records, [&](const Record& record) {
            return record.atMs >= covered.coversFromMs && record.atMs < covered.coversToMs
                && (what.app.isEmpty() || record.app == what.app)
                && (what.remote.isEmpty() || record.remote == what.remote);
        });
    }

    void check()
    {
        for (int i = 0; i < 12; ++i) {
            HistoryQuery query;
            query.untilMs = noonMs + dayMs;
            if (i > 0) {
                query.sinceMs = noonMs - 50 * dayMs + below(50 * dayMs);
                query.untilMs = query.sinceMs + 1 + below(i % 2 == 0 ? 30 * dayMs : 5 * hourMs);
            }
            query.by = {Dimension::App};
            if (i % 3 != 1)
                query.by.insert(Dimension::Remote);
            if (i % 4 == 0)
                query.by.insert(Dimension::Protocol);
            const Frame frame = valueOf(m_store->top(query));
            QCOMPARE(sumsOf(frame.rows), expected(frame, query.by));
        }
        std::int64_t total = 0;
        for (const Record& record : m_records)
            total += record.bytes;
        const Client client(m_path);
        for (const char* view : {"bandwidth_records", "ip_bandwidth", "hourly_stats"})
            QCOMPARE(client.number(QStringLiteral("SELECT coalesce(sum(tx_bytes + rx_bytes), 0) FROM %1")
                             .arg(QLatin1StringView(view))),
                total);
        checkTier("hour", client);
        checkTier("day", client);
        checkTier("month", client);
    }

private:
    [[nodiscard]] Sums expected(const Frame& frame, Dimensions by) const
    {
        Sums sums;
        for (const Record& record : m_records) {
            if (record.atMs < frame.coversFromMs || record.atMs >= frame.coversToMs)
                continue;
            const auto key
                = [&](Dimension dimension, const QString& text) { return by.has(dimension) ? text : QString(); };
            sums[key(Dimension::App, record.app) + QLatin1Char('|') + key(Dimension::Remote, record.remote)
                + QLatin1Char('|') + key(Dimension::Protocol, record.protocol)]
                += record.bytes;
        }
        return sums;
    }

    /// What is told of the time of a tier's bucket is what is left in the model.
    void checkTier(const char* tier, const Client& client)
    {
        for (QSqlQuery row
            = client.run(
                QStringLiteral("SELECT start, until FROM %1 ORDER BY random() LIMIT 5").arg(QLatin1StringView(tier)));
            row.next();) {
            HistoryQuery query;
            query.sinceMs = row.value(0).toLongLong() * 1000;
            query.untilMs = row.value(1).toLongLong() * 1000;
            query.by = {Dimension::App, Dimension::Remote};
            const Frame frame = valueOf(m_store->top(query));
            QVERIFY(frame.coversFromMs <= query.sinceMs && query.untilMs <= frame.coversToMs);
            QCOMPARE(sumsOf(frame.rows), expected(frame, query.by));
        }
    }

    QString m_path;
    Random m_random;
    std::unique_ptr<Store> m_store;
    Counters m_counters;
    TotalsOnly m_totalsOnly;
    std::vector<Record> m_records;
};

} // namespace

class ClearingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        setZone("UTC");
        m_directory = std::make_unique<QTemporaryDir>();
    }

    void whatIsLeftIsWhatWasNotCleared_data()
    {
        QTest::addColumn<QByteArray>("zone");
        QTest::addColumn<int>("days");
        QTest::newRow("minutes alone") << QByteArray("UTC") << 5;
        QTest::newRow("minutes without remotes") << QByteArray("Europe/Berlin") << 20;
        QTest::newRow("hours without minutes") << QByteArray("Asia/Kolkata") << 48;
    }
    void whatIsLeftIsWhatWasNotCleared()
    {
        QFETCH(QByteArray, zone);
        QFETCH(int, days);
        setZone(zone);
        for (unsigned seed = 0; seed < 2; ++seed) {
            m_directory = std::make_unique<QTemporaryDir>();
            Model model(path(), seed);
            for (std::int64_t at = noonMs - days * dayMs; at < noonMs; at += 1 + model.below(days * hourMs / 6))
                model.record(at);
            model.record(noonMs - 1000);
            static_cast<void>(valueOf(model.store().cleanup(Retention{}, noonMs)));
            model.check();
            for (int i = 0; i < 12; ++i) {
                Clearing what;
                what.sinceMs = noonMs - days * dayMs + model.below(days * dayMs);
                what.untilMs = what.sinceMs + 1 + model.below(i % 2 == 0 ? 3 * hourMs : days * dayMs / 5);
                if (i % 4 != 0)
                    what.app = processOf(model.below(4)).appId;
                if (i % 3 != 0)
                    what.remote = remoteOf(model.below(6));
                model.clear(what);
                model.check();
                if (i % 4 == 3) { // what comes late into what was cleared is there again
                    model.record(noonMs - days * dayMs + model.below(days * dayMs));
                    model.check();
                }
            }
            model.clear({0, noonMs + dayMs, processOf(1).appId, {}});
            model.check();
            model.clear({0, noonMs + dayMs, {}, remoteOf(2)});
            model.check();
            model.clear({0, noonMs + dayMs});
            model.check();
            QCOMPARE(rowsOf(model.store(), 0, noonMs + dayMs).size(), 0);
        }
    }

    void namesOfWhatWasClearedAreNotInTheFilesBytes()
    {
        auto store = openStore(path());
        Random random(4);
        Counters counters;
        std::vector<std::uint32_t> order(400);
        std::ranges::generate(order, [n = 0U]() mutable { return n++; });
        std::ranges::shuffle(order, random); // so that pages of names are split anywhere
        std::int64_t at = noonMs - 12 * dayMs;
        for (const std::uint32_t number : order) {
            const Process process = secretProcess(number);
            for (std::uint32_t i = 0; i < 3; ++i)
                counters.add(
                    process, makeKey(process, secretRemote((number * 7 + i * 211) % 400), Direction::Tx), 10);
            valueOf(store->insert(counters.snapshot(at, at + 25 * minuteMs)));
            at += 25 * minuteMs;
        }
        // Names go while nobody asks for it, too.
        static_cast<void>(valueOf(store->clear({noonMs - 12 * dayMs, noonMs - 11 * dayMs})));
        at = noonMs;
        // Those of the set that is counted are needed; another begins.
        Counters others(QStringLiteral("set-2"));
        const Process other = makeProcess(50, QStringLiteral("firefox"));
        others.add(other, makeKey(other, QStringLiteral("192.0.2.1"), Direction::Tx), 1);
        valueOf(store->insert(others.snapshot(at, at + 1000)));
        static_cast<void>(valueOf(store->cleanup(Retention{}, at + 1000)));
        store.reset();
        store = openStore(path());

        for (std::uint32_t number = 100; number < 104; ++number) {
            const QByteArray name = secretProcess(number).name.toUtf8();
            const QByteArray remote = secretRemote(number).toUtf8();
            static_cast<void>(valueOf(store->clear({0, noonMs + dayMs, secretProcess(number).appId, {}})));
            static_cast<void>(valueOf(store->clear({0, noonMs + dayMs, {}, secretRemote(number)})));
            QVERIFY2(!bytesOfFiles().contains(name), name.constData());
            QVERIFY2(!bytesOfFiles().contains(remote), remote.constData());
        }
        const QByteArray bytes = bytesOfFiles();
        for (std::size_t i = 0; i < 50; ++i) { // cleared while their set was counted
            const QByteArray name = secretProcess(order[i]).name.toUtf8();
            QVERIFY2(!bytes.contains(name), name.constData());
        }
        QVERIFY2(bytes.contains("secret-program-"), "the others stay");
        QVERIFY(valueOf(store->clear({0, noonMs + dayMs})) > 0);
        for (const char* text : {"secret-program", "2001:db8:", "192.0.2.1"})
            QVERIFY2(!bytesOfFiles().contains(text), text);
    }

    void networksThatWereClearedAreForgotten()
    {
        const auto store = openStore(path());
        const Process process = makeProcess(100, QStringLiteral("firefox"));
        FlowKey key = makeKey(process, QStringLiteral("203.0.113.7"), Direction::Tx);
        Counters counters;
        counters.add(process, key, 5);
        counters.addPackets(process, key, 57, 1);
        Snapshot snapshot = counters.snapshot(noonMs, noonMs + 1000);
        snapshot.wire = WireCounting::On;
        snapshot.netns = 1;
        snapshot.books.resize(1);
        snapshot.books[0].index = 2;
        snapshot.books[0].book.interface = QStringLiteral("somewhere-secret");
        snapshot.books[0].book.tx.bytes = 100;
        snapshot.books[0].book.tx.packets = 1;
        snapshot.networks = {{2, snapshot.books[0].book.interface}};
        valueOf(store->insert(snapshot));
        QVERIFY(bytesOfFiles().contains("somewhere-secret"));
        snapshot.books.clear(); // it is no more
        snapshot.networks.clear();
        snapshot.sinceMs += 1000;
        snapshot.untilMs += 1000;
        valueOf(store->insert(snapshot));
        QVERIFY(valueOf(store->clear({0, noonMs + dayMs})) > 0);
        QVERIFY(!bytesOfFiles().contains("somewhere-secret"));
    }

    void totalsOnlyLeavesNoRemoteAndTheRightSums()
    {
        Model model(path(), 5);
        std::int64_t at = noonMs - 3 * dayMs;
        const auto go = [&model, &at](int count) {
            for (int i = 0; i < count; ++i, at += 13 * minuteMs)
                model.record(at);
            model.check();
        };
        const TotalsOnly whose{{processOf(1).appId}, {remoteOf(2)}};
        model.setTotalsOnly(whose);
        go(60);
        QVERIFY2(!bytesOfFiles().contains(remoteOf(2).toUtf8()), "never stored");
        QVERIFY(bytesOfFiles().contains(remoteOf(1).toUtf8()));
        model.setTotalsOnly({});
        go(60);
        QVERIFY(bytesOfFiles().contains(remoteOf(2).toUtf8()));
        model.setTotalsOnly(whose); // what is recorded stays
        go(60);
        while (valueOf(model.store().rollUp(std::chrono::seconds(1)))) { }
        model.check();
        model.clear({0, noonMs + dayMs, {}, remoteOf(2)});
        model.check();
    }

    void anAddressIsOneHoweverItIsWritten()
    {
        const auto store = openStore(path());
        QVERIFY(store->setTotalsOnly({{}, {QStringLiteral("::ffff:203.0.113.7"), QStringLiteral("2001:DB8:0::1")}}));
        const Process process = makeProcess(100, QStringLiteral("firefox"));
        Counters counters;
        for (const char* remote : {"203.0.113.7", "2001:db8::1", "2001:db8::2"})
            counters.add(process, makeKey(process, QLatin1StringView(remote), Direction::Tx), 5);
        valueOf(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        const QList<Row> rows = rowsOf(*store, noonMs, noonMs + 1000, {Dimension::Remote});
        QCOMPARE(rows.size(), 2);
        QVERIFY(rows[0].remoteIp.isNull());
        QCOMPARE(rows[0].numbers.txBytes, 10U);
        QCOMPARE(valueOf(store->clear({noonMs, noonMs + 1000, {}, QStringLiteral("2001:db8:0:0::2")})), 1U);
    }

private:
    static Process secretProcess(std::uint32_t number)
    {
        return makeProcess(1000 + number, QStringLiteral("secret-program-%1-").arg(number));
    }
    static QString secretRemote(std::uint32_t number)
    {
        return QStringLiteral("2001:db8:77:%1::feed").arg(number + 0x1000, 0, 16);
    }

    [[nodiscard]] QString path() const { return m_directory->path(); }
    [[nodiscard]] QByteArray bytesOfFiles() const
    {
        return contentOf(m_directory->filePath(QStringLiteral("history.db")))
            + contentOf(m_directory->filePath(QStringLiteral("history.db-wal")));
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

QTEST_GUILESS_MAIN(ClearingTest)
#include "tst_clearing.moc"
