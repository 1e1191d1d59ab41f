// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/livescreen.h"
#include "app/cli/livetotals.h"
#include "app/cli/text.h"

#include <QTest>

using namespace bwt;
using namespace bwt::cli;

namespace {

constexpr Dimensions byAll{Dimension::Process, Dimension::Protocol, Dimension::Remote};
const Palette plain(Palette::Colours::Off);

Row rowOf(quint32 pid, const char* protocol, quint64 rxBytes, std::optional<quint64> rxRate)
{
    Row row;
    row.pid = pid;
    row.startTimeMs = 1;
    row.processName = QStringLiteral("program-%1").arg(pid);
    row.protocol = QString::fromLatin1(protocol);
    row.remoteIp = QStringLiteral("192.0.2.%1").arg(pid % 250);
    row.numbers.rxBytes = rxBytes;
    row.numbers.rxRate = rxRate;
    if (rxRate)
        row.numbers.txRate = 0;
    return row;
}

Frame frameOf(const QList<Row>& rows)
{
    return {0, 1000, 0, 1000, QStringLiteral("replay"), rows};
}

QList<quint32> pids(const LiveTotals& totals)
{
    QList<quint32> pids;
    for (const Row& row : totals.rows({Dimension::Process}))
        pids.append(row.pid.value_or(0));
    return pids;
}

} // namespace

class LiveTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aFrameOfChangesLeavesTheOtherRowsAndTheyStandStill()
    {
        LiveTotals totals(byAll);
        totals.apply(frameOf({rowOf(1, "TCP", 100, 10), rowOf(2, "UDP", 50, 5)}), true);
        totals.apply(frameOf({rowOf(1, "TCP", 130, 30)}), false);
        QCOMPARE(totals.sum().rxBytes, 180U);
        QCOMPARE(totals.sum().rxRate, 30U);
        const QList<Row> protocols = totals.rows({Dimension::Protocol});
        QCOMPARE(protocols.size(), 2);
        QCOMPARE(protocols[1].protocol, QStringLiteral("UDP"));
        QCOMPARE(protocols[1].numbers.rxRate, 0U);
    }

    void aRowThatLeftTheBiggestIsDropped()
    {
        LiveTotals totals(byAll);
        totals.apply(frameOf({rowOf(1, "TCP", 100, {}), rowOf(2, "UDP", 50, {})}), true);
        QCOMPARE(totals.rows(byAll).size(), 2); // in the first tick no rate is known
        totals.apply(frameOf({rowOf(2, "UDP", 50, {})}), false);
        QCOMPARE(pids(totals), QList<quint32>{1});
    }

    void otherPeoplesSumsAreKeptApartByScopeAndAddUpWithoutIt()
    {
        const Dimensions by{Dimension::Process, Dimension::Scope};
        const auto others = [](const char* scope, quint64 bytes) {
            Row row;
            row.kind = RowKind::OtherUsers;
            row.scope = QString::fromLatin1(scope);
            row.numbers.rxBytes = bytes;
            return row;
        };
        LiveTotals totals(by);
        totals.apply(frameOf({others("internet", 100), others("lan", 20)}), true);
        QCOMPARE(totals.rows(by).size(), 2);
        const QList<Row> rows = totals.rows({Dimension::Process});
        QCOMPARE(rows.size(), 1);
        QCOMPARE(rows[0].numbers.rxBytes, 120U);
    }

    void aCompleteFrameReplacesEverything()
    {
        LiveTotals totals(byAll);
        totals.apply(frameOf({rowOf(1, "TCP", 100, 1)}), true);
        totals.apply(frameOf({}), false);
        QCOMPARE(totals.ticks(), 2);
        totals.apply(frameOf({rowOf(2, "TCP", 7, 1)}), true);
        QCOMPARE(totals.ticks(), 1);
        QCOMPARE(totals.sum().rxBytes, 7U);
    }

    void theBusiestComesFirstAndOneTickDoesNotUpsetTheOrder()
    {
        LiveTotals totals(byAll);
        totals.apply(
            frameOf({rowOf(1, "TCP", 100, 1000), rowOf(2, "TCP", 900, 400), rowOf(3, "TCP", 5000, 0)}), true);
        QCOMPARE(pids(totals), (QList<quint32>{1, 2, 3}));
        totals.apply(frameOf({rowOf(2, "TCP", 1400, 500)}), false); // 1 stood still for one tick
        QCOMPARE(pids(totals), (QList<quint32>{1, 2, 3}));
        for (int tick = 0; tick < 10; ++tick)
            totals.apply(frameOf({rowOf(2, "TCP", 1900, 500)}), false);
        QCOMPARE(pids(totals), (QList<quint32>{2, 1, 3}));
    }

    void theScreenFillsTheTerminalExactly_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::addColumn<int>("programs");
        for (const QSize size : {QSize(80, 24), QSize(120, 40), QSize(200, 60), QSize(60, 20), QSize(40, 10),
                 QSize(20, 5), QSize(8, 2)}) {
            for (const int programs : {0, 1, 300})
                QTest::addRow("%dx%d, %d programs", size.width(), size.height(), programs) << size << programs;
        }
    }
    void theScreenFillsTheTerminalExactly()
    {
        QFETCH(const QSize, size);
        QFETCH(const int, programs);
        QList<Row> rows;
        for (int i = 0; i < programs; ++i)
            rows.append(rowOf(static_cast<quint32>(i) + 1, i % 2 == 0 ? "TCP" : "UDP", 1'000'000'000ULL * i, 99'900));
        LiveTotals totals(byAll);
        totals.apply(frameOf(rows), true);
        for (const bool panels : {true, false}) {
            const QStringList lines = liveScreen({totals, byAll, panels, {}, 0}, size, plain);
            QCOMPARE(lines.size(), size.height());
            for (const QString& line : lines)
                QVERIFY2(displayWidth(line) <= size.width(), qPrintable(line));
        }
    }

    void theScreenShowsProgramsProtocolsAndAddresses()
    {
        LiveTotals totals(byAll);
        totals.apply(frameOf({rowOf(1, "TCP", 100, 10), rowOf(2, "UDP", 50, 5)}), true);
        const QString screen = liveScreen({totals, byAll, true, {}, 0}, {80, 24}, plain).join(QLatin1Char('\n'));
        for (const char* part :
            {"program-1", "program-2", "TCP", "UDP", "192.0.2.1", "192.0.2.2", "replay", "q quits"})
            QVERIFY2(screen.contains(QLatin1StringView(part)), qPrintable(screen));
    }

    void troubleIsSaidOnTheScreen()
    {
        const LiveTotals totals(byAll);
        const QStringList lines
            = liveScreen({totals, byAll, true, QStringLiteral("the helper is gone"), 0}, {80, 24}, plain);
        QCOMPARE(lines.last(), QStringLiteral("the helper is gone"));
    }
};

QTEST_GUILESS_MAIN(LiveTest)
#include "tst_live.moc"
