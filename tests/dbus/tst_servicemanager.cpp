// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/names.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/notifysocket.h"
#include "tests/dbus/privatebus.h"
#include "tests/dbus/recording.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <linux/capability.h>
#include <sys/stat.h>

using namespace bwt;
using namespace bwt::test;

namespace {

/// A hexadecimal line of /proc/PID/status.
quint64 valueOf(const QByteArray& status, const char* key)
{
    const QByteArray start = QByteArray(key).append(":\t");
    const qsizetype at = status.indexOf(start) + start.size();
    return status.mid(at, status.indexOf('\n', at) - at).toULongLong(nullptr, 16);
}

} // namespace

/// What systemd hears, how the journal reads the log, and what rights are left.
class ServiceManagerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_bus.start());
        m_recording = writeRecording(
            m_bus.directory() + QStringLiteral("/recording"), {{0, 1, 0, QStringLiteral("x"), 1, 1}});
    }

    void readyIsSaidOnTheBusAndStoppingBeforeTheEnd()
    {
        NotifySocket manager;
        QVERIFY(manager.open());
        HelperProcess helper(m_bus);
        helper.setVariable(QStringLiteral("NOTIFY_SOCKET"), manager.path());
        QVERIFY(helper.start({QStringLiteral("--backend"), QStringLiteral("replay:") + m_recording}));
        QTRY_VERIFY(manager.heard().contains(QStringLiteral("READY=1")));
        QVERIFY(!manager.heard().contains(QStringLiteral("STOPPING=1")));
        QCOMPARE(helper.stop(), 0);
        QTRY_VERIFY(manager.heard().contains(QStringLiteral("STOPPING=1")));
    }

    void readyIsNotSaidWhenTheStartFails()
    {
        NotifySocket manager;
        QVERIFY(manager.open());
        HelperProcess helper(m_bus);
        helper.setVariable(QStringLiteral("NOTIFY_SOCKET"), manager.path());
        QVERIFY(!helper.start({QStringLiteral("--backend"), QStringLiteral("magic")}));
        QCOMPARE(helper.waitForEnd(), 2);
        QVERIFY(manager.heard().isEmpty());
    }

    void theWatchdogIsFedInTime()
    {
        NotifySocket manager;
        QVERIFY(manager.open());
        HelperProcess helper(m_bus);
        helper.setVariable(QStringLiteral("NOTIFY_SOCKET"), manager.path());
        helper.setVariable(QStringLiteral("WATCHDOG_USEC"), QStringLiteral("400000"));
        QVERIFY(helper.start({QStringLiteral("--backend"), QStringLiteral("replay:") + m_recording}));
        QTRY_VERIFY(manager.heard().count(QStringLiteral("WATCHDOG=1")) >= 3);
        QCOMPARE(helper.stop(), 0);
    }

    void noThreadKeepsMoreRightsThanCountingNeeds()
    {
        HelperProcess helper(m_bus);
        QVERIFY(helper.start({}));
        const quint64 rights = 1ULL << CAP_BPF | 1ULL << CAP_PERFMON | 1ULL << CAP_SYS_PTRACE;
        const QStringList threads
            = QDir(QStringLiteral("/proc/%1/task").arg(helper.pid())).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
        QVERIFY(threads.size() > 3);
        for (const QString& thread : threads) {
            QFile status(QStringLiteral("/proc/%1/task/%2/status").arg(helper.pid()).arg(thread));
            QVERIFY(status.open(QIODevice::ReadOnly));
            const QByteArray text = status.readAll();
            QCOMPARE(valueOf(text, "CapPrm"), rights);
            QCOMPARE(valueOf(text, "CapEff"), rights);
        }
        QCOMPARE(helper.stop(), 0);
    }

    void theJournalGetsPrioritiesAndATerminalDoesNot_data()
    {
        QTest::addColumn<bool>("journal");
        QTest::addColumn<QByteArray>("prefix");
        QTest::newRow("journal") << true << QByteArray("<3>bandwidth-tracker-helper: ");
        QTest::newRow("terminal") << false << QByteArray("bandwidth-tracker-helper: ");
    }
    void theJournalGetsPrioritiesAndATerminalDoesNot()
    {
        QFETCH(const bool, journal);
        QFETCH(const QByteArray, prefix);
        const QString path = m_bus.directory() + QStringLiteral("/stderr");
        QFile log(path);
        QVERIFY(log.open(QIODevice::WriteOnly | QIODevice::Truncate));
        struct stat status{};
        QCOMPARE(fstat(log.handle(), &status), 0);
        HelperProcess helper(m_bus);
        helper.setLogFile(path);
        helper.setVariable(QStringLiteral("JOURNAL_STREAM"),
            QStringLiteral("%1:%2").arg(journal ? status.st_dev : 0).arg(status.st_ino));
        helper.launch({QStringLiteral("--interval"), QStringLiteral("never")});
        QCOMPARE(helper.waitForEnd(), 2);
        QFile written(path);
        QVERIFY(written.open(QIODevice::ReadOnly));
        const QByteArray text = written.readAll();
        QVERIFY2(text.startsWith(prefix), text.constData());
        QCOMPARE(text.count('\n'), 1);
    }

private:
    PrivateBus m_bus;
    QString m_recording;
};

QTEST_GUILESS_MAIN(ServiceManagerTest)
#include "tst_servicemanager.moc"
