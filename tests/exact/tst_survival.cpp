// SPDX-License-Identifier: GPL-3.0-or-later
// Counting outlives the helper: what was sent is in the history once, however the helper ends and whatever it did
// then.
#include "dbus/names.h"
#include "dbus/row.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/privatebus.h"
#include "tests/dbus/servicemanager.h"

#include <QDBusPendingCall>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRandomGenerator>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTest>

#include <array>
#include <atomic>
#include <bpf/bpf.h>
#include <csignal>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace bwt;
using namespace bwt::test;

namespace {

constexpr std::array<char, 10> datagram{};

std::uint64_t sendTo(int socket, std::uint32_t address)
{
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_port = htons(9);
    target.sin_addr.s_addr = htonl(address);
    const ssize_t sent = sendto(
        socket, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&target), sizeof(target));
    return sent > 0 ? static_cast<std::uint64_t>(sent) : 0;
}

/// Sends from this process, as long as it lives.
class Sender {
public:
    Sender()
        : m_thread([this] { work(); })
    {
    }
    ~Sender() { stop(); }
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    [[nodiscard]] std::uint64_t sent() const { return m_sent; }
    void stop()
    {
        m_stops = true;
        if (m_thread.joinable())
            m_thread.join();
    }

private:
    void work()
    {
        const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        for (std::uint32_t i = 0; !m_stops; ++i) {
            m_sent += sendTo(socket, 0x7f000001U + i % 3);
            if (i % 50 == 0)
                usleep(1000); // or it would take a processor for itself
        }
        close(socket);
    }

    std::atomic<std::uint64_t> m_sent = 0;
    std::atomic<bool> m_stops = false;
    std::thread m_thread;
};

/// Sends once to each of so many remotes that were never sent to before, from a process that then ends.
std::uint64_t burst(std::uint32_t remotes)
{
    const pid_t pid = fork();
    if (pid == 0) {
        const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
        std::uint64_t sent = 0;
        for (std::uint32_t i = 0; i < remotes; ++i)
            sent += sendTo(socket, 0x7f010000U + i);
        _exit(sent == remotes * datagram.size() ? 0 : 1);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    if (status != 0)
        qFatal("the burst was not sent");
    return remotes * datagram.size();
}

bool isLoaded(std::uint32_t program)
{
    const int descriptor = bpf_prog_get_fd_by_id(program);
    if (descriptor >= 0)
        close(descriptor);
    return descriptor >= 0;
}

/// Kills a process when one of its threads comes to its nth system call of a kind.
class Killer {
public:
    Killer(qint64 pid, const QString& thread, const QString& call, int nth)
    {
        m_strace.setProcessChannelMode(QProcess::MergedChannels);
        m_strace.start(QStringLiteral("strace"),
            {QStringLiteral("-p"), threadOf(pid, thread), QStringLiteral("-e"), QStringLiteral("trace=") + call,
                QStringLiteral("-e"), QStringLiteral("inject=%1:signal=SIGKILL:when=%2").arg(call).arg(nth)});
        if (!waitUntil([this] { return said().contains("attached"); }))
            qFatal("strace does not attach: %s", said().constData());
    }
    ~Killer()
    {
        m_strace.terminate(); // which lets the process go, if it lives
        m_strace.waitForFinished();
    }
    Killer(const Killer&) = delete;
    Killer& operator=(const Killer&) = delete;

    /// What the thread had done, and what it died at.
    [[nodiscard]] QByteArray said()
    {
        m_said += m_strace.readAll();
        return m_said;
    }

private:
    [[nodiscard]] static QString threadOf(qint64 pid, const QString& name)
    {
        const QDir tasks(QStringLiteral("/proc/%1/task").arg(pid));
        const QStringList threads = tasks.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
        for (const QString& thread : threads) {
            QFile comm(tasks.filePath(thread + QStringLiteral("/comm")));
            if (comm.open(QIODevice::ReadOnly) && QString::fromUtf8(comm.readAll()).trimmed() == name)
                return thread;
        }
        qFatal("the helper has no thread %s", qPrintable(name));
    }

    QProcess m_strace;
    QByteArray m_said;
};

} // namespace

class SurvivalTest : public QObject {
    Q_OBJECT
private:
    PrivateBus m_bus;
    std::optional<QDBusConnection> m_root;
    std::unique_ptr<ServiceManager> m_manager;
    std::unique_ptr<HelperProcess> m_helper;

    /// What the history has of programs of this test's name. Every row of it.
    [[nodiscard]] std::uint64_t recorded() const
    {
        std::uint64_t bytes = 0;
        {
            auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("recorded"));
            database.setDatabaseName(m_helper->stateDir() + QStringLiteral("/history.db"));
            database.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
            if (!database.open())
                qFatal("%s", qPrintable(database.lastError().text()));
            QSqlQuery query(database);
            if (!query.exec(
                    QStringLiteral("SELECT sum(tx_bytes) FROM bandwidth_records WHERE process_name = 'tst_survival'"))
                || !query.next())
                qFatal("%s", qPrintable(query.lastError().text()));
            bytes = query.value(0).toULongLong();
        }
        QSqlDatabase::removeDatabase(QStringLiteral("recorded"));
        return bytes;
    }

    /// Whether every attached program has another that runs in its place.
    [[nodiscard]] bool hasSuccessors() const
    {
        bool all = true;
        for (const int map : m_manager->duplicatesOf("successor.")) {
            const std::uint32_t slot = 0;
            std::uint32_t program = 0;
            all = bpf_map_lookup_elem(map, &slot, &program) == 0 && program != 0 && all;
            close(map);
        }
        return all;
    }

    /// What the helper says was sent since the set of counters was made, by programs of this test's name.
    [[nodiscard]] std::uint64_t total() const
    {
        std::uint64_t bytes = 0;
        for (const Row& row :
            answer<Frame>(*m_root, QStringLiteral("GetTotals"), {QStringList{QStringLiteral("process")}}).rows)
            if (row.processName == QStringLiteral("tst_survival"))
                bytes += row.numbers.txBytes;
        return bytes;
    }

    [[nodiscard]] QDBusPendingCall asyncCall(const QString& method, const QVariantList& arguments) const
    {
        auto message = QDBusMessage::createMethodCall(
            QString(names::service), QString(names::object), QString(names::interface), method);
        message.setArguments(arguments);
        return m_root->asyncCall(message, 60'000);
    }

    /// Clears a part of the history. What is pending is written first, at once, since it might belong there too.
    [[nodiscard]] QDBusPendingCall clear(std::int64_t sinceMs, std::int64_t untilMs) const
    {
        return asyncCall(QStringLiteral("Clear"), {qulonglong(sinceMs), qulonglong(untilMs)});
    }
    [[nodiscard]] QDBusPendingCall commitNow() const { return clear(0, 1); }

    /// Waits for the answer; false when the helper died before it.
    [[nodiscard]] static bool isDone(const QDBusPendingCall& call)
    {
        return waitUntil([&call] { return call.isFinished(); }) && !call.isError();
    }

    void kill()
    {
        m_helper->signal(SIGKILL);
        QCOMPARE(m_helper->waitForEnd(), std::nullopt);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_bus.start());
        m_root = m_bus.connectAs(0);
    }

    void init()
    {
        m_manager = std::make_unique<ServiceManager>();
        m_helper = std::make_unique<HelperProcess>(m_bus);
        m_helper->setServiceManager(*m_manager);
    }

    void cleanup()
    {
        m_helper.reset();
        m_manager.reset();
    }

    void restartedAfterAWhileItHasWhatWasSentMeanwhile()
    {
        QVERIFY(m_helper->start());
        Sender sender;
        QTRY_VERIFY(total() > 0);
        QCOMPARE(m_helper->stop(), 0);
        const std::uint64_t sentBefore = sender.sent();
        QTRY_VERIFY(sender.sent() > sentBefore + 1000);
        QVERIFY(recorded() <= sentBefore + datagram.size());
        QVERIFY(m_helper->start());
        sender.stop();
        QCOMPARE(total(), sender.sent());
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(recorded(), sender.sent());
    }

    void killedAtAnySystemCallOfExchangeAndCommitItLosesNothing_data()
    {
        QTest::addColumn<QString>("thread");
        QTest::addColumn<QString>("call");
        QTest::addColumn<int>("least");
        const auto add = [](const char* thread, const char* call, int least) {
            QTest::addRow("%s in %s", call, thread)
                << QString::fromLatin1(thread) << QString::fromLatin1(call) << least;
        };
        add("counting", "bpf", 12); // maps, iterators and the exchange itself
        add("counting", "sendmsg", 6); // to the service manager: three maps come, three go
        add("store", "pwrite64", 10);
        add("store", "fdatasync", 1);
        add("store", "ftruncate", 1);
    }

    /// Each kill hits a commit that closes one generation of counters, while another is being counted in.
    void killedAtAnySystemCallOfExchangeAndCommitItLosesNothing()
    {
        QFETCH(const QString, thread);
        QFETCH(const QString, call);
        QFETCH(const int, least);
        constexpr std::uint32_t nearlyCrowded = 9'800; // of 16,384, which are crowded from 9,831 on
        constexpr std::uint32_t nowCrowded = 50;
        QVERIFY(m_helper->start());
        std::uint64_t sent = 0;
        int nth = 1;
        for (bool wasKilled = true; wasKilled; ++nth) {
            QVERIFY(isDone(clear(0, QDateTime::currentMSecsSinceEpoch() + 3'600'000)));
            const std::uint64_t sentBefore = sent;
            sent += burst(nearlyCrowded);
            QVERIFY(isDone(commitNow()));
            QByteArray said;
            {
                Killer killer(m_helper->pid(), thread, call, nth);
                sent += burst(nowCrowded);
                Sender sender;
                // The answer to the second comes from after what follows the commit.
                wasKilled = !isDone(commitNow()) || !isDone(asyncCall(QStringLiteral("GetTotals"), {QStringList()}));
                QTRY_VERIFY(sender.sent() > 0);
                sender.stop();
                sent += sender.sent();
                said = killer.said();
            }
            if (wasKilled) {
                QCOMPARE(m_helper->waitForEnd(), std::nullopt);
                QVERIFY(m_helper->start());
            }
            QVERIFY(isDone(commitNow()));
            const QString where = QStringLiteral("%1 and %2 instead of %3 and %4 after %5: %6")
                                      .arg(total())
                                      .arg(recorded())
                                      .arg(sent)
                                      .arg(sent - sentBefore)
                                      .arg(nth)
                                      .arg(QString::fromUtf8(said));
            QVERIFY2(total() == sent && recorded() == sent - sentBefore, qPrintable(where));
        }
        qInfo() << nth - 2 << "kills";
        QVERIFY(nth - 2 >= least);
    }

    void upgradedDuringATransferItCountsOn()
    {
        constexpr int upgrades = 6; // there and back again, each from the programs of the other
        QVERIFY(m_helper->start());
        QVERIFY(!hasSuccessors());
        Sender sender;
        for (int i = 0; i < upgrades; ++i) {
            const std::uint64_t sentBefore = sender.sent();
            QTRY_VERIFY(sender.sent() > sentBefore + 10'000);
            QCOMPARE(m_helper->stop(), 0);
            m_helper->setProgram(i % 2 == 0 ? QStringLiteral(BWT_NEXT_HELPER) : QStringLiteral(BWT_HELPER));
            QVERIFY(m_helper->start());
            QVERIFY2(hasSuccessors(), "the programs of the earlier build went on");
        }
        QTRY_VERIFY(sender.sent() > 100'000);
        sender.stop();
        QCOMPARE(total(), sender.sent());
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(recorded(), sender.sent());
    }

    void whenTheServiceStopsNothingIsLeft()
    {
        QVERIFY(m_helper->start());
        QTRY_VERIFY(m_manager->kept().contains(QStringLiteral("manifest")));
        std::vector<std::uint32_t> programs;
        for (const int descriptor : m_manager->duplicatesOf("program.")) {
            bpf_prog_info info{};
            std::uint32_t size = sizeof(info);
            QCOMPARE(bpf_obj_get_info_by_fd(descriptor, &info, &size), 0);
            programs.push_back(info.id);
            close(descriptor);
        }
        QVERIFY(programs.size() >= 2);
        QCOMPARE(m_helper->stop(), 0);
        for (const std::uint32_t id : programs)
            QVERIFY2(isLoaded(id), "the counting ended with the helper");
        m_manager->stopService();
        for (const std::uint32_t id : programs)
            QTRY_VERIFY(!isLoaded(id)); // which the kernel does a moment later
    }

    void killedAtRandomMomentsItLosesNothing()
    {
        constexpr int kills = 50;
        QVERIFY(m_helper->start());
        Sender sender;
        std::uint64_t sentWhileDown = 0;
        for (int i = 0; i < kills; ++i) {
            const QDBusPendingCall commits = commitNow();
            QTest::qWait(QRandomGenerator::global()->bounded(400));
            kill();
            const std::uint64_t sentBefore = sender.sent();
            QTRY_VERIFY(sender.sent() > sentBefore);
            QVERIFY(m_helper->start());
            sentWhileDown += sender.sent() - sentBefore;
        }
        sender.stop();
        qInfo() << sender.sent() << "bytes," << sentWhileDown << "of them while no helper ran";
        QVERIFY(sentWhileDown > 0);
        QCOMPARE(total(), sender.sent());
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(recorded(), sender.sent());
    }
};

QTEST_GUILESS_MAIN(SurvivalTest)
#include "tst_survival.moc"
