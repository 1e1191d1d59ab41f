// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/viewchoice.h"

#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

using namespace bwt;

namespace {

constexpr qint64 hourMs = 3'600'000;

constexpr qint64 dayMs = 24 * hourMs;
constexpr qint64 nowMs = 1'800'000'000'000;

/// How many points a span asks for.
qint64 pointsOf(const TimeSpan& span)
{
    return span.lengthMs() / resolutionFor(span, nowMs).bucketMs;
}

} // namespace

class TestViewChoice : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theChoiceOutlivesTheWindowButTheFilterDoesNot()
    {
        QTemporaryDir dir;
        const QString path = dir.filePath(QStringLiteral("app.conf"));
        ViewChoice choice;
        choice.range = {RangeKind::Fixed, {1000, 2000}};
        choice.scope = ScopeChoice::All;
        choice.grouping = Grouping::Host;
        choice.filter = QStringLiteral("steam");
        {
            QSettings settings(path, QSettings::IniFormat);
            saveChoice(settings, choice);
        }
        const QSettings settings(path, QSettings::IniFormat);
        choice.filter.clear();
        QCOMPARE(loadChoice(settings), choice);
    }

    void nonsenseInTheSettingsIsTheDefault()
    {
        QTemporaryDir dir;
        QSettings settings(dir.filePath(QStringLiteral("app.conf")), QSettings::IniFormat);
        settings.setValue(QLatin1StringView("view/range"), QStringLiteral("Fixed"));
        settings.setValue(QLatin1StringView("view/scope"), QStringLiteral("Moon"));
        QCOMPARE(loadChoice(settings), ViewChoice());
    }

    void everyRangeIsSmoothAndCheap()
    {
        for (const RangeKind kind : {RangeKind::Hour, RangeKind::Day, RangeKind::Week, RangeKind::Month}) {
            const qint64 points = pointsOf(RangeChoice{kind, {}}.spanAt(nowMs));
            QVERIFY2(points >= 60 && points <= 300, qPrintable(QString::number(points)));
        }
    }

    void weeksOfLongAgoComeByDays()
    {
        QCOMPARE(resolutionFor({nowMs - 30 * dayMs, nowMs}, nowMs).bucket, QStringLiteral("3h"));
        QCOMPARE(resolutionFor({nowMs - 60 * dayMs, nowMs - 30 * dayMs}, nowMs).bucket, QStringLiteral("day"));
        QCOMPARE(resolutionFor({nowMs - 60 * dayMs, nowMs - 53 * dayMs}, nowMs).bucket, QStringLiteral("hour"));
    }

    void whatAFilterAsksForFitsInAnAnswer_data()
    {
        QTest::addColumn<qint64>("hours");
        for (const qint64 hours : {1, 4, 5, 24, 25, 48, 49, 240, 241, 960, 961, 19'200, 19'201, 90'000})
            QTest::addRow("%lld h", static_cast<long long>(hours)) << hours;
    }
    void whatAFilterAsksForFitsInAnAnswer()
    {
        QFETCH(const qint64, hours);
        const TimeSpan span{0, hours * hourMs};
        const Resolution resolution = resolutionFor(span, span.untilMs);
        Row row;
        row.appId = QStringLiteral("/usr/lib/x86_64-linux-gnu/libexec/some-program");
        row.appName = QStringLiteral("some-program");
        Series series;
        SeriesBucket bucket;
        for (quint32 i = 0; i < groupsInBucket(span, resolution, QStringLiteral("text")); ++i)
            bucket.rows.append(row);
        QVERIFY(bucket.rows.size() >= groupsInBucket(span, resolution, {}));
        for (qint64 i = 0; i <= span.lengthMs() / resolution.bucketMs; ++i)
            series.buckets.append(bucket);
        const qint64 bytes = bytesOnBus(series);
        QVERIFY2(bytes < mostBytesInAnswer, qPrintable(QString::number(bytes)));
    }

    void aFilterSeesMoreGroupsWhereTheyFit()
    {
        const TimeSpan span{nowMs - hourMs, nowMs};
        const Resolution resolution = resolutionFor(span, nowMs);
        QCOMPARE(groupsInBucket(span, resolution, QStringLiteral("text")), 200U);
        QCOMPARE(groupsInBucket(span, resolution, {}), 12U);
    }

    void scopesAreKeptApart()
    {
        QVERIFY(holdsScope(ScopeChoice::Internet, QStringLiteral("internet")));
        QVERIFY(!holdsScope(ScopeChoice::Internet, QStringLiteral("lan")));
        QVERIFY(!holdsScope(ScopeChoice::Lan, QStringLiteral("loopback")));
        QVERIFY(!holdsScope(ScopeChoice::Internet, QStringLiteral("tunnel")));
        QVERIFY(holdsScope(ScopeChoice::Tunnel, QStringLiteral("tunnel")));
        QVERIFY(holdsScope(ScopeChoice::All, QStringLiteral("loopback")));
    }
};

QTEST_GUILESS_MAIN(TestViewChoice)
#include "tst_viewchoice.moc"
