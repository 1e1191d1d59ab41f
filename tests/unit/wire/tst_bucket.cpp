// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/bucket.h"

#include <QTest>

using namespace bwt;

class BucketTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesAreUnitsOrPartsOfADay_data()
    {
        QTest::addColumn<std::optional<Bucket>>("bucket");
        const auto row = [](const char* name, std::optional<Bucket> bucket) { QTest::newRow(name) << bucket; };
        row("minute", Bucket::Minute);
        row("hour", Bucket::Hour);
        row("day", Bucket::Day);
        row("month", Bucket::Month);
        row("1min", Bucket::Minute);
        row("5min", Bucket(Bucket::Minute, 5));
        row("90min", Bucket(Bucket::Minute, 90));
        row("3h", Bucket(Bucket::Hour, 3));
        row("24h", Bucket(Bucket::Hour, 24));
        row("7min", {}); // whole ones don't make a day
        row("5h", {});
        row("48h", {});
        row("0h", {});
        row("-3h", {});
        row("+3h", {});
        row(" 3h", {});
        row("h", {});
        row("3", {});
        row("99999999999h", {});
        row("2day", {});
        row("Hour", {});
        row("", {});
    }
    void namesAreUnitsOrPartsOfADay()
    {
        QFETCH(const std::optional<Bucket>, bucket);
        QVERIFY(bucketFromName(QString::fromLatin1(QTest::currentDataTag())) == bucket);
    }
};

QTEST_GUILESS_MAIN(BucketTest)
#include "tst_bucket.moc"
