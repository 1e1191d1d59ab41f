// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/store.h"
#include "tests/unit/store/traffic.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

using namespace bwt;
using namespace bwt::test;

namespace {

constexpr std::uint32_t flows = 300;

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
    const auto atMs = noonMs + static_cast<std::int64_t>(step) * 7'000;
    return counters.snapshot(atMs, atMs + 7'000);
}

constexpr std::uint64_t bytesAt(std::uint64_t step)
{
    return step * flows * (flows + 1) / 2;
}

/// What the child does until it is killed: a line for each step that is committed.
int insertForEver(const QString& directory, std::uint64_t step)
{
    const auto store = Store::open(directory, Store::Mode::Writer);
    if (!store) {
        std::fprintf(stderr, "%s\n", qPrintable(store.error().detail));
        return 1;
    }
    for (;; ++step) {
        if (const auto commit = (*store)->insert(countersAt(step)); !commit) {
            std::fprintf(stderr, "%s\n", qPrintable(commit.error().detail));
            return 1;
        }
        std::printf("%llu\n", static_cast<unsigned long long>(step));
        std::fflush(stdout);
    }
}

} // namespace

class StoreKillTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void killedAtAnyMomentEveryByteIsThereOnce()
    {
        const QTemporaryDir directory;
        std::mt19937 random(5);
        std::uint64_t step = 1;
        for (int kills = 0; kills < 60; ++kills) {
            QProcess child;
            child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
            child.start(QCoreApplication::applicationFilePath(),
                {QStringLiteral("--insert"), directory.path(), QString::number(step)});
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

        const auto store = Store::open(directory.path(), Store::Mode::Writer);
        QVERIFY(store);
        QVERIFY((*store)->setAside().isNull());
        HistoryQuery query;
        query.sinceMs = noonMs - dayMs;
        query.untilMs = noonMs + 300 * dayMs;
        quint64 before = bytes(**store, query);
        QVERIFY(before == bytesAt(step) || before == bytesAt(step - 1) || before == bytesAt(step - 2));
        QVERIFY((*store)->insert(countersAt(step + 5)));
        QCOMPARE(bytes(**store, query), bytesAt(step + 5));
    }

private:
    static quint64 bytes(Store& store, const HistoryQuery& query)
    {
        const auto frame = store.top(query);
        if (!frame)
            qFatal("%s", qPrintable(frame.error().detail));
        return frame->rows[0].numbers.txBytes + frame->rows[0].numbers.rxBytes;
    }
};

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QStringLiteral("--insert"))
        return insertForEver(arguments.value(2), arguments.value(3).toULongLong());
    StoreKillTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_storekill.moc"
