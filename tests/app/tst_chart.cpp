// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/charts/chartscale.h"
#include "app/charts/chartshape.h"

#include <QDateTime>
#include <QTest>

using namespace bwt;

namespace {

ChartData twoBands(const QList<ChartSlice>& slices)
{
    ChartData data;
    data.bands = {{QStringLiteral("a"), QStringLiteral("A"), 0}, {QString(), QStringLiteral("Others"), std::nullopt}};
    data.slices = slices;
    return data;
}

} // namespace

class TestChart : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void bandsStackDownloadUpAndUploadDown()
    {
        const StackShape shape = stackShape(twoBands({{{0, 1000}, false, {5, 3}, {2, 1}}}));
        QCOMPARE(shape.download.size(), 3);
        QCOMPARE(shape.highestDownload, 8.0);
        QCOMPARE(shape.highestUpload, 3.0);
        QVERIFY(shape.download.at(2).contains(QPointF(500, 8)));
        QVERIFY(shape.upload.at(2).contains(QPointF(500, -3)));
    }

    void areasEndUprightAtGaps()
    {
        const StackShape shape = stackShape(twoBands({{{0, 1000}, false, {5, 0}, {0, 0}},
            {{1000, 9000}, true, {0, 0}, {0, 0}}, {{9000, 10000}, false, {5, 0}, {0, 0}}}));
        const QList<QPointF>& edge = shape.download.at(1);
        const qsizetype gapStart = edge.indexOf(QPointF(1000, 5));
        QVERIFY(gapStart > 0);
        QCOMPARE(edge.at(gapStart + 1), QPointF(1000, 0));
        QCOMPARE(edge.at(gapStart + 2), QPointF(9000, 0));
        QCOMPARE(edge.at(gapStart + 3), QPointF(9000, 5));
    }

    void theScaleHoldsEverythingAndHasRoundSteps()
    {
        const RateScale scale = rateScale(42e6, 3e6, 5);
        QVERIFY(scale.highest > 42e6);
        QVERIFY(scale.lowest < -3e6);
        QCOMPARE(scale.ticks.constFirst().bytesPerSecond, 10e6);
        QCOMPARE(scale.ticks.constFirst().label, QStringLiteral("10 MB/s"));
    }

    void silenceHasAScaleToo()
    {
        const RateScale scale = rateScale(0, 0, 5);
        QVERIFY(scale.highest > 0);
        QVERIFY(!scale.ticks.isEmpty());
    }

    void momentsAreRoundAndInside()
    {
        constexpr qint64 hourMs = 3'600'000;
        const TimeSpan span{1'800'000'123'000, 1'800'000'123'000 + 24 * hourMs};
        const QList<TimeTick> ticks = timeTicks(span, 8, false);
        QVERIFY(!ticks.isEmpty() && ticks.size() <= 8);
        for (const TimeTick& tick : ticks) {
            QVERIFY(tick.ms >= span.sinceMs && tick.ms < span.untilMs);
            QCOMPARE(QDateTime::fromMSecsSinceEpoch(tick.ms).time().minute(), 0);
        }
    }

    void daysBeginAtTheirOwnMidnight()
    {
        const QByteArray zone = qgetenv("TZ");
        const auto restore = qScopeGuard([&] { qputenv("TZ", zone), tzset(); });
        qputenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
        tzset();
        // clocks go back on 25 October, and forward on 28 March
        for (const QDate first : {QDate(2026, 10, 23), QDate(2027, 3, 26)}) {
            const TimeSpan days{
                first.startOfDay().toMSecsSinceEpoch(), first.addDays(7).startOfDay().toMSecsSinceEpoch()};
            const QList<TimeTick> dates = timeTicks(days, 8, false);
            QCOMPARE(dates.size(), 7);
            for (const TimeTick& tick : dates)
                QCOMPARE(QDateTime::fromMSecsSinceEpoch(tick.ms).time(), QTime(0, 0));
            const TimeSpan hours{days.sinceMs + 36 * 3'600'000LL, days.sinceMs + 84 * 3'600'000LL};
            for (const TimeTick& tick : timeTicks(hours, 8, false))
                QCOMPARE(QDateTime::fromMSecsSinceEpoch(tick.ms).time().hour() % 6, 0);
        }
    }

    void theLiveChartEndsNow() { QCOMPARE(timeTicks({0, 300'000}, 5, true).constLast().ms, 300'000); }
};

QTEST_MAIN(TestChart)
#include "tst_chart.moc"
