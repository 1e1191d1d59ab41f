// SPDX-License-Identifier: GPL-3.0-or-later
// Rows in a blob: what goes in comes out, for us and for any SQLite client, and damage is told or harmless.
#include "helper/store/packed.h"
#include "helper/store/tiers.h"
#include "tests/unit/store/testkit.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <random>
#include <set>

using namespace bwt;
using namespace bwt::store;
using namespace bwt::test;

namespace bwt::store {

/// For QCOMPARE.
static bool operator==(const PackedRow& one, const PackedRow& other)
{
    return one.key == other.key && one.sums == other.sums;
}

static char* toString(const PackedRows& rows)
{
    return QTest::toString(QStringLiteral("%1 rows").arg(rows.size()));
}

} // namespace bwt::store

namespace {

using Random = std::mt19937_64;

qint64 below(Random& random, std::uint64_t bound)
{
    return static_cast<qint64>(random() % bound);
}

/// Of any length, 0 and negative ones among them; no longer than so many bits.
qint64 numberOf(Random& random, int mostBits)
{
    const auto bits = static_cast<unsigned>(below(random, static_cast<std::uint64_t>(mostBits) + 1));
    const auto magnitude = static_cast<qint64>(random() & ((std::uint64_t{1} << bits) - 1));
    return below(random, 8) == 0 ? -magnitude : magnitude;
}

/// `mostBits` bounds bytes; counts are such that the bytes of packets stay within 63 bits as well.
PackedRows randomRows(Random& random, int mostBits)
{
    PackedRows rows;
    for (qint64 groups = below(random, 6); groups >= 0; --groups) {
        const GroupKey group{
            below(random, 2000), below(random, 3) == 0 ? 0 : numberOf(random, 40) & 0xffffff, below(random, 100)};
        qint64 remote = 0;
        for (qint64 slices = below(random, 12); slices >= 0; --slices) {
            if (below(random, 2) == 0)
                remote = below(random, 5) == 0 ? 0 : numberOf(random, 30) & 0xfffffff;
            Sums sums{numberOf(random, mostBits), numberOf(random, mostBits), numberOf(random, mostBits),
                numberOf(random, mostBits), below(random, 2) == 0, 0, 0, 0, 0};
            if (sums.hasWire) {
                sums.txPackets = numberOf(random, std::max(0, mostBits - 6));
                sums.rxPackets = numberOf(random, std::max(0, mostBits - 6));
                sums.txWireBytes = numberOf(random, mostBits);
                sums.rxWireBytes = numberOf(random, mostBits);
            }
            rows.push_back({{group, remote, below(random, 60)}, sums});
        }
    }
    normalize(rows);
    return rows;
}

/// Whose blob is many times what is read of one at once, and of these lengths in all.
PackedRows manyRandomRows(Random& random)
{
    PackedRows rows;
    for (int i = 0; i < 150; ++i)
        std::ranges::copy(randomRows(random, 1 + i % 63), std::back_inserter(rows));
    normalize(rows);
    return rows;
}

using Totals = std::map<RowKey, Sums>;

/// What the lists say of each key, the plain way.
Totals totalsOf(const std::vector<std::pair<const PackedRows*, int>>& lists)
{
    Totals totals;
    for (const auto& [rows, sign] : lists) {
        for (const PackedRow& row : *rows) {
            Sums& sums = totals[row.key];
            sign > 0 ? sums += row.sums : sums -= row.sums;
        }
    }
    std::erase_if(totals, [](const auto& entry) { return entry.second.isZero(); });
    return totals;
}

bool isInOrder(const PackedRows& rows)
{
    return std::ranges::adjacent_find(rows, std::greater_equal(), &PackedRow::key) == rows.end();
}

/// Reads what has an even program, remote and slice.
struct EvenOnes {
    PackedRows read;
    RowKey key;
    bool group(const GroupKey& group)
    {
        key.group = group;
        return group.program % 2 == 0;
    }
    bool flow(qint64 remote)
    {
        key.remote = remote;
        return remote % 2 == 0;
    }
    bool wants(qint64 slice)
    {
        key.slice = slice;
        return slice % 2 == 0;
    }
    void slice(const Sums& sums) { read.push_back({key, sums}); }
};

/// Whether the blob is told to be damaged.
bool isRefused(const QByteArray& blob)
{
    try {
        PackedRows rows = unpacked(blob);
        normalize(rows);
        static_cast<void>(pack(withoutRemotes(merged(rows, without(rows, withoutProcesses(rows))))));
        return false;
    } catch (const DatabaseError& failed) {
        if (failed.error.code != ErrorCode::StoreCorrupt)
            qFatal("%s", qPrintable(failed.error.detail));
        return true;
    }
}

} // namespace

class PackedTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsPackedIsUnpackedAlike()
    {
        Random random(1);
        qsizetype odd = 0;
        for (int i = 0; i < 3'000; ++i) {
            const PackedRows rows = randomRows(random, 1 + i % 63);
            const QByteArray blob = pack(rows);
            odd += !blob.isEmpty() && (static_cast<unsigned char>(blob.back()) & 0xF) == 0xA ? 1 : 0;
            QCOMPARE(unpacked(blob), rows);
        }
        QVERIFY2(odd > 500 && odd < 2'500, "half of them fill their last byte");
        QVERIFY(pack({}).isNull());
        QVERIFY(unpacked({}).empty());
    }

    void theLargestNumbersComeBack()
    {
        constexpr qint64 least = std::numeric_limits<qint64>::min();
        constexpr qint64 most = std::numeric_limits<qint64>::max();
        const PackedRows rows{{{{most, 1, most}, most, most}, {least, most, 0, -1, true, most, least, least, most}},
            {{{most, 2, 0}, 0, 0}, {most, least, most, most, false, 0, 0, 0, 0}}};
        QCOMPARE(unpacked(pack(rows)), rows);
    }

    void aRowOfEverydayTrafficCostsElevenBytes()
    {
        Random random(2);
        PackedRows rows;
        for (int flow = 0; flow < 200; ++flow) {
            const RowKey key{{1 + below(random, 200), 0, 1 + below(random, 9)}, below(random, 3'000), 0};
            const qint64 header = headerSizes.at(1 + static_cast<std::size_t>(flow) % (headerSizes.size() - 1));
            for (qint64 slice = below(random, 12); slice < 24; slice += 1 + below(random, 2)) {
                Sums sums{below(random, 9'000), below(random, 90'000), 1 + below(random, 90), 1 + below(random, 90),
                    true, 0, 0, 0, 0};
                sums.txPackets = usualPackets(sums.txBytes, sums.txCalls, header) + 1 + below(random, 9);
                sums.rxPackets = usualPackets(sums.rxBytes, sums.rxCalls, header) + 1 + below(random, 9);
                sums.txWireBytes = usualWireBytes(sums.txBytes, sums.txPackets, header);
                sums.rxWireBytes = usualWireBytes(sums.rxBytes, sums.rxPackets, header);
                rows.push_back({{key.group, key.remote, slice}, sums});
            }
        }
        normalize(rows);
        const auto each = static_cast<double>(pack(rows).size()) / static_cast<double>(rows.size());
        QVERIFY2(each > 8 && each < 12, qPrintable(QString::number(each)));
    }

    void zerosAtTheEndCostNothing()
    {
        // one datagram for each call, over IPv4: nothing differs from the usual
        const Sums datagrams{500, 0, 5, 0, true, 5, 0, 500 + 5 * 28, 0};
        PackedRows rows{{{{1, 0, 2}, 3, 7}, datagrams}};
        QCOMPARE(pack(rows).toHex(), QByteArray("1ea2c3a3b7a500ea5a"));
        QCOMPARE(unpacked(pack(rows)), rows);
        rows[0].key.slice = 0;
        QCOMPARE(pack(rows).toHex(), QByteArray("1ea2c3a3a500ea5a"));
        QCOMPARE(unpacked(pack(rows)), rows);
    }

    void anySqliteClientReadsTheSameNumbers()
    {
        const QTemporaryDir directory;
        static_cast<void>(openStore(directory.path()));
        const Client client(directory.path());
        Random random(3);
        PackedRows all;
        constexpr qint64 firstStart = noonMs / 1000;
        for (int hour = 0; hour < 150; ++hour) {
            const PackedRows rows = randomRows(random, 1 + hour % 61);
            const qint64 start = firstStart + hour * hourSeconds;
            client.run(QStringLiteral("INSERT INTO minute (start, until, flows) VALUES (?, ?, ?)"), start,
                start + hourSeconds, pack(rows));
            for (const auto& [key, sums] : rows)
                all.push_back({{key.group, key.remote, hour * 60 + key.slice}, sums});
        }
        PackedRows read;
        std::set<qint64> ids;
        for (QSqlQuery row = client.run(QStringLiteral(
                 "SELECT program, process, channel, remote, tx_bytes, rx_bytes, tx_calls, rx_calls, "
                 "tx_packets IS NOT NULL, tx_packets, rx_packets, tx_wire_bytes, rx_wire_bytes, start, "
                 "until, id FROM traffic"));
            row.next();) {
            const auto number = [&row](int column) { return row.value(column).toLongLong(); };
            QCOMPARE(number(14) - number(13), minuteSeconds);
            QVERIFY2(ids.insert(number(15)).second, "each row has an id of its own");
            read.push_back({{{number(0), number(1), number(2)}, number(3), (number(13) - firstStart) / minuteSeconds},
                {number(4), number(5), number(6), number(7), number(8) != 0, number(9), number(10), number(11),
                    number(12)}});
        }
        normalize(read);
        normalize(all);
        QCOMPARE(read, all);
    }

    void sumsAndDifferencesAreThoseOfEachFlow()
    {
        Random random(4);
        for (int i = 0; i < 500; ++i) {
            const PackedRows some = randomRows(random, 40);
            PackedRows more = randomRows(random, 40);
            for (const PackedRow& row : some) { // flows of both
                if (below(random, 3) == 0)
                    more.push_back(row);
            }
            const Totals plain = totalsOf({{&more, 1}});
            normalize(more);
            QVERIFY(isInOrder(more));
            QVERIFY(totalsOf({{&more, 1}}) == plain);

            const PackedRows sum = merged(some, more);
            QVERIFY(isInOrder(sum));
            QVERIFY(totalsOf({{&sum, 1}}) == totalsOf({{&some, 1}, {&more, 1}}));
            const PackedRows difference = without(some, more);
            QVERIFY(isInOrder(difference));
            QVERIFY(totalsOf({{&difference, 1}}) == totalsOf({{&some, 1}, {&more, -1}}));
            QVERIFY(without(sum, sum).empty());
        }
    }

    void lessDetailHasTheSameSums()
    {
        Random random(5);
        for (int i = 0; i < 500; ++i) {
            const PackedRows rows = randomRows(random, 40);
            PackedRows noProcesses = rows;
            PackedRows noRemotes = rows;
            for (PackedRow& row : noProcesses)
                row.key.group.process = 0;
            for (PackedRow& row : noRemotes)
                row.key.group.process = row.key.remote = 0;
            const PackedRows kept = withoutProcesses(rows);
            QVERIFY(isInOrder(kept));
            QVERIFY(totalsOf({{&kept, 1}}) == totalsOf({{&noProcesses, 1}}));
            const PackedRows programs = withoutRemotes(rows);
            QVERIFY(isInOrder(programs));
            QVERIFY(totalsOf({{&programs, 1}}) == totalsOf({{&noRemotes, 1}}));
        }
    }

    void unwantedGroupsFlowsAndSlicesAreSkippedWhole()
    {
        Random random(6);
        for (int i = 0; i < 500; ++i) {
            PackedRows rows = randomRows(random, 50);
            EvenOnes even;
            unpack(pack(rows), even);
            std::erase_if(rows, [](const PackedRow& row) {
                return row.key.group.program % 2 != 0 || row.key.remote % 2 != 0 || row.key.slice % 2 != 0;
            });
            QCOMPARE(even.read, rows);
        }
    }

    /// Whatever is at the end of a part: the rows move on by a sign each time.
    void largeBlobsAreReadInPartsAndAlike()
    {
        PackedRows others;
        for (qint64 program = 1; program <= 4; ++program) {
            for (qint64 remote = 1; remote <= 8000; ++remote)
                others.push_back({{{program, 0, 1}, remote, program % 3}, {3 * remote}});
        }
        for (qint64 flows = 1; flows <= 3; ++flows) {
            qint64 bytes = 2;
            for (int digits = 1; digits <= 10; ++digits, bytes *= 10) {
                PackedRows rows;
                for (qint64 remote = 1; remote <= flows; ++remote)
                    rows.push_back({{{}, remote, 0}, {remote == 1 ? bytes : 2}});
                std::ranges::copy(others, std::back_inserter(rows));
                const QByteArray blob = pack(rows);
                QVERIFY2(blob.size() > 32 * 1024, "this is no large one");
                QCOMPARE(unpacked(blob), rows);
                EvenOnes even;
                unpack(blob, even);
                std::erase_if(rows, [](const PackedRow& row) {
                    return row.key.group.program % 2 != 0 || row.key.remote % 2 != 0 || row.key.slice % 2 != 0;
                });
                QCOMPARE(even.read, rows);
            }
        }
    }

    void damageInLargeBlobsIsRowsOrRefused()
    {
        Random random(10);
        const auto place
            = [&random](const QByteArray& blob) { return below(random, static_cast<std::uint64_t>(blob.size())); };
        int refused = 0;
        for (int i = 0; i < 30; ++i) {
            const QByteArray whole = pack(manyRandomRows(random));
            for (const char digits : {'\x00', '\x11', '\xcc', '\xbb', '\xaa', '\xee'}) {
                QByteArray blob = whole;
                const qsizetype at = place(blob);
                blob.replace(at, std::min(blob.size() - at, place(blob)), QByteArray(place(blob), digits));
                refused += isRefused(blob) ? 1 : 0;
            }
        }
        QVERIFY2(refused > 60, qPrintable(QString::number(refused)));
    }

    void damagedBlobsAreRowsOrRefused()
    {
        Random random(7);
        int refused = 0;
        const auto byte = [&random] { return static_cast<char>(random() & 0xff); };
        for (int i = 0; i < 50'000; ++i) {
            QByteArray blob(below(random, 60), Qt::Uninitialized);
            std::ranges::generate(blob, byte);
            refused += isRefused(blob) ? 1 : 0;
        }
        QVERIFY(refused > 30'000);
        int taken = 0;
        for (int i = 0; i < 50'000; ++i) {
            QByteArray blob = pack(randomRows(random, 63)) + byte();
            for (qint64 damages = below(random, 3); damages >= 0; --damages)
                blob[below(random, static_cast<std::uint64_t>(blob.size()))] = byte();
            blob.truncate(blob.size() - below(random, 2) * below(random, static_cast<std::uint64_t>(blob.size())));
            taken += isRefused(blob) ? 0 : 1;
        }
        QVERIFY(taken > 1'000);
    }

    void idsThatNoDictionaryHasAreNobodysAndStopNothing()
    {
        const QTemporaryDir directory;
        const auto store = openStore(directory.path());
        const Process process = makeProcess(100, QStringLiteral("firefox"));
        Counters counters;
        counters.add(process, makeKey(process, QStringLiteral("203.0.113.7"), Direction::Tx), 5);
        QVERIFY(store->insert(counters.snapshot(noonMs, noonMs + 1000)));
        constexpr qint64 most = std::numeric_limits<qint64>::max();
        constexpr qint64 least = std::numeric_limits<qint64>::min();
        const Sums sums{most, most, most, most, true, most, most, most, most};
        PackedRows rows{{{{least, least, least}, least, 0}, sums}, {{{most, 0, most}, most, 0}, sums}};
        Client(directory.path())
            .run(QStringLiteral("INSERT INTO minute (start, until, flows) VALUES (?, ?, ?)"),
                qint64{noonMs / 1000 + 60}, qint64{noonMs / 1000 + 120}, pack(rows));

        HistoryQuery query;
        query.sinceMs = noonMs + minuteMs;
        query.untilMs = noonMs + 2 * minuteMs;
        query.by = {Dimension::Process, Dimension::App, Dimension::Remote, Dimension::Network};
        QCOMPARE(valueOf(store->top(query)).rows.size(), 1); // both are nobody's, to nobody
        query.visibility = Visibility::ofUids({{0, 1000}});
        const QList<Row> seen = valueOf(store->top(query)).rows;
        QCOMPARE(seen.size(), 1);
        QCOMPARE(seen[0].kind, RowKind::OtherUsers);
        QCOMPARE(valueOf(store->clear({noonMs, noonMs + minuteMs})), 1U); // and looks for names without rows
    }
};

QTEST_GUILESS_MAIN(PackedTest)
#include "tst_packed.moc"
