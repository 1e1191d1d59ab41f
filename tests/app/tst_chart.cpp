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

    void theLiveChartEndsNow() { QCOMPARE(timeTicks({0, 300'000}, 5, true).constLast().ms, 300'000); }
};

QTEST_MAIN(TestChart)
#include "tst_chart.moc"
