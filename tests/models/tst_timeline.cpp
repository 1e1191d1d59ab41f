// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/timeline.h"
#include "tests/models/rows.h"

#include <QTest>

#include <cmath>

using namespace bwt;
using bwt::test::internetRow;

namespace {

const QString firefox = QStringLiteral("Firefox");
const QString steam = QStringLiteral("Steam");
constexpr qint64 minuteMs = 60'000;

bool everything(const Row&)
{
    return true;
}

SeriesBucket bucket(qint64 minute, const QList<Row>& rows, bool gap = false)
{
    return {minute * minuteMs, (minute + 1) * minuteMs, gap, rows};
}

} // namespace

class TestTimeline : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void ticksJoinAndHolesAreGaps()
    {
        Timeline timeline;
        timeline.appendTick({0, 1000}, {internetRow(firefox, 1, 10)}, Grouping::App);
        timeline.appendTick({1010, 2010}, {internetRow(firefox, 1, 10)}, Grouping::App);
        timeline.appendTick({60000, 61000}, {internetRow(firefox, 1, 10)}, Grouping::App);
        QCOMPARE(timeline.slices().size(), 4);
        QCOMPARE(timeline.slices().at(1).span, (TimeSpan{1000, 2010}));
        QVERIFY(timeline.slices().at(2).gap);
        QCOMPARE(timeline.slices().at(2).span, (TimeSpan{2010, 60000}));
    }

    void aClockThatWasSetBackStartsOver()
    {
        Timeline timeline;
        timeline.appendTick({60000, 61000}, {internetRow(firefox, 1, 10)}, Grouping::App);
        timeline.appendTick({90000, 91000}, {internetRow(firefox, 1, 10)}, Grouping::App);
        timeline.appendTick({61000, 62000}, {internetRow(firefox, 1, 20)}, Grouping::App);
        QCOMPARE(timeline.slices().size(), 2);
        QCOMPARE(timeline.slices().at(0).span, (TimeSpan{60000, 61000}));
        QCOMPARE(timeline.slices().at(1).span, (TimeSpan{61000, 62000}));
        QCOMPARE(timeline.slices().at(1).rows.at(0).rxRate, 20.0);
    }

    void oldTicksLeave()
    {
        Timeline timeline;
        for (qint64 second = 0; second < 400; ++second)
            timeline.appendTick({second * 1000, second * 1000 + 1000}, {}, Grouping::App);
        QCOMPARE(timeline.slices().size(), liveSpanMs / 1000);
        QCOMPARE(timeline.slices().constLast().span.untilMs, 400'000);
    }

    void bucketsBecomeRates()
    {
        Series series;
        series.untilMs = 2 * minuteMs;
        series.buckets = {bucket(0, {internetRow(firefox, 600)}), bucket(1, {}, true)};
        Timeline timeline;
        timeline.setSeries(series, Grouping::App);
        QCOMPARE(timeline.slices().size(), 2);
        QCOMPARE(timeline.slices().at(0).rows.at(0).rxRate, 10.0);
        QVERIFY(timeline.slices().at(1).gap);
    }

    void theUnfinishedBucketIsRatedByWhatHasPassed()
    {
        Series series;
        series.untilMs = minuteMs / 2;
        series.buckets = {bucket(0, {internetRow(firefox, 600)})};
        Timeline timeline;
        timeline.setSeries(series, Grouping::App);
        QCOMPARE(timeline.slices().at(0).rows.at(0).rxRate, 20.0);
    }

    void groupsWithoutColourAreOthers()
    {
        Timeline timeline;
        timeline.appendTick({0, 1000}, {internetRow(firefox, 1, 10), internetRow(steam, 1, 4)}, Grouping::App);
        GroupColors colors;
        colors.weigh({{firefox, 10.0}});
        const ChartData chart = timeline.chart({0, 1000}, colors, Grouping::App, everything);
        QCOMPARE(chart.bands.size(), 2);
        QCOMPARE(chart.bands.at(0).name, firefox);
        QVERIFY(!chart.bands.at(1).color);
        QCOMPARE(chart.slices.at(0).rxRates, QList<double>({10.0, 4.0}));
    }

    void trendsFollowTheirGroup()
    {
        Timeline timeline;
        for (qint64 second = 0; second < 4; ++second)
            timeline.appendTick({second * 1000, second * 1000 + 1000},
                {internetRow(firefox, 1, static_cast<quint64>(second) * 10)}, Grouping::App);
        const auto trends = timeline.trends({0, 4000}, 4, everything);
        QCOMPARE(trends.value(firefox), QList<float>({0, 10, 20, 30}));
    }

    void trendsBreakWhereNothingWasRecorded()
    {
        Timeline timeline;
        timeline.appendTick({0, 1000}, {internetRow(firefox, 1, 10)}, Grouping::App);
        timeline.appendTick({3000, 4000}, {internetRow(firefox, 1, 20)}, Grouping::App);
        const QList<float> trend = timeline.trends({0, 4000}, 4, everything).value(firefox);
        QCOMPARE(trend.at(0), 10.0F);
        QVERIFY(std::isnan(trend.at(1)) && std::isnan(trend.at(2)));
        QCOMPARE(trend.at(3), 20.0F);
    }
};

QTEST_GUILESS_MAIN(TestTimeline)
#include "tst_timeline.moc"
