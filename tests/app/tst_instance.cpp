// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/singleinstance.h"
#include "tests/unit/client/restartablebus.h"

#include <QProcess>
#include <QSignalSpy>
#include <QTest>

using bwt::SingleInstance;

/// The second start is this program once more: QtDBus would answer a call to itself without the bus.
constexpr auto secondStart = "--second-start";

class TestInstance : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theSecondStartRaisesTheFirst()
    {
        RestartableBus bus;
        QVERIFY(bus.start());
        const auto session = QDBusConnection::connectToBus(bus.address(), QStringLiteral("first"));
        SingleInstance first(session);
        QCOMPARE(first.claim(), SingleInstance::Outcome::First);
        const QSignalSpy raised(&first, &SingleInstance::activated);

        QProcess second;
        second.start(QCoreApplication::applicationFilePath(), {QLatin1StringView(secondStart), bus.address()});
        QTRY_COMPARE(second.state(), QProcess::NotRunning);
        QCOMPARE(second.exitCode(), static_cast<int>(SingleInstance::Outcome::HandedOver));
        QCOMPARE(raised.count(), 1);
        QDBusConnection::disconnectFromBus(QStringLiteral("first"));
    }

    void withoutABusEveryStartStandsAlone()
    {
        SingleInstance instance(QDBusConnection(QStringLiteral("there is none")));
        QCOMPARE(instance.claim(), SingleInstance::Outcome::First);
    }
};

int main(int argc, char** argv)
{
    QCoreApplication app(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == QLatin1StringView(secondStart)) {
        SingleInstance instance(QDBusConnection::connectToBus(arguments.value(2), QStringLiteral("second")));
        return static_cast<int>(instance.claim());
    }
    TestInstance test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_instance.moc"
