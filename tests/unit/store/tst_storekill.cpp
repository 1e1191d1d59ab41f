// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store/testkit.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

using namespace bwt;
using namespace bwt::test;

namespace {

constexpr std::uint32_t flows = 100;
constexpr std::int64_t stepMs = 25 * minuteMs; // so that hours and days end all the time

/// The kernel's counters at a step: they go on whoever reads them.
Snapshot countersAt(std::uint64_t step)
{
    static const Process process = makeProcess(100, QStringLiteral("firefox"));
    Counters counters;
    for (std::uint32_t i = 0; i < flows; ++i) {
        const FlowKey key = makeKey(
            process, QStringLiteral("2001:db8::%1").arg(i + 1, 0, 16), i % 2 ? Direction::Tx : Direction::Rx);
        counters.add(process, key, step * (i + 1));
    }
    const auto atMs = noonMs + static_cast<std::int64_t>(step) * stepMs;
    return counters.snapshot(atMs, atMs + stepMs);
}

constexpr std::uint64_t bytesAt(std::uint64_t step)
{
    return step * flows * (flows + 1) / 2;
}

template <typename T> T valueOrEnd(Result<T> result)
{
    if (!result) {
        std::fprintf(stderr, "%s\n", qPrintable(result.error().detail));
        std::exit(1);
    }
    return std::move(*result);
}

/// What the child does until it is killed: inserts, rolls up and cleans up with hardly any retention, and a line for
/// each step that is committed.
[[noreturn]] void workForEver(const QString& directory, std::uint64_t step)
{
    const auto store = valueOrEnd(Store::open(directory, Store::Mode::Writer));
    using std::chrono::days;
    const Retention retention{days(1), days(2), days(3), 250'000};
    for (;; ++step) {
        const std::int64_t untilMs = valueOrEnd(store->insert(countersAt(step))).untilMs;
        std::printf("%llu\n", static_cast<unsigned long long>(step));
        std::fflush(stdout);
        static_cast<void>(valueOrEnd(store->rollUp(std::chrono::milliseconds(0))));
        if (step % 3 == 0)
            static_cast<void>(valueOrEnd(store->cleanup(retention, untilMs)));
    }
}

} // namespace

class StoreKillTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void killedAtAnyMomentEveryByteIsThereOnce()
    {
        setZone("Europe/Berlin");
        const QTemporaryDir directory;
        std::mt19937 random(5);
        std::uint64_t step = 1;
        for (int kills = 0; kills < 200; ++kills) {
            QProcess child;
            child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
            child.start(QCoreApplication::applicationFilePath(),
                {QStringLiteral("--work"), directory.path(), QString::number(step)});
            QVERIFY(child.waitForReadyRead(20'000)); // it is in the middle of its work
            std::this_thread::sleep_for(
                std::chrono::microseconds(random() % 20'000)); // the kill's moment is the test's input
            child.kill();
            QVERIFY(child.waitForFinished());
            QCOMPARE(child.exitStatus(), QProcess::CrashExit);
            const QList<QByteArray> said = child.readAllStandardOutput().trimmed().split('\n');
            const std::uint64_t committed = said.last().toULongLong();
            QVERIFY(committed >= step);
            // The step after may be committed, too, and not yet be said: then the kernel is past it.
            step = committed + 1 + random() % 2;
        }

        const auto store = openStore(directory.path());
        QVERIFY(store->setAside().isNull());
        const quint64 before = bytesIn(*store);
        QVERIFY(before == bytesAt(step) || before == bytesAt(step - 1) || before == bytesAt(step - 2));
        QVERIFY(store->insert(countersAt(step + 5)));
        checkSums(*store, directory.path(), bytesAt(step + 5));
        while (valueOf(store->rollUp(std::chrono::seconds(1)))) { }
        checkSums(*store, directory.path(), bytesAt(step + 5));

        const Client client(directory.path());
        QVERIFY2(client.number(QStringLiteral("SELECT count(*) FROM day")) > 5, "it came to roll up");
        QVERIFY2(
            client.number(QStringLiteral("SELECT min(kept_from) FROM tier WHERE name IN ('minute', 'hour')")) > 0,
            "it came to drop");
    }

private:
    static void checkSums(Store& store, const QString& directory, quint64 bytes)
    {
        QCOMPARE(bytesIn(store), bytes);
        const Client client(directory);
        QCOMPARE(client.lines(QStringLiteral("SELECT sum(tx_bytes + rx_bytes), count(DISTINCT id) = count(*) "
                                             "FROM bandwidth_records")),
            QStringList(QStringLiteral("%1|1").arg(bytes)));
        QCOMPARE(client.number(QStringLiteral("SELECT sum(tx_bytes + rx_bytes) FROM ip_bandwidth")), qint64(bytes));
        QCOMPARE(client.lines(QStringLiteral("PRAGMA integrity_check")), QStringList(QStringLiteral("ok")));
    }
};

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QStringLiteral("--work"))
        workForEver(arguments.value(2), arguments.value(3).toULongLong());
    StoreKillTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_storekill.moc"
