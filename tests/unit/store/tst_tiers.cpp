// SPDX-License-Identifier: GPL-3.0-or-later
// What is rolled up, coarsened and dropped adds up to what was inserted, in any time zone and whatever the clock did.
#include "tests/unit/store/testkit.h"

#include <QTemporaryDir>
#include <QTest>
#include <QTimeZone>

#include <array>
#include <map>
#include <random>

using namespace bwt;
using namespace bwt::test;

namespace {

constexpr std::int64_t yearMs = 365 * dayMs;

/// Traffic of which every growth is remembered, and the counters that it came from.
class Ledger {
public:
    explicit Ledger(unsigned seed)
        : m_random(seed)
    {
        for (std::uint32_t i = 0; i < 6; ++i)
            m_processes.push_back(makeProcess(100 + i, QStringLiteral("program-%1").arg(i % 3), 1000 + i % 2));
    }

    [[nodiscard]] std::int64_t below(std::int64_t bound)
    {
        return static_cast<std::int64_t>(m_random() % static_cast<std::uint64_t>(bound));
    }

    /// A commit of an interval in which some counters grew.
    void record(Store& store, std::int64_t sinceMs, std::int64_t untilMs)
    {
        for (std::int64_t i = 1 + below(4); i > 0; --i) {
            const Process& process = m_processes[static_cast<std::size_t>(below(6))];
            const FlowKey key = makeKey(process, QStringLiteral("203.0.113.%1").arg(below(5)),
                below(2) == 0 ? Direction::Tx : Direction::Rx, below(2) == 0 ? 6 : 17);
            const std::int64_t bytes = below(100'000);
            m_counters.add(process, key, static_cast<std::uint64_t>(bytes));
            m_bytesAt[sinceMs / 1000 * 1000] += bytes;
            m_total += bytes;
            ++m_calls;
        }
        valueOf(store.insert(m_counters.snapshot(sinceMs, untilMs)));
        m_lastMs = untilMs;
    }

    [[nodiscard]] std::int64_t bytesIn(std::int64_t fromMs, std::int64_t toMs) const
    {
        std::int64_t bytes = 0;
        for (auto at = m_bytesAt.lower_bound(fromMs); at != m_bytesAt.end() && at->first < toMs; ++at)
            bytes += at->second;
        return bytes;
    }
    [[nodiscard]] std::int64_t total() const { return m_total; }
    [[nodiscard]] std::int64_t calls() const { return m_calls; }
    [[nodiscard]] std::int64_t firstMs() const { return m_bytesAt.begin()->first; }
    [[nodiscard]] std::int64_t lastMs() const { return m_lastMs; }

private:
    std::mt19937_64 m_random;
    std::vector<Process> m_processes;
    Counters m_counters;
    std::map<std::int64_t, std::int64_t> m_bytesAt;
    std::int64_t m_total = 0;
    std::int64_t m_calls = 0;
    std::int64_t m_lastMs = 0;
};

std::int64_t sumOf(const QList<Row>& rows)
{
    std::int64_t bytes = 0;
    for (const Row& row : rows)
        bytes += static_cast<std::int64_t>(row.numbers.txBytes + row.numbers.rxBytes);
    return bytes;
}

void rollUpAll(Store& store)
{
    while (valueOf(store.rollUp(std::chrono::seconds(1)))) { }
}

/// Local time of a zone as milliseconds.
std::int64_t localMs(const char* zone, int year, int month, int day, int hour = 0)
{
    return QDateTime(QDate(year, month, day), QTime(hour, 0), QTimeZone(zone)).toMSecsSinceEpoch();
}

} // namespace

class TiersTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        setZone("UTC");
    }

    void coarserTiersHoldWhatFinerOnesHold_data()
    {
        QTest::addColumn<QByteArray>("zone");
        QTest::addColumn<qint64>("from");
        QTest::newRow("UTC") << QByteArray("UTC") << qint64{noonMs};
        QTest::newRow("into summer time")
            << QByteArray("Europe/Berlin") << qint64{localMs("Europe/Berlin", 2026, 3, 27)};
        QTest::newRow("out of summer time")
            << QByteArray("Europe/Berlin") << qint64{localMs("Europe/Berlin", 2025, 10, 24)};
        QTest::newRow("midnight in an hour")
            << QByteArray("Asia/Kolkata") << qint64{localMs("Asia/Kolkata", 2026, 1, 29)};
        QTest::newRow("days that begin twice")
            << QByteArray("America/Havana") << qint64{localMs("America/Havana", 2025, 10, 30)};
        QTest::newRow("days that begin at one")
            << QByteArray("Africa/Cairo") << qint64{localMs("Africa/Cairo", 2026, 4, 22)};
        QTest::newRow("half an hour of summer time")
            << QByteArray("Australia/Lord_Howe") << qint64{localMs("Australia/Lord_Howe", 2026, 4, 3)};
    }
    void coarserTiersHoldWhatFinerOnesHold()
    {
        QFETCH(QByteArray, zone);
        QFETCH(qint64, from);
        setZone(zone);
        Ledger ledger(1);
        const auto store = openStore(path());
        recordAndRollUp(*store, ledger, from, from + 5 * dayMs);
        checkTiers(*store, ledger);
    }

    void daysOfSummerTimesChangesAreBucketsOf23And25Hours_data()
    {
        QTest::addColumn<qint64>("noon");
        QTest::addColumn<qint64>("hours");
        QTest::newRow("23") << qint64{localMs("Europe/Berlin", 2026, 3, 29, 12)} << qint64{23};
        QTest::newRow("25") << qint64{localMs("Europe/Berlin", 2025, 10, 26, 12)} << qint64{25};
    }
    void daysOfSummerTimesChangesAreBucketsOf23And25Hours()
    {
        QFETCH(qint64, noon);
        QFETCH(qint64, hours);
        setZone("Europe/Berlin");
        Ledger ledger(2);
        const auto store = openStore(path());
        recordAndRollUp(*store, ledger, noon - 2 * dayMs, noon + 2 * dayMs);
        const Client client(path());
        QCOMPARE(
            client.number(QStringLiteral("SELECT (until - start) / 3600 FROM day WHERE %1 >= start AND %1 < until")
                    .arg(noon / 1000)),
            hours);
        HistoryQuery query;
        query.sinceMs = noon;
        query.untilMs = noon + 1;
        const Series series = valueOf(store->history(query, Bucket::Day));
        QCOMPARE(series.buckets.size(), 1);
        QCOMPARE((series.buckets[0].endMs - series.buckets[0].startMs) / hourMs, hours);
        QCOMPARE(sumOf(series.buckets[0].rows), ledger.bytesIn(series.buckets[0].startMs, series.buckets[0].endMs));
    }

    void hoursAreSplitWhereADayBeginsInThem()
    {
        setZone("Asia/Kolkata");
        Ledger ledger(3);
        const auto store = openStore(path());
        const std::int64_t midnight = localMs("Asia/Kolkata", 2026, 3, 11);
        ledger.record(*store, midnight - 10 * minuteMs, midnight - 9 * minuteMs);
        ledger.record(*store, midnight + 10 * minuteMs, midnight + 11 * minuteMs);
        ledger.record(*store, midnight + 2 * dayMs, midnight + 2 * dayMs + minuteMs);
        rollUpAll(*store);
        const qint64 start = midnight / 1000;
        QCOMPARE(
            Client(path()).lines(QStringLiteral("SELECT start, until FROM hour WHERE start < %1").arg(start + 3600)),
            QStringList({QStringLiteral("%1|%2").arg(start - dayMs / 1000).arg(start),
                QStringLiteral("%1|%2").arg(start).arg(start + dayMs / 1000)}));
        checkTiers(*store, ledger);
    }

    void aTimeZoneThatIsChangedMovesNoByte_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::newRow("east") << QByteArray("UTC") << QByteArray("Asia/Kolkata");
        QTest::newRow("west") << QByteArray("Asia/Kolkata") << QByteArray("UTC");
        QTest::newRow("far west") << QByteArray("Pacific/Auckland") << QByteArray("America/Los_Angeles");
        QTest::newRow("an hour") << QByteArray("UTC") << QByteArray("Europe/Berlin");
    }
    void aTimeZoneThatIsChangedMovesNoByte()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        Ledger ledger(4);
        auto store = openStore(path());
        setZone(first);
        const std::int64_t change = noonMs + 24 * dayMs + 7 * hourMs + 20 * minuteMs;
        recordAndRollUp(*store, ledger, noonMs + 20 * dayMs, change);
        setZone(second);
        store.reset();
        store = openStore(path());
        checkTiers(*store, ledger);
        recordAndRollUp(*store, ledger, change, change + 9 * dayMs);
        checkTiers(*store, ledger);
        // Late growth of both zones' times, and between what is stored.
        for (int i = 0; i < 100; ++i) {
            const std::int64_t at = noonMs + 19 * dayMs + ledger.below(15 * dayMs);
            ledger.record(*store, at, at + 1);
        }
        checkTiers(*store, ledger);
        const std::int64_t end = change + 9 * dayMs + hourMs;
        ledger.record(*store, end, end + 1);
        rollUpAll(*store);
        checkTiers(*store, ledger);
        // Whatever the cap makes it drop, of days that are none of today's zone.
        for (quint64 most = 150'000; most >= 50'000; most -= 20'000) {
            static_cast<void>(valueOf(store->cleanup(capped(most), end)));
            checkTiers(*store, ledger);
        }
        QVERIFY2(Client(path()).number(
                     QStringLiteral("SELECT count(*) FROM hour WHERE start < %1").arg((change + 7 * dayMs) / 1000))
                == 0,
            "the cap has dropped hours");
    }

    void rollUpStopsAfterAnyStepAndGoesOnAfterReopening()
    {
        setZone("Europe/Berlin");
        Ledger ledger(5);
        auto store = openStore(path());
        for (std::int64_t at = noonMs + 15 * dayMs; at < noonMs + 22 * dayMs; at += 1 + ledger.below(3 * hourMs))
            ledger.record(*store, at, at + minuteMs);
        int steps = 0;
        for (bool isMore = true; isMore; ++steps) {
            isMore = valueOf(store->rollUp(std::chrono::milliseconds(0)));
            if (steps % 7 == 0) {
                store.reset();
                store = openStore(path());
            }
            if (steps % 20 == 0)
                checkViews(*store, ledger);
            checkRanges(*store, ledger, 1);
        }
        QVERIFY2(steps > 50, qPrintable(QString::number(steps)));
        checkTiers(*store, ledger);
        QVERIFY(!valueOf(store->rollUp(std::chrono::seconds(1))));
    }

    void lateGrowthIsInEveryTierOnce_data()
    {
        QTest::addColumn<qint64>("back");
        QTest::newRow("an hour back") << qint64{hourMs};
        QTest::newRow("a day back") << qint64{dayMs};
        QTest::newRow("a month back") << qint64{31 * dayMs};
        QTest::newRow("to 1970") << qint64{noonMs + 10 * dayMs - hourMs};
        QTest::newRow("a year ahead") << qint64{-yearMs};
    }
    void lateGrowthIsInEveryTierOnce()
    {
        QFETCH(qint64, back);
        for (const char* zone : {"UTC", "Europe/Berlin", "Asia/Kolkata"}) {
            setZone(zone);
            m_directory = std::make_unique<QTemporaryDir>();
            Ledger ledger(6);
            auto store = openStore(path());
            std::int64_t now = noonMs + 10 * dayMs;
            recordAndRollUp(*store, ledger, now - 2 * dayMs, now);
            for (int i = 0; i < 24; ++i) { // the clock is wrong, and the helper restarts meanwhile
                const std::int64_t at = now - back + i * 17 * minuteMs;
                ledger.record(*store, at, at + minuteMs);
                rollUpAll(*store);
                if (i % 12 == 6) {
                    store.reset();
                    store = openStore(path());
                }
            }
            checkTiers(*store, ledger);
            recordAndRollUp(*store, ledger, now, now + 2 * dayMs); // and is right again
            checkTiers(*store, ledger);
            static_cast<void>(valueOf(store->cleanup(Retention{}, now + 2 * dayMs)));
            checkTiers(*store, ledger);
        }
    }

    void aClockThatWasAheadOnceMakesNothingLate()
    {
        Ledger ledger(7);
        auto store = openStore(path());
        recordAndRollUp(*store, ledger, noonMs, noonMs + dayMs);
        ledger.record(*store, noonMs + yearMs, noonMs + yearMs + 1);
        ledger.record(*store, noonMs + dayMs, noonMs + dayMs + minuteMs);
        store.reset();
        store = openStore(path());
        rollUpAll(*store);
        const qint64 now = (noonMs + dayMs + minuteMs) / 1000;
        QVERIFY(Client(path()).number(QStringLiteral("SELECT max(complete_until) FROM tier")) <= now);
        ledger.record(*store, noonMs + dayMs + minuteMs, noonMs + dayMs + 2 * minuteMs);
        checkTiers(*store, ledger);
    }

    void whatAHelperThatWasDownFindsIsWhereItsCountingBegan()
    {
        Ledger ledger(8);
        auto store = openStore(path());
        recordAndRollUp(*store, ledger, noonMs, noonMs + dayMs);
        store.reset();
        store = openStore(path());
        // The interval since the last commit is two days long: its bytes are in its first minute.
        ledger.record(*store, noonMs + dayMs, noonMs + 3 * dayMs);
        recordAndRollUp(*store, ledger, noonMs + 3 * dayMs, noonMs + 4 * dayMs);
        checkTiers(*store, ledger);
    }

    void detailGoesByAgeAndSumsStay_data()
    {
        QTest::addColumn<QByteArray>("zone");
        QTest::newRow("UTC") << QByteArray("UTC");
        QTest::newRow("summer time") << QByteArray("Europe/Berlin");
        QTest::newRow("midnight in an hour") << QByteArray("Asia/Kolkata");
    }
    void detailGoesByAgeAndSumsStay()
    {
        QFETCH(QByteArray, zone);
        setZone(zone);
        Ledger ledger(9);
        const auto store = openStore(path());
        // A sparse 26 months, then 40 days.
        std::int64_t at = noonMs - 800 * dayMs;
        for (; at < noonMs - 40 * dayMs; at += ledger.below(8 * dayMs))
            ledger.record(*store, at, at + minuteMs);
        for (; at < noonMs; at += ledger.below(24 * hourMs))
            ledger.record(*store, at, at + minuteMs);
        ledger.record(*store, noonMs - minuteMs, noonMs);
        rollUpAll(*store);
        checkTiers(*store, ledger);
        QVERIFY(valueOf(store->cleanup(Retention{}, noonMs)) > 0);
        checkTiers(*store, ledger);

        const Client client(path());
        const auto count = [&client](const char* table, const char* where, std::int64_t days) {
            return client.number(QStringLiteral("SELECT count(*) FROM %1 WHERE %2")
                    .arg(QLatin1StringView(table), QString::fromLatin1(where).arg((noonMs - days * dayMs) / 1000)));
        };
        QCOMPARE(count("minute", "start < %1", 31), 0);
        QVERIFY(count("minute", "start < %1 AND flows IS NULL AND programs IS NOT NULL", 7) > 20);
        QCOMPARE(count("minute", "start < %1 AND flows IS NOT NULL", 8), 0); // it goes a day at a time
        QCOMPARE(count("minute", "start >= %1 AND flows IS NULL", 7), 0);
        QCOMPARE(count("hour", "start < %1", 733), 0);
        QVERIFY(count("hour", "start < %1", 700) > 0);
        QVERIFY(count("day", "start < %1 AND flows IS NOT NULL", 790) > 0);
        QVERIFY(count("month", "start < %1 AND flows IS NOT NULL", 740) > 0);

        // Minutes of the last month tell programs by the minute, and remotes by the hour.
        HistoryQuery query;
        query.sinceMs = noonMs - 20 * dayMs + 17 * minuteMs;
        query.untilMs = query.sinceMs + minuteMs;
        query.by = {Dimension::App};
        QCOMPARE(valueOf(store->top(query)).coversFromMs, query.sinceMs);
        query.by = {Dimension::Remote};
        QCOMPARE(valueOf(store->top(query)).coversFromMs % hourMs, 0);
    }

    void tiersThatAreKeptForOneTimeDoubleNothing()
    {
        Ledger ledger(10);
        const auto store = openStore(path());
        for (std::int64_t at = noonMs - 20 * dayMs; at < noonMs; at += 1 + ledger.below(4 * hourMs))
            ledger.record(*store, at, at + minuteMs);
        ledger.record(*store, noonMs - minuteMs, noonMs);
        using std::chrono::days;
        for (const Retention& retention : {Retention{days(9), days(2), days(3)}, Retention{days(5), days(5), days(5)},
                 Retention{days(1), days(4), days(2)}, Retention{days(0), days(0), days(0)}}) {
            static_cast<void>(valueOf(store->cleanup(retention, noonMs)));
            checkTiers(*store, ledger);
            for (int i = 0; i < 30; ++i) { // late, of any tier's time
                const std::int64_t at = noonMs - 21 * dayMs + ledger.below(21 * dayMs);
                ledger.record(*store, at, at + 1);
            }
            ledger.record(*store, noonMs - minuteMs, noonMs);
            checkTiers(*store, ledger);
        }
    }

private:
    static Retention capped(quint64 mostBytes)
    {
        Retention retention;
        retention.mostBytes = mostBytes;
        return retention;
    }

    [[nodiscard]] QString path() const { return m_directory->path(); }

    static void recordAndRollUp(Store& store, Ledger& ledger, std::int64_t fromMs, std::int64_t toMs)
    {
        for (std::int64_t at = fromMs; at < toMs;) {
            const std::int64_t next = std::min(toMs, at + 1 + ledger.below(4 * hourMs));
            ledger.record(store, at, next);
            at = next;
            if (ledger.below(10) == 0)
                rollUpAll(store);
        }
        rollUpAll(store);
    }

    /// Every tier alone, the views, and ranges of any kind.
    void checkTiers(Store& store, Ledger& ledger) const
    {
        checkViews(store, ledger);
        checkRanges(store, ledger, 7);
        const Client client(path());
        const qint64 overlaps = client.number(QStringLiteral(
            "SELECT (SELECT count(*) FROM hour AS a JOIN hour AS b ON a.start < b.start AND b.start < a.until)"
            " + (SELECT count(*) FROM day AS a JOIN day AS b ON a.start < b.start AND b.start < a.until)"
            " + (SELECT count(*) FROM month AS a JOIN month AS b ON a.start < b.start AND b.start < a.until)"
            " + (SELECT count(*) FROM hour JOIN day ON hour.start < day.start AND day.start < hour.until)"
            " + (SELECT count(*) FROM hour JOIN day ON hour.start < day.until AND day.until < hour.until)"
            " + (SELECT count(*) FROM day JOIN month ON day.start < month.start AND month.start < day.until)"));
        QCOMPARE(overlaps, 0);
    }

    void checkViews(Store& store, Ledger& ledger) const
    {
        const Client client(path());
        QCOMPARE(sumOf(rowsOf(store, 0, ledger.firstMs() + 1000 * yearMs)), ledger.total());
        QCOMPARE(client.lines(QStringLiteral("SELECT sum(tx_bytes + rx_bytes), sum(tx_calls + rx_calls), "
                                             "count(DISTINCT id) = count(*) FROM bandwidth_records")),
            QStringList(QStringLiteral("%1|%2|1").arg(ledger.total()).arg(ledger.calls())));
        QCOMPARE(client.number(QStringLiteral("SELECT sum(tx_bytes + rx_bytes) FROM ip_bandwidth")), ledger.total());
        // Hours are told of as long as hours are kept.
        const qint64 hoursFromMs
            = client.number(QStringLiteral("SELECT kept_from FROM tier WHERE name = 'hour'")) * 1000;
        QCOMPARE(client.number(QStringLiteral("SELECT coalesce(sum(tx_bytes + rx_bytes), 0) FROM hourly_stats")),
            ledger.bytesIn(hoursFromMs, std::numeric_limits<std::int64_t>::max()));
    }

    static void checkRanges(Store& store, Ledger& ledger, int count)
    {
        const std::int64_t length = ledger.lastMs() + 2 * dayMs - ledger.firstMs();
        constexpr std::array dimensions{Dimension::App, Dimension::Remote, Dimension::Process, Dimension::Protocol};
        for (int i = 0; i < count; ++i) {
            HistoryQuery query;
            query.by = {dimensions.at(static_cast<std::size_t>(ledger.below(4)))};
            query.sinceMs = std::max<std::int64_t>(
                0, ledger.firstMs() - dayMs + ledger.below(std::max<std::int64_t>(dayMs, length)));
            query.untilMs = query.sinceMs + 1
                + ledger.below(i % 3 == 0 ? 40 * dayMs
                        : i % 3 == 1      ? 3 * dayMs
                                          : 3 * hourMs);
            const Frame frame = valueOf(store.top(query));
            QVERIFY(frame.coversFromMs <= query.sinceMs && query.untilMs <= frame.coversToMs);
            QCOMPARE(sumOf(frame.rows), ledger.bytesIn(frame.coversFromMs, frame.coversToMs));

            const Bucket bucket = i % 3 == 0 ? Bucket::Month : i % 3 == 1 ? Bucket::Day : Bucket::Hour;
            std::int64_t reached = -1;
            for (const SeriesBucket& one : valueOf(store.history(query, bucket)).buckets) {
                QVERIFY(reached == -1 || one.startMs == reached);
                reached = one.endMs;
                QCOMPARE(sumOf(one.rows), ledger.bytesIn(one.startMs, one.endMs));
            }
        }
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

QTEST_GUILESS_MAIN(TiersTest)
#include "tst_tiers.moc"
