// SPDX-License-Identifier: GPL-3.0-or-later
// The file stays below its cap whatever is recorded, at the cost of the oldest detail and of no total.
#include "tests/unit/store/testkit.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <map>
#include <random>

using namespace bwt;
using namespace bwt::test;

namespace {

constexpr quint64 cap = 4'000'000;

Retention capped(quint64 mostBytes)
{
    Retention retention;
    retention.mostBytes = mostBytes;
    return retention;
}

Process programOf(std::uint32_t number)
{
    return makeProcess(100 + number, QStringLiteral("program-%1").arg(number));
}

} // namespace

class SizeCapTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        setZone("Europe/Berlin");
        m_directory = std::make_unique<QTemporaryDir>();
        m_totals.clear();
    }

    void weeksOfManyRemotesStayBelowTheCap()
    {
        const auto store = openStore(path());
        std::mt19937 random(1);
        constexpr int hours = 10 * 24;
        quint64 largest = 0;
        qint64 detailFrom = 0;
        for (int hour = 0; hour < hours; ++hour) {
            recordHour(*store, random, hour, 1'000);
            if (hour % 6 != 5)
                continue;
            static_cast<void>(valueOf(store->cleanup(capped(cap), noonMs + (hour + 1) * hourMs)));
            largest = std::max(largest, bytesOnDisk());
            QVERIFY2(bytesOnDisk() <= cap, qPrintable(QString::number(bytesOnDisk())));
            const qint64 now = detailFromOf("minute");
            QVERIFY(now >= detailFrom);
            detailFrom = now;
            checkTotals(*store, hour % 24 == 23);
        }
        QVERIFY2(largest > cap / 2, qPrintable(QString::number(largest)));

        const Client client(path());
        const auto count = [&client](const char* sql) { return client.number(QLatin1StringView(sql)); };
        QVERIFY2(detailFrom > noonMs / 1000 + 5 * 24 * 3600, "the oldest detail went");
        QCOMPARE(
            client.number(
                QStringLiteral("SELECT count(*) FROM minute WHERE flows IS NOT NULL AND start < %1").arg(detailFrom)),
            0);
        QVERIFY2(count("SELECT count(*) FROM hour") > 0, "the newest hours stay");
        QVERIFY2(count("SELECT count(*) FROM day WHERE flows IS NOT NULL") > 0, "days keep remotes to the last");

        const quint64 before = bytesOnDisk();
        static_cast<void>(valueOf(store->cleanup(capped(cap / 2), noonMs + hours * hourMs)));
        QVERIFY2(bytesOnDisk() <= cap / 2, qPrintable(QString::number(bytesOnDisk())));
        QVERIFY(bytesOnDisk() < before * 2 / 3);
        checkTotals(*store, true);
        QVERIFY2(count("SELECT count(*) FROM remote") < 20'000, "names without rows went");
    }

    void aFloodOfRemotesInOneMinutePasses()
    {
        const auto store = openStore(path());
        std::mt19937 random(2);
        for (int hour = -90 * 24; hour < 24; hour += hour < 0 ? 24 : 1)
            recordHour(*store, random, hour, 50);
        const Process scanner = programOf(99);
        Counters counters(QStringLiteral("flood"));
        for (int remote = 0; remote < 100'000; ++remote) {
            FlowKey key = makeKey(scanner, QString(), Direction::Tx);
            key.remote = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 1, static_cast<std::uint8_t>(remote >> 16),
                static_cast<std::uint8_t>(remote >> 8), static_cast<std::uint8_t>(remote)};
            counters.add(scanner, key, 1);
        }
        m_totals[scanner.appId] += 100'000;
        valueOf(store->insert(counters.snapshot(noonMs + dayMs, noonMs + dayMs + minuteMs)));
        checkTotals(*store, false);
        static_cast<void>(valueOf(store->cleanup(capped(10 * cap), noonMs + dayMs + minuteMs)));
        checkTotals(*store, false);
        QVERIFY2(bytesOnDisk() > 2 * cap, "its hour goes on, and its counters are needed");

        // Other counters, as after a reboot, and a day and a half later.
        for (int hour = 25; hour < 62; ++hour)
            recordHour(*store, random, hour, 50);
        static_cast<void>(valueOf(store->cleanup(capped(cap), noonMs + 62 * hourMs)));
        QVERIFY2(bytesOnDisk() <= cap, qPrintable(QString::number(bytesOnDisk())));
        checkTotals(*store, true);
        const Client client(path());
        QVERIFY2(client.number(QStringLiteral("SELECT count(*) FROM remote")) < 10'000, "and so do their names");
        QCOMPARE(client.number(QStringLiteral("SELECT count(*) FROM month WHERE flows IS NULL")), 0); // not for names
    }

    void pagesThatNothingUsesAreGivenBackThoughNoRowHasToGo()
    {
        const auto store = openStore(path());
        const Process process = programOf(1);
        Counters many(QStringLiteral("many"));
        for (std::uint16_t service = 1; service <= 1'000; ++service) {
            for (std::uint16_t protocol = 0; protocol < 40; ++protocol)
                many.add(process, makeKey(process, QString(), Direction::Tx, 6, service), 1);
            many.add(process, makeKey(process, QString(), Direction::Rx, 17, service), 1);
        }
        for (std::uint32_t netns = 1; netns < 16'000; ++netns) { // a row of the history, many of the baseline
            FlowKey key = makeKey(process, QString(), Direction::Tx);
            key.netns = netns;
            many.add(process, key, 1);
        }
        valueOf(store->insert(many.snapshot(noonMs, noonMs + minuteMs)));
        Counters few(QStringLiteral("few"));
        few.add(process, makeKey(process, QString(), Direction::Tx), 1);
        valueOf(store->insert(few.snapshot(noonMs + minuteMs, noonMs + 2 * minuteMs)));
        constexpr quint64 most = 1'500'000;
        QVERIFY(bytesOnDisk() > most);
        QCOMPARE(valueOf(store->cleanup(capped(most), noonMs + 2 * minuteMs)), 0U);
        QVERIFY2(bytesOnDisk() <= most, qPrintable(QString::number(bytesOnDisk())));
    }

private:
    [[nodiscard]] QString path() const { return m_directory->path(); }

    /// What the file system says, of the file and its log.
    [[nodiscard]] quint64 bytesOnDisk() const
    {
        return static_cast<quint64>(QFileInfo(m_directory->filePath(QStringLiteral("history.db"))).size()
            + QFileInfo(m_directory->filePath(QStringLiteral("history.db-wal"))).size());
    }
    [[nodiscard]] qint64 detailFromOf(const char* tier) const
    {
        return Client(path()).number(
            QStringLiteral("SELECT detail_from FROM tier WHERE name = '%1'").arg(QLatin1StringView(tier)));
    }

    /// An hour of a set of its own: in its first minute so many flows, of some 20,000 remotes.
    void recordHour(Store& store, std::mt19937& random, int hour, int flows)
    {
        Counters counters(QStringLiteral("hour-%1").arg(hour));
        for (int i = 0; i < flows; ++i) {
            const Process process = programOf(static_cast<std::uint32_t>(random() % 20));
            FlowKey key = makeKey(process, QString(), random() % 2 == 0 ? Direction::Tx : Direction::Rx);
            key.remote = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7,
                static_cast<std::uint8_t>(random() % 80), static_cast<std::uint8_t>(random())};
            const std::uint64_t bytes = random() % 100'000;
            counters.add(process, key, bytes);
            m_totals[process.appId] += bytes;
        }
        const std::int64_t at = noonMs + hour * hourMs;
        valueOf(store.insert(counters.snapshot(at, at + hourMs)));
    }

    void checkTotals(Store& store, bool withViews) const
    {
        std::map<QString, quint64> told;
        quint64 total = 0;
        for (const Row& row : rowsOf(store, 0, noonMs + 400 * dayMs, {Dimension::App})) {
            told[row.appId] = row.numbers.txBytes + row.numbers.rxBytes;
            total += told[row.appId];
        }
        QVERIFY(told == m_totals);
        if (withViews)
            QCOMPARE(Client(path()).number(QStringLiteral("SELECT sum(tx_bytes + rx_bytes) FROM bandwidth_records")),
                static_cast<qint64>(total));
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::map<QString, quint64> m_totals; ///< bytes by app
};

QTEST_GUILESS_MAIN(SizeCapTest)
#include "tst_sizecap.moc"
