// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/losses.h"
#include "dbus/names.h"
#include "dbus/result.h"
#include "dbus/row.h"

#include <QDBusMetaType>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

using namespace bwt;

class WireTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { registerWireTypes(); }

    void everyTypeNamedInTheXmlHasTheSignatureWrittenThere()
    {
        QFile file(QStringLiteral(BWT_DBUS_XML));
        QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.errorString()));
        const QString xml = QString::fromUtf8(file.readAll());
        const QRegularExpression typed(QStringLiteral(
            "<arg name=\"\\w+\" type=\"([^\"]+)\"[^>]*/>\\s*<annotation name=\"[^\"]+\" value=\"(bwt::\\w+)\"/>"));
        int seen = 0;
        for (auto matches = typed.globalMatch(xml); matches.hasNext();) {
            const auto match = matches.next();
            const QMetaType type = QMetaType::fromName(match.captured(2).toLatin1());
            QVERIFY2(type.isValid(), qPrintable(match.captured(2)));
            const QString signature = QString::fromLatin1(QDBusMetaType::typeToSignature(type));
            QCOMPARE(signature, match.captured(1));
            ++seen;
        }
        QCOMPARE(seen, 12);
    }

    void errorCodesSurviveTheBus()
    {
        for (const ErrorCode code :
            {ErrorCode::NotAuthorized, ErrorCode::AuthorizationNeeded, ErrorCode::InvalidArgument,
                ErrorCode::LimitExceeded, ErrorCode::NotCounting, ErrorCode::StoreUnavailable,
                ErrorCode::StoreCorrupt, ErrorCode::StoreTooNew, ErrorCode::Disconnected, ErrorCode::NameTaken,
                ErrorCode::Io, ErrorCode::Internal, ErrorCode::TimedOut})
            QCOMPARE(errorCodeFromBus(names::errorPrefix + errorCodeName(code)), code);
        QCOMPARE(
            errorCodeFromBus(QStringLiteral("org.freedesktop.DBus.Error.ServiceUnknown")), ErrorCode::Disconnected);
        QCOMPARE(
            errorCodeFromBus(QStringLiteral("org.freedesktop.DBus.Error.AccessDenied")), ErrorCode::NotAuthorized);
        QCOMPARE(errorCodeFromBus(QStringLiteral("org.freedesktop.DBus.Error.NoReply")), ErrorCode::TimedOut);
        QCOMPARE(errorCodeFromBus(QStringLiteral("com.example.Strange")), ErrorCode::Internal);
    }

    void sumsKeepUnknownApartFromZero()
    {
        Numbers sum;
        sum += Numbers();
        QVERIFY(!sum.txPackets && !sum.rxRate && !sum.firstSeenMs);
        Numbers known;
        known.txBytes = 5;
        known.txPackets = 3;
        known.rxRate = 0;
        known.firstSeenMs = 10;
        known.lastSeenMs = 10;
        sum += known;
        sum += Numbers();
        QCOMPARE(sum, known);
        known.firstSeenMs = 7;
        known.lastSeenMs = 20;
        sum += known;
        QCOMPARE(sum.txBytes, 10U);
        QCOMPARE(sum.txPackets, 6U);
        QCOMPARE(sum.firstSeenMs, 7);
        QCOMPARE(sum.lastSeenMs, 20);
    }

    void everyLossHasWordsAndTheXmlListsIt()
    {
        QFile file(QStringLiteral(BWT_DBUS_XML));
        QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.errorString()));
        const QString xml = QString::fromUtf8(file.readAll());
        for (const QLatin1StringView code :
            {loss::mapFull, loss::lostTxBytes, loss::lostRxBytes, loss::unknownProcess, loss::recursionMiss,
                loss::streamFull, loss::countersGivenUp, loss::mergedMinutes, loss::missedAnswers}) {
            const QString text = loss::text(QString(code), QStringLiteral("1,234"));
            QVERIFY2(text.startsWith(QStringLiteral("1,234 ")) && !text.contains(code), qPrintable(text));
            QVERIFY2(xml.contains(code), code.data());
        }
        QCOMPARE(loss::text(QStringLiteral("of-a-newer-helper"), QStringLiteral("7")),
            QStringLiteral("7 \u00d7 of-a-newer-helper"));
    }

    void dimensionNamesAreTheContracts()
    {
        const QStringList names
            = QStringLiteral("process,app,user,protocol,service,remote,direction,scope,network,country,asn")
                  .split(QLatin1Char(','));
        const auto all = dimensionsFromNames(names);
        QVERIFY(all);
        QCOMPARE(dimensionNames(*all), names);
        QVERIFY(!dimensionsFromNames({QStringLiteral("planet")}));
    }
};

QTEST_GUILESS_MAIN(WireTest)
#include "tst_wire.moc"
