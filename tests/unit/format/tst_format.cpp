// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/format.h"

#include <QDateTime>
#include <QTest>

#include <limits>

using namespace bwt;

class FormatTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bytesKeepToFourCharacters_data()
    {
        QTest::addColumn<quint64>("bytes");
        QTest::addColumn<QString>("text");
        const auto row
            = [](quint64 bytes, const char* text) { QTest::newRow(text) << bytes << QString::fromUtf8(text); };
        row(0, "0 B");
        row(999, "999 B");
        row(1'000, "1.0 kB");
        row(1'049, "1.0 kB ");
        row(1'050, "1.1 kB");
        row(12'345, "12.3 kB");
        row(99'949, "99.9 kB");
        row(99'950, "100 kB");
        row(999'499, "999 kB");
        row(999'500, "1.00 MB");
        row(999'950, "1.00 MB ");
        row(1'000'000, "1.00 MB  ");
        row(9'994'999, "9.99 MB");
        row(9'995'000, "10.0 MB");
        row(99'950'000, "100 MB");
        row(999'499'999, "999 MB");
        row(999'500'000, "1.00 GB");
        row(3'910'000'000, "3.91 GB");
        row(999'500'000'000'000'000, "1.00 EB");
        row(std::numeric_limits<quint64>::max(), "18.4 EB");
    }
    void bytesKeepToFourCharacters()
    {
        QFETCH(const quint64, bytes);
        QFETCH(const QString, text);
        QCOMPARE(formatBytes(bytes), text.trimmed());
    }

    void noByteCountReadsAThousand()
    {
        for (quint64 power = 1; power <= 1'000'000'000'000'000'000; power *= 10) {
            for (const quint64 bytes :
                {power - 1, power, power - power / 20, power - power / 200, power - power / 2000}) {
                const QString number = formatBytes(bytes).section(QLatin1Char(' '), 0, 0);
                QVERIFY2(number.size() <= 4 && number != QLatin1StringView("1000"), qPrintable(formatBytes(bytes)));
            }
        }
    }

    void unknownIsADashAndNeverZero()
    {
        QCOMPARE(formatRate(std::nullopt), QStringLiteral("—"));
        QCOMPARE(formatCount(std::nullopt), QStringLiteral("—"));
        QCOMPARE(formatMoment(std::nullopt), QStringLiteral("—"));
        QCOMPARE(formatRate(0), QStringLiteral("0 B/s"));
        QCOMPARE(formatCount(0), QStringLiteral("0"));
    }

    void whatIsBelowZeroHasASign()
    {
        QCOMPARE(formatSignedBytes(0), QStringLiteral("0 B"));
        QCOMPARE(formatSignedBytes(1'500), QStringLiteral("1.5 kB"));
        QCOMPARE(formatSignedBytes(-1'500), QStringLiteral("-1.5 kB"));
        QCOMPARE(formatSignedBytes(std::numeric_limits<qint64>::min()), QStringLiteral("-9.22 EB"));
    }

    void onlyAWholeIsAHundredPerCent()
    {
        QCOMPARE(formatShare(std::nullopt), QStringLiteral("—"));
        QCOMPARE(formatShare(0), QStringLiteral("0.0 %"));
        QCOMPARE(formatShare(0.9765), QStringLiteral("97.6 %"));
        QCOMPARE(formatShare(0.99999), QStringLiteral("99.9 %"));
        QCOMPARE(formatShare(1), QStringLiteral("100 %"));
    }

    void countsAreGrouped()
    {
        QCOMPARE(formatCount(999), QStringLiteral("999"));
        QCOMPARE(formatCount(1'234'567), QStringLiteral("1,234,567"));
        QCOMPARE(formatCount(std::numeric_limits<quint64>::max()), QStringLiteral("18,446,744,073,709,551,615"));
    }

    void momentsOfTodayShowTheClockAlone()
    {
        const QDate today = QDate::currentDate();
        const auto at
            = [](QDate date, QTime time) { return formatMoment(QDateTime(date, time).toMSecsSinceEpoch()); };
        QCOMPARE(at(today, QTime(14, 5, 9)), QStringLiteral("14:05:09"));
        QCOMPARE(at(QDate(2020, 2, 29), QTime(14, 5, 9)), QStringLiteral("2020-02-29 14:05"));
        QVERIFY(at(today.addDays(-1), QTime(12, 0)).startsWith(today.addDays(-1).toString(Qt::ISODate)));
    }

    void agesAreWholeUnitsRoundedDown()
    {
        QCOMPARE(formatAge(-1), QStringLiteral("0 s"));
        QCOMPARE(formatAge(4'999), QStringLiteral("4 s"));
        QCOMPARE(formatAge(59'999), QStringLiteral("59 s"));
        QCOMPARE(formatAge(60'000), QStringLiteral("1 min"));
        QCOMPARE(formatAge(3'599'999), QStringLiteral("59 min"));
        QCOMPARE(formatAge(3'600'000), QStringLiteral("1 h"));
        QCOMPARE(formatAge(86'399'999), QStringLiteral("23 h"));
        QCOMPARE(formatAge(86'400'000 * 5LL), QStringLiteral("5 d"));
    }
};

QTEST_GUILESS_MAIN(FormatTest)
#include "tst_format.moc"
