// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/store.h"
#include "tests/unit/store/traffic.h"

#include <QSet>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <random>
#include <set>

using namespace bwt;
using namespace bwt::test;

namespace {

/// One growth of one counter, as the history should know it.
struct Record {
    std::int64_t atMs = 0;
    Process process;
    FlowKey key;
    Scope scope = Scope::Internet;
    quint64 bytes = 0;
};

/// Traffic of a month around the change to summer time in Europe, the same for the same seed.
class RandomTraffic {
public:
    explicit RandomTraffic(unsigned seed)
        : m_random(seed)
    {
        for (std::uint32_t i = 0; i < 12; ++i)
            m_processes.push_back(makeProcess(100 + i, QStringLiteral("program-%1").arg(i % 5), 1000 + i % 3));
    }

    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return m_random() % bound; }

    /// A tick in which a few counters grow.
    [[nodiscard]] Snapshot tick()
    {
        const std::int64_t sinceMs = m_nowMs;
        for (std::uint64_t i = below(8); i > 0; --i)
            grow(sinceMs);
        m_nowMs += static_cast<std::int64_t>(below(3) == 0 ? below(6 * hourMs) : below(2 * minuteMs)) + 1;
        return m_counters.snapshot(sinceMs, m_nowMs);
    }

    [[nodiscard]] std::int64_t nowMs() const { return m_nowMs; }
    [[nodiscard]] const std::vector<Record>& records() const { return m_records; }

private:
    void grow(std::int64_t atMs)
    {
        const Process& process = m_processes[below(m_processes.size())];
        const std::uint64_t remote = below(20);
        // A flow has the scope of its remote.
        const auto scope = static_cast<Scope>(remote % 3);
        const QString text = remote == 0 ? QString() : QStringLiteral("203.0.113.%1").arg(remote);
        const FlowKey key = makeKey(
            process, text, below(2) ? Direction::Tx : Direction::Rx, below(2) ? 6 : 17, below(2) ? 443 : 53);
        const quint64 bytes = below(1'000'000);
        m_counters.add(process, key, bytes, scope);
        m_records.push_back({atMs, process, key, scope, bytes});
    }

    std::mt19937_64 m_random;
    std::vector<Process> m_processes;
    Counters m_counters;
    std::int64_t m_nowMs = noonMs;
    std::vector<Record> m_records;
};

/// The keys of a row, or those that a record's row would have, as one text.
QString keysOf(const Row& row)
{
    return QStringList{QString::number(row.pid.value_or(0)), row.appId, QString::number(row.uid.value_or(0)),
        row.protocol, row.service, row.remoteIp, row.scope}
        .join(QLatin1Char('|'));
}

QString keysOf(const Record& record, Dimensions by)
{
    Row row;
    if (by.has(Dimension::Process))
        row.pid = record.process.id.pid;
    if (by.has(Dimension::App))
        row.appId = record.process.appId;
    if (by.has(Dimension::User) || by.has(Dimension::Process))
        row.uid = record.process.uid;
    if (by.has(Dimension::Protocol))
        row.protocol = protocolName(record.key.protocol);
    if (by.has(Dimension::Service))
        row.service = serviceName(record.key.protocol, record.key.service);
    if (by.has(Dimension::Remote))
        row.remoteIp = addressText(record.key.remote);
    if (by.has(Dimension::Scope))
        row.scope = scopeName(record.scope);
    return keysOf(row);
}

using Sums = std::map<QString, std::pair<quint64, quint64>>; ///< tx and rx bytes by keys

Sums sumsOf(const QList<Row>& rows)
{
    Sums sums;
    for (const Row& row : rows) {
        auto& [tx, rx] = sums[keysOf(row)];
        tx += row.numbers.txBytes;
        rx += row.numbers.rxBytes;
    }
    return sums;
}

Sums sumsOf(const std::vector<Record>& records, std::int64_t fromMs, std::int64_t toMs, Dimensions by)
{
    Sums sums;
    for (const Record& record : records) {
        if (record.atMs < fromMs || record.atMs >= toMs)
            continue;
        auto& [tx, rx] = sums[keysOf(record, by)];
        (record.key.direction == Direction::Tx ? tx : rx) += record.bytes;
    }
    return sums;
}

} // namespace

class StorePropertiesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sumsByAnyKeyOverAnyRangeAreWhatWasInserted_data()
    {
        QTest::addColumn<QByteArray>("zone");
        QTest::addColumn<unsigned>("seed");
        QTest::newRow("UTC") << QByteArray("UTC") << 1U;
        QTest::newRow("summer time") << QByteArray("Europe/Berlin") << 2U;
        QTest::newRow("half an hour off") << QByteArray("Asia/Kolkata") << 3U;
    }
    void sumsByAnyKeyOverAnyRangeAreWhatWasInserted()
    {
        QFETCH(QByteArray, zone);
        QFETCH(unsigned, seed);
        qputenv("TZ", zone);
        tzset();
        const QTemporaryDir directory;
        auto store = Store::open(directory.path(), Store::Mode::Writer);
        QVERIFY(store);
        RandomTraffic traffic(seed);
        while (traffic.nowMs() < noonMs + 28 * dayMs) {
            const auto commit = (*store)->insert(traffic.tick());
            QVERIFY2(commit.has_value(), commit ? "" : qPrintable(commit.error().detail));
        }

        checkRanges(**store, traffic, Processes::Known);
        QVERIFY(*(*store)->cleanup(Retention{}, traffic.nowMs()) > 0);
        checkRanges(**store, traffic, Processes::Forgotten);
        store->reset();
        store = Store::open(directory.path(), Store::Mode::Writer);
        QVERIFY(store);
        checkRanges(**store, traffic, Processes::Forgotten);
        for (int i = 0; i < 50; ++i)
            QVERIFY((*store)->insert(traffic.tick()));
        checkRanges(**store, traffic, Processes::Forgotten);
    }

    void aDayOfSummerTimesChangeHas23Hours()
    {
        qputenv("TZ", "Europe/Berlin");
        tzset();
        const QTemporaryDir directory;
        auto store = Store::open(directory.path(), Store::Mode::Writer);
        QVERIFY(store);
        HistoryQuery query;
        query.sinceMs = 1'774'695'600'000; // 2026-03-28 12:00 in Berlin
        query.untilMs = query.sinceMs + 2 * dayMs;
        const auto series = (*store)->history(query, Bucket::Day);
        QVERIFY(series);
        QList<qint64> hours;
        for (const SeriesBucket& bucket : series->buckets)
            hours.append((bucket.endMs - bucket.startMs) / hourMs);
        QCOMPARE(hours, QList<qint64>({24, 23, 24}));
        QCOMPARE(series->coversFromMs, 1'774'652'400'000); // midnight
        const auto months = (*store)->history(query, Bucket::Month);
        QCOMPARE(months->buckets.size(), 1);
        QCOMPARE((months->buckets[0].endMs - months->buckets[0].startMs) / hourMs, 31 * 24 - 1);
    }

    void partsOfADayBeginWithIt()
    {
        qputenv("TZ", "Europe/Berlin");
        tzset();
        const QTemporaryDir directory;
        auto store = Store::open(directory.path(), Store::Mode::Writer);
        QVERIFY(store);
        HistoryQuery query;
        query.sinceMs = 1'774'738'800'000; // 2026-03-29 in Berlin, a day of 23 hours
        query.untilMs = query.sinceMs + 23 * hourMs + 1;
        const auto series = (*store)->history(query, Bucket(Bucket::Hour, 6));
        QVERIFY(series);
        QList<qint64> hours;
        for (const SeriesBucket& bucket : series->buckets)
            hours.append((bucket.endMs - bucket.startMs) / hourMs);
        QCOMPARE(hours, QList<qint64>({6, 6, 6, 5, 6}));
        QCOMPARE(series->coversFromMs, query.sinceMs);
    }

private:
    enum class Processes { Known, Forgotten };

    static Dimensions anyDimensions(RandomTraffic& random, Processes processes)
    {
        Dimensions by;
        for (const Dimension one : {Dimension::App, Dimension::User, Dimension::Protocol, Dimension::Service,
                 Dimension::Remote, Dimension::Scope}) {
            if (random.below(3) == 0)
                by.insert(one);
        }
        if (processes == Processes::Known && random.below(3) == 0)
            by.insert(Dimension::Process);
        return by;
    }

    static void checkRanges(Store& store, RandomTraffic& traffic, Processes processes)
    {
        for (int i = 0; i < 60; ++i) {
            HistoryQuery query;
            query.by = anyDimensions(traffic, processes);
            query.sinceMs = noonMs - dayMs + static_cast<std::int64_t>(traffic.below(30 * dayMs));
            query.untilMs = query.sinceMs + 1 + static_cast<std::int64_t>(traffic.below(i % 2 ? 30 * dayMs : dayMs));
            const auto frame = store.top(query);
            QVERIFY2(frame.has_value(), frame ? "" : qPrintable(frame.error().detail));
            QVERIFY(frame->coversFromMs <= query.sinceMs && query.untilMs <= frame->coversToMs);
            QCOMPARE(
                sumsOf(frame->rows), sumsOf(traffic.records(), frame->coversFromMs, frame->coversToMs, query.by));
            constexpr std::array shortOnes{
                Bucket(Bucket::Hour), Bucket(Bucket::Minute), Bucket(Bucket::Minute, 5), Bucket(Bucket::Minute, 90)};
            constexpr std::array longOnes{
                Bucket(Bucket::Day), Bucket(Bucket::Month), Bucket(Bucket::Hour, 3), Bucket(Bucket::Hour, 12)};
            const Bucket bucket = (i % 2 ? longOnes : shortOnes).at(static_cast<std::size_t>(i) / 2 % 4);
            checkSeries(store, traffic, query, bucket);
            checkLimits(store, traffic, query, bucket);
        }
    }

    /// With a limit the biggest of the range are told by name, in each bucket the same, and what is left is one sum
    /// for each scope; of what users may see likewise.
    static void checkLimits(Store& store, RandomTraffic& traffic, HistoryQuery query, Bucket bucket)
    {
        if (traffic.below(2) == 0)
            query.visibility = Visibility::ofUids({{1000, 1000}});
        if (traffic.below(4) == 0)
            query.filter.scope = scopeName(Scope::Internet);
        if (traffic.below(4) == 0)
            query.by.insert(Dimension::Direction);
        const auto all = store.top(query);
        const auto allBuckets = store.history(query, bucket);
        query.limit = 1 + static_cast<quint32>(traffic.below(12));
        const auto some = store.top(query);
        const auto someBuckets = store.history(query, bucket);
        QVERIFY(all && allBuckets && some && someBuckets);

        QList<Row> named;
        for (const Row& row : all->rows) {
            if (row.kind == RowKind::Named && named.size() < qsizetype{query.limit})
                named.append(row);
        }
        checkSplit(all->rows, some->rows, named);
        QCOMPARE(someBuckets->buckets.size(), allBuckets->buckets.size());
        QSet<QString> names;
        for (qsizetype i = 0; i < allBuckets->buckets.size(); ++i) {
            QList<Row> namedHere;
            for (const Row& row : someBuckets->buckets[i].rows) {
                if (row.kind == RowKind::Named)
                    namedHere.append(row);
            }
            checkSplit(allBuckets->buckets[i].rows, someBuckets->buckets[i].rows, namedHere);
            for (const Row& row : namedHere)
                names.insert(keysOf(row) + row.direction);
        }
        QVERIFY2(names.size() <= qsizetype{query.limit}, "the same are told in all buckets");
    }

    /// `some` is `named`, as in `all`, other people's rows, and one sum for each scope of what is left.
    static void checkSplit(const QList<Row>& all, const QList<Row>& some, const QList<Row>& named)
    {
        std::map<std::pair<RowKind, QString>, Numbers> left; // by kind and scope
        QList<Row> seen;
        for (const Row& row : all) {
            const bool isNamed = std::ranges::any_of(named, [&row](const Row& one) {
                return row.kind == RowKind::Named && keysOf(one) == keysOf(row) && one.direction == row.direction;
            });
            if (isNamed)
                seen.append(row);
            else
                left[{row.kind == RowKind::Named ? RowKind::Rest : row.kind, row.scope}] += row.numbers;
        }
        QCOMPARE(seen.size(), named.size());
        const auto bare = [](Numbers numbers) {
            numbers.firstSeenMs = numbers.lastSeenMs = {};
            return numbers;
        };
        qsizetype namedCount = 0;
        for (const Row& row : some) {
            if (row.kind == RowKind::Named) {
                QCOMPARE(row, seen[namedCount++]);
                continue;
            }
            const auto sum = left.find({row.kind, row.scope});
            QVERIFY2(sum != left.end(), "a sum of nothing");
            QCOMPARE(bare(row.numbers), bare(sum->second));
            left.erase(sum);
        }
        QCOMPARE(namedCount, named.size());
        QVERIFY2(left.empty(), "a sum is missing");
    }

    static void checkSeries(Store& store, const RandomTraffic& traffic, const HistoryQuery& query, Bucket bucket)
    {
        const auto series = store.history(query, bucket);
        QVERIFY2(series.has_value(), series ? "" : qPrintable(series.error().detail));
        QVERIFY(series->coversFromMs <= query.sinceMs && query.untilMs <= series->coversToMs);
        std::int64_t reached = series->coversFromMs;
        QList<Row> all;
        for (const SeriesBucket& one : series->buckets) {
            QCOMPARE(one.startMs, reached);
            reached = one.endMs;
            if (bucket.unit >= Bucket::Day || !one.rows.isEmpty())
                QCOMPARE(sumsOf(one.rows), sumsOf(traffic.records(), one.startMs, one.endMs, query.by));
            all += one.rows;
        }
        QCOMPARE(reached, series->coversToMs);
        QCOMPARE(sumsOf(all), sumsOf(traffic.records(), series->coversFromMs, series->coversToMs, query.by));
    }
};

QTEST_GUILESS_MAIN(StorePropertiesTest)
#include "tst_storeproperties.moc"
