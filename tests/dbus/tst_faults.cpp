// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/names.h"
#include "dbus/row.h"
#include "tests/dbus/fakepolkit.h"
#include "tests/dbus/frames.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/privatebus.h"
#include "tests/dbus/recording.h"
#include "tests/dbus/smalldisk.h"

#include <QDBusPendingCall>
#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>

#include <csignal>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <systemd/sd-bus.h>

using namespace bwt;
using namespace bwt::test;

namespace {

QString path(const QTemporaryDir& directory, const char* name)
{
    return directory.filePath(QString::fromLatin1(name));
}

bool write(const QString& path, const QByteArray& text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

/// Makes a history larger than what is checked on opening, and spoils the page with the remotes' addresses.
bool damageRemotes(const QString& history)
{
    constexpr qint64 pageBytes = 4096;
    qint64 page = 0;
    {
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), history);
        database.setDatabaseName(history);
        if (!database.open())
            return false;
        QSqlQuery query(database);
        if (query.exec(QStringLiteral("CREATE TABLE filler AS SELECT zeroblob(70000000)"))
            && query.exec(QStringLiteral("SELECT rootpage FROM sqlite_schema WHERE name = 'remote'")) && query.next())
            page = query.value(0).toLongLong();
    }
    QSqlDatabase::removeDatabase(history);
    QFile file(history);
    return page > 0 && file.open(QIODevice::ReadWrite) && file.seek((page - 1) * pageBytes)
        && file.write(QByteArray(pageBytes, '\xa5')) == pageBytes;
}

/// Eight calls of 16 MB each, sent whole as Alice. By sd-bus, since QtDBus itself stalls when it has to wait with
/// what a thread of the program's own gave it to send.
void flood(const QString& address)
{
    const std::string large(16 * 1024 * 1024, 'x');
    sd_bus* opened = nullptr;
    QVERIFY(sd_bus_new(&opened) >= 0);
    const std::unique_ptr<sd_bus, decltype(&sd_bus_unref)> bus(opened, &sd_bus_unref);
    QVERIFY(sd_bus_set_address(bus.get(), qPrintable(address)) >= 0);
    QVERIFY(sd_bus_set_bus_client(bus.get(), 1) >= 0);
    QCOMPARE(seteuid(alice), 0);
    const char* uniqueName = nullptr;
    const int started = sd_bus_start(bus.get());
    const int greeted = started < 0 ? started : sd_bus_get_unique_name(bus.get(), &uniqueName);
    QCOMPARE(seteuid(0), 0);
    QVERIFY(greeted >= 0);
    for (int i = 0; i < 8; ++i) {
        QVERIFY(sd_bus_call_method_async(bus.get(), nullptr, names::service.data(), names::object.data(),
                    names::interface.data(), "GetTotals", nullptr, nullptr, "as", 1, large.c_str())
            >= 0);
    }
    QVERIFY(sd_bus_flush(bus.get()) >= 0);
}

} // namespace

/// What goes wrong outside: each has its exit code or its recovery, and one line that says what is wrong.
class FaultsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_bus = std::make_unique<PrivateBus>();
        QVERIFY(m_bus->start());
        m_directory = std::make_unique<QTemporaryDir>();
        m_recording = writeRecording(path(*m_directory, "recording"),
            {{0, 301, 0, QStringLiteral("first"), 1000, 10}, {60'000, 301, 0, QStringLiteral("first"), 1, 1}});
        m_replay = {QStringLiteral("--backend"), QStringLiteral("replay:") + m_recording};
        m_helper = std::make_unique<HelperProcess>(*m_bus);
    }

    void cleanup()
    {
        m_root.reset();
        m_helper.reset();
        m_bus.reset();
    }

    void wrongUsageEndsWith2AndSaysWhatIsWrong_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const char* arguments, const char* says) {
            QTest::newRow(name) << QString::fromLatin1(arguments).split(QLatin1Char(' '))
                                << QString::fromLatin1(says);
        };
        row("option", "--http", "http");
        row("word", "start", "\"start\"");
        row("bus", "--bus 8080", "--bus: \"8080\" is not system, session or a D-Bus address");
        row("short interval", "--interval 999", "--interval: \"999\" is not 1000 to 5000 milliseconds");
        row("long interval", "--interval 5001", "--interval: \"5001\"");
        row("no number", "--interval 1s", "--interval: \"1s\"");
        row("relative state directory", "--state-dir here", "--state-dir: \"here\"");
        row("few minutes", "--keep-minutes 1", "--keep-minutes: \"1\" is not 2 to 36500 days");
        row("app minutes below minutes", "--keep-minutes 9 --keep-app-minutes 8",
            "keep-app-minutes: 8 days are fewer than the 9 of keep-minutes");
        row("hours below minutes", "--keep-minutes 9 --keep-hours 8",
            "keep-hours: 8 days are fewer than the 9 of keep-minutes");
        row("hours below app minutes", "--keep-hours 8 --keep-app-minutes 9",
            "keep-hours: 8 days are fewer than the 9 of keep-app-minutes");
        row("small history", "--history-size 15", "--history-size: \"15\" is not 16 to 1048576 MB");
        row("no address", "--totals-only-remotes ::1,example.org", "is not a list of addresses");
        row("relative file of countries", "--country-db here.mmdb", "--country-db: \"here.mmdb\" is not a path");
        row("relative file of operators", "--asn-db here.mmdb", "--asn-db: \"here.mmdb\" is not a path");
        row("json without check", "--json", "--check");
        row("check of an unknown backend", "--check --backend magic", "magic");
        row("check with a missing config", "--check --config /nonexistent/helper.conf", "/nonexistent/helper.conf");
        row("missing config", "--config /nonexistent/helper.conf", "/nonexistent/helper.conf");
    }
    void wrongUsageEndsWith2AndSaysWhatIsWrong()
    {
        QFETCH(const QStringList, arguments);
        QFETCH(const QString, says);
        m_helper->launch(arguments);
        QCOMPARE(m_helper->waitForEnd(), 2);
        expectOneLine(says);
    }

    void aWrongBackendEndsWith2_data()
    {
        QTest::addColumn<QString>("backend");
        QTest::addColumn<QString>("says");
        QTest::newRow("unknown") << QStringLiteral("magic") << QStringLiteral("magic");
        QTest::newRow("no recording") << QStringLiteral("replay:/nonexistent") << QStringLiteral("/nonexistent");
        QTest::newRow("bad recording") << QStringLiteral("replay:%1") << QStringLiteral("bad.jsonl");
    }
    void aWrongBackendEndsWith2()
    {
        QFETCH(QString, backend);
        QFETCH(const QString, says);
        const QString bad = path(*m_directory, "bad.jsonl");
        QVERIFY(write(bad, "{\"t_ms\":"));
        if (backend.contains(QLatin1StringView("%1")))
            backend = backend.arg(bad);
        QVERIFY(!m_helper->start({QStringLiteral("--backend"), backend}));
        QCOMPARE(m_helper->waitForEnd(), 2);
        expectOneLine(says);
    }

    void aWrongSettingEndsWith2AndNamesItsLine()
    {
        const QString config = path(*m_directory, "helper.conf");
        QVERIFY(write(config, "# comment\n[helper]\ninterval = fast\n"));
        m_helper->launch({QStringLiteral("--config"), config});
        QCOMPARE(m_helper->waitForEnd(), 2);
        expectOneLine(config + QStringLiteral(":3: interval: \"fast\" is not"));
    }

    void anUnknownSettingIsWarnedOfAndTheCommandLineWins()
    {
        const QString config = path(*m_directory, "helper.conf");
        QVERIFY(write(config, "[helper]\ncolour=red\ninterval=2000\n"));
        QVERIFY(m_helper->start(m_replay
            + QStringList{QStringLiteral("--config"), config, QStringLiteral("--interval"), QStringLiteral("3000")}));
        expectOneLine(config + QStringLiteral(":2: colour is no setting"));
        QCOMPARE(status().intervalMs, 3000U);
        QCOMPARE(m_helper->stop(), 0);
    }

    void sighupReadsTheSettingsAgain()
    {
        const QString config = path(*m_directory, "helper.conf");
        QVERIFY(write(config, "[helper]\ninterval=2000\n"));
        QVERIFY(m_helper->start(m_replay + QStringList{QStringLiteral("--config"), config}));
        QCOMPARE(status().intervalMs, 2000U);
        QVERIFY(write(config, "[helper]\ninterval=4000\n"));
        m_helper->signal(SIGHUP);
        QTRY_COMPARE(status().intervalMs, 4000U);
        QVERIFY(write(config, "[helper]\ninterval=never\n"));
        m_helper->signal(SIGHUP);
        QVERIFY(m_helper->waitForLog(QStringLiteral("the settings stay as they are")));
        QCOMPARE(status().intervalMs, 4000U);
        QCOMPARE(m_helper->stop(), 0);
    }

    void whatTheHistoryKeepsChangesWithoutARestart()
    {
        const QString config = path(*m_directory, "helper.conf");
        QVERIFY(write(config, "[helper]\ntotals-only-apps=a, b\n"));
        QVERIFY(m_helper->start(m_replay + QStringList{QStringLiteral("--config"), config}));
        QVERIFY(write(
            config, "[helper]\nkeep-minutes=3\nkeep-hours=20\nhistory-size=64\ntotals-only-remotes=192.0.2.7\n"));
        m_helper->signal(SIGHUP);
        QVERIFY(m_helper->waitForLog(QStringLiteral("the settings were read again"), 1));
        QVERIFY(m_helper->log().filter(QStringLiteral("next start")).isEmpty());
        QVERIFY(write(config, "[helper]\nwire=off\n"));
        m_helper->signal(SIGHUP);
        QVERIFY(m_helper->waitForLog(QStringLiteral("at the next start")));
        QCOMPARE(m_helper->stop(), 0);
    }

    void aStateDirectoryThatOthersMayWriteToEndsWith4()
    {
        chmod(QFile::encodeName(m_directory->path()).constData(), 0777);
        QVERIFY(!m_helper->start(m_replay + QStringList{QStringLiteral("--state-dir"), m_directory->path()}));
        QCOMPARE(m_helper->waitForEnd(), 4);
        expectOneLine(m_directory->path());
    }

    void aStateDirectoryThatIsAFileEndsWith4()
    {
        QVERIFY(!m_helper->start(m_replay + QStringList{QStringLiteral("--state-dir"), m_recording}));
        QCOMPARE(m_helper->waitForEnd(), 4);
        expectOneLine(m_recording);
    }

    void aFloodOfLargeCallsDoesNotLeaveItDeaf()
    {
        QVERIFY(m_helper->start(m_replay));
        FakePolkit silent(*m_bus);
        QVERIFY(silent.start());
        flood(m_bus->address());
        QTRY_COMPARE_WITH_TIMEOUT(
            call(m_bus->connectAs(0), QStringLiteral("Status")).type(), QDBusMessage::ReplyMessage, 60'000);
        QCOMPARE(m_helper->stop(), 0);
    }

    void anAnswerThatTheBusWouldNotCarryIsRefusedAndAFrameCutShort()
    {
        QList<Moved> traffic;
        for (quint32 pid = 1; pid <= 10'000; ++pid)
            traffic.append({0, pid, 0, QString(3'600, QLatin1Char('x')), pid, 0});
        const QString recording = writeRecording(path(*m_directory, "many"), traffic);
        QVERIFY(m_helper->start({QStringLiteral("--backend"), QStringLiteral("replay:") + recording}));
        const QDBusConnection root = m_bus->connectAs(0);
        const QStringList byProcess{QStringLiteral("process")};
        // Busy with the recording at first, it may let a call time out.
        QTRY_COMPARE_WITH_TIMEOUT(call(root, QStringLiteral("GetTotals"), {byProcess}).errorName(),
            QString(names::errorPrefix + QStringLiteral("LimitExceeded")), 90'000);
        FrameReceiver receiver(root);
        QVERIFY(receiver.subscribe(byProcess, 10'000));
        QTRY_VERIFY(!receiver.frames().isEmpty());
        const QList<Row> rows = receiver.frames().constFirst().rows;
        QVERIFY(rows.size() > 1'000 && rows.size() < 10'000);
        QCOMPARE(rows.constFirst().numbers.txBytes, quint64(10'000));
        QCOMPARE(m_helper->stop(), 0);
    }

    void withoutABusItEndsWith6()
    {
        m_bus->stop();
        QVERIFY(!m_helper->start(m_replay));
        QCOMPARE(m_helper->waitForEnd(), 6);
        expectOneLine(QStringLiteral("the bus \"system\" can't be reached"));
    }

    void aSecondHelperOnTheNameEndsWith5AndTheFirstGoesOn()
    {
        QVERIFY(m_helper->start(m_replay));
        HelperProcess second(*m_bus);
        second.launch(QStringList{QStringLiteral("--state-dir"), second.stateDir()} + m_replay);
        QCOMPARE(second.waitForEnd(), 5);
        QCOMPARE(second.log().size(), 1);
        QVERIFY(second.log().constFirst().contains(QStringLiteral("another helper")));
        QVERIFY(status().counting);
        QCOMPARE(m_helper->stop(), 0);
    }

    void aSecondHelperInTheStateDirectoryEndsWith5AndTheFirstGoesOn()
    {
        QVERIFY(m_helper->start(m_replay));
        PrivateBus otherBus;
        QVERIFY(otherBus.start());
        HelperProcess second(otherBus);
        second.setStateDir(m_helper->stateDir());
        QVERIFY(!second.start(m_replay));
        QCOMPARE(second.waitForEnd(), 5);
        QCOMPARE(second.log().size(), 1);
        QVERIFY(second.log().constFirst().contains(QStringLiteral("another helper")));
        QVERIFY(status().counting);
        QCOMPARE(m_helper->stop(), 0);
    }

    void aBusThatGoesAwayIsSaidOnceAndFoundAgain()
    {
        QVERIFY(m_helper->start(m_replay));
        for (int round = 1; round <= 2; ++round) {
            m_bus->stop();
            QVERIFY(m_helper->waitForLog(QStringLiteral("went away"), round));
            QVERIFY(m_bus->start());
            QVERIFY(m_bus->waitForName(QString(names::service)));
            QVERIFY(m_helper->waitForLog(QStringLiteral("back on the bus"), round));
            QVERIFY(status().counting);
            QCOMPARE(m_helper->log().size(), 2 * round);
        }
        QCOMPARE(m_helper->stop(), 0);
    }

    void withoutABusItStillStoresOnStop()
    {
        QVERIFY(m_helper->start(m_replay));
        m_bus->stop();
        QVERIFY(m_helper->waitForLog(QStringLiteral("went away")));
        QCOMPARE(m_helper->stop(), 0);
        QVERIFY(QFile::exists(m_helper->stateDir() + QStringLiteral("/history.db")));
    }

    void thatNoBackendWorksIsToldInTheStatusAndEndsNothing()
    {
        m_helper->takeCountingRights();
        QVERIFY(m_helper->start());
        const Status told = status();
        QCOMPARE(told.problem, QStringLiteral("NotCounting"));
        QVERIFY(!told.counting && told.backend.isEmpty() && !told.problemDetail.isEmpty());
        expectOneLine(told.problemDetail);
        const QString notCounting = QString(names::errorPrefix) + QStringLiteral("NotCounting");
        const QDBusConnection root = m_bus->connectAs(0);
        QCOMPARE(call(root, QStringLiteral("GetTotals"), {QStringList()}).errorName(), notCounting);
        QCOMPARE(call(root, QStringLiteral("Subscribe"), {QStringList(), 10U}).errorName(), notCounting);
        // The history of better days can still be read.
        QCOMPARE(call(root, QStringLiteral("Top"), {qulonglong(1), qulonglong(0), QStringList(), 10U}).type(),
            QDBusMessage::ReplyMessage);
        QCOMPARE(m_helper->stop(), 0);
    }

    void aDamagedHistoryIsPutAsideAndTold()
    {
        const QByteArray damaged(8192, 'x');
        QVERIFY(QDir().mkpath(m_helper->stateDir()));
        QVERIFY(write(m_helper->stateDir() + QStringLiteral("/history.db"), damaged));
        QVERIFY(m_helper->start(m_replay));
        expectOneLine(QStringLiteral("history.db"));
        const Status told = status();
        QCOMPARE(told.problem, QStringLiteral("StoreCorrupt"));
        QVERIFY(told.counting);
        QCOMPARE(m_helper->stop(), 0);
        // Kept under another name, to the byte.
        bool isKept = false;
        for (const QFileInfo& file : QDir(m_helper->stateDir()).entryInfoList(QDir::Files)) {
            QFile content(file.filePath());
            isKept = isKept || (content.open(QIODevice::ReadOnly) && content.readAll() == damaged);
        }
        QVERIFY(isKept);
    }

    void damageThatAQueryMeetsInALargeHistoryIsPutAsideAndTheQueryAnswered()
    {
        const QVariantList byRemote{qulonglong(0), qulonglong(0), QStringList{QStringLiteral("remote")}, 10U};
        QVERIFY(m_helper->start(m_replay));
        QTRY_COMPARE(answer<Frame>(m_bus->connectAs(0), QStringLiteral("Top"), byRemote).rows.size(), 1);
        QCOMPARE(m_helper->stop(), 0);
        QVERIFY(damageRemotes(m_helper->stateDir() + QStringLiteral("/history.db")));

        QVERIFY(m_helper->start(m_replay));
        QCOMPARE(status().problem, QString());
        QCOMPARE(call(m_bus->connectAs(0), QStringLiteral("Top"), byRemote).type(), QDBusMessage::ReplyMessage);
        QCOMPARE(status().problem, QStringLiteral("StoreCorrupt"));
        expectOneLine(QStringLiteral("a new history begun"));
        QCOMPARE(m_helper->stop(), 0);
    }

    void aReadOnlyStateDirectoryIsToldOnceAndUsedWhenItCanBeWritten()
    {
        SmallDisk disk;
        QVERIFY(disk.mount());
        QVERIFY(disk.setReadOnly(true));
        m_helper->setStateDir(disk.path());
        QVERIFY(m_helper->start(m_replay));
        expectHistoryTroubleAndRecovery([&] { return disk.setReadOnly(false); });
    }

    void aFullDiskIsToldOnceAndNothingIsLost()
    {
        SmallDisk disk;
        QVERIFY(disk.mount());
        QVERIFY(disk.fill());
        m_helper->setStateDir(disk.path());
        QVERIFY(m_helper->start(m_replay));
        expectHistoryTroubleAndRecovery([&] { return disk.empty(); });
    }

private:
    [[nodiscard]] Status status()
    {
        if (!m_root || !m_root->isConnected())
            m_root = m_bus->connectAs(0);
        return answer<Status>(*m_root, QStringLiteral("Status"));
    }

    void expectOneLine(const QString& says)
    {
        QVERIFY(m_helper->waitForLog(says));
        QVERIFY2(m_helper->log().size() == 1, qPrintable(m_helper->log().join(QLatin1Char('\n'))));
        QVERIFY(m_helper->log().constFirst().startsWith(QStringLiteral("bandwidth-tracker-helper: ")));
    }

    /// The history can't be written, counting goes on; after `mend()` all that was counted is stored.
    void expectHistoryTroubleAndRecovery(const std::function<bool()>& mend)
    {
        const QDBusConnection root = m_bus->connectAs(0);
        QCOMPARE(status().problem.isEmpty(), false);
        QVERIFY(status().counting);
        const QVariantList now{qulonglong(1), qulonglong(0), QStringList(), 10U};
        for (int tries = 0; tries < 3; ++tries)
            QCOMPARE(call(root, QStringLiteral("Top"), now).errorName(),
                QString(names::errorPrefix + QStringLiteral("StoreUnavailable")));
        QCOMPARE(m_helper->log().size(), 1);
        QVERIFY(mend());
        QTRY_COMPARE_WITH_TIMEOUT(status().problem, QString(), 15'000);
        QCOMPARE(m_helper->log().size(), 2);
        const auto stored = answer<Frame>(root, QStringLiteral("Top"), now);
        QCOMPARE(stored.rows.size(), 1);
        QCOMPARE(stored.rows.constFirst().numbers.txBytes, quint64(1000));
        QCOMPARE(m_helper->stop(), 0);
    }

    std::unique_ptr<PrivateBus> m_bus;
    std::optional<QDBusConnection> m_root;
    std::unique_ptr<HelperProcess> m_helper;
    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_recording;
    QStringList m_replay;
};

QTEST_GUILESS_MAIN(FaultsTest)
#include "tst_faults.moc"
