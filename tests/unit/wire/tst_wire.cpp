// SPDX-License-Identifier: GPL-3.0-or-later
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
        QCOMPARE(seen, 8);
    }

    void errorCodesSurviveTheBus()
    {
        for (const ErrorCode code : {ErrorCode::NotAuthorized, ErrorCode::AuthorizationNeeded,
                 ErrorCode::InvalidArgument, ErrorCode::LimitExceeded, ErrorCode::NotCounting,
                 ErrorCode::StoreUnavailable, ErrorCode::StoreCorrupt, ErrorCode::StoreTooNew,
                 ErrorCode::Disconnected, ErrorCode::NameTaken, ErrorCode::Io, ErrorCode::Internal})
            QCOMPARE(errorCodeFromBus(names::errorPrefix + errorCodeName(code)), code);
        QCOMPARE(
            errorCodeFromBus(QStringLiteral("org.freedesktop.DBus.Error.ServiceUnknown")), ErrorCode::Disconnected);
        QCOMPARE(
            errorCodeFromBus(QStringLiteral("org.freedesktop.DBus.Error.AccessDenied")), ErrorCode::NotAuthorized);
        QCOMPARE(errorCodeFromBus(QStringLiteral("com.example.Strange")), ErrorCode::Internal);
    }

    void dimensionNamesAreTheContracts()
    {
        const QStringList names = QStringLiteral("process,app,user,protocol,service,remote,direction,scope,network")
                                      .split(QLatin1Char(','));
        const auto all = dimensionsFromNames(names);
        QVERIFY(all);
        QCOMPARE(dimensionNames(*all), names);
        QVERIFY(!dimensionsFromNames({QStringLiteral("planet")}));
    }
};

QTEST_GUILESS_MAIN(WireTest)
#include "tst_wire.moc"
