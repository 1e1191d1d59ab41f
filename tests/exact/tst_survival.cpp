// SPDX-License-Identifier: GPL-3.0-or-later
// Counting outlives the helper: what was sent is in the history once, however the helper ends and whatever it did
// then.
#include "dbus/gaps.h"
#include "dbus/losses.h"
#include "dbus/names.h"
#include "dbus/row.h"
#include "sockets.h"
#include "tests/dbus/fakesystemd.h"
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
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <bpf/bpf.h>
#include <csignal>
#include <fcntl.h>
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

/// Asks a name server of its own, and has it answer as often: 700 bytes, of which a thousand don't find room at once.
void hearAnswers(int times)
{
    sockets::inNewNamespace([times] {
        const sockets::Socket server(AF_INET, SOCK_DGRAM);
        const sockets::Socket client(AF_INET, SOCK_DGRAM);
        const std::uint16_t port = sockets::bindAnywhere(client);
        sockets::bindTo(server, sockets::loopback(53));
        sockets::connectTo(client, sockets::loopback(53));
        sockets::connectTo(server, sockets::loopback(port));
        std::array<char, 700> message{};
        QCOMPARE(send(client.fd(), message.data(), 12, 0), 12);
        for (int i = 0; i < times; ++i) {
            QCOMPARE(send(server.fd(), message.data(), message.size(), 0), ssize_t(message.size()));
            QCOMPARE(recv(client.fd(), message.data(), message.size(), 0), ssize_t(message.size()));
        }
    });
}

struct Bytes {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;

    Bytes operator+(const Bytes& other) const { return {sent + other.sent, received + other.received}; }
    Bytes operator-(const Bytes& other) const { return {sent - other.sent, received - other.received}; }
    friend bool operator==(const Bytes&, const Bytes&) = default;
};

[[maybe_unused]] char* toString(const Bytes& bytes)
{
    return qstrdup(qPrintable(QStringLiteral("%1 sent, %2 received").arg(bytes.sent).arg(bytes.received)));
}

/// A TCP connection of this process with itself. What is spliced out of it no call's return tells.
class Stream {
public:
    Stream()
    {
        const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const target = reinterpret_cast<sockaddr*>(&address);
        m_near = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(listener, target, size) != 0 || listen(listener, 1) != 0 || getsockname(listener, target, &size) != 0
            || connect(m_near, target, size) != 0 || pipe2(m_pipe.data(), O_CLOEXEC) != 0)
            qFatal("no stream");
        m_far = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        close(listener);
    }
    ~Stream()
    {
        for (const int fd : {m_near, m_far, m_pipe[0], m_pipe[1]})
            close(fd);
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    /// Sends a piece, and takes it out in one way or another.
    Bytes pass()
    {
        std::array<char, 100> piece{};
        const ssize_t sent = send(m_near, piece.data(), piece.size(), 0);
        m_splices = !m_splices;
        const ssize_t received = m_splices ? splice(m_far, nullptr, m_pipe[1], nullptr, piece.size(), 0)
                                           : recv(m_far, piece.data(), piece.size(), 0);
        if (m_splices && read(m_pipe[0], piece.data(), piece.size()) != received)
            qFatal("the pipe holds something else");
        return {static_cast<std::uint64_t>(std::max<ssize_t>(0, sent)),
            static_cast<std::uint64_t>(std::max<ssize_t>(0, received))};
    }

private:
    int m_near = -1;
    int m_far = -1;
    std::array<int, 2> m_pipe{-1, -1};
    bool m_splices = false;
};

/// Sends from this process, and receives, as long as it lives.
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
    /// Ends it: all there was.
    Bytes stop()
    {
        m_stops = true;
        if (m_thread.joinable())
            m_thread.join();
        return {m_sent, m_received};
    }

private:
    void work()
    {
        const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        Stream stream;
        for (std::uint32_t i = 0; !m_stops; ++i) {
            m_sent += sendTo(socket, 0x7f000001U + i % 3);
            if (i % 5 == 0) {
                const Bytes passed = stream.pass();
                m_sent += passed.sent;
                m_received += passed.received;
            }
            if (i % 50 == 0)
                usleep(1000); // or it would take a processor for itself
        }
        close(socket);
    }

    std::atomic<std::uint64_t> m_sent = 0;
    std::atomic<std::uint64_t> m_received = 0;
    std::atomic<bool> m_stops = false;
    std::thread m_thread;
};

/// Sends once to each of so many remotes that were never sent to before, from a process that then ends.
Bytes burst(std::uint32_t remotes)
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
    return {remotes * datagram.size(), 0};
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

/// The system calls of a helper's first thread until it is ready, that change what the next one finds.
class Upgrade {
public:
    /// Starts the helper and stops it: which calls of that kind these are.
    [[nodiscard]] std::vector<int> momentsOf(HelperProcess& helper, const QString& call) const
    {
        std::vector<int> moments;
        int nth = 0;
        for (const QByteArray& line : trace(helper, call)) {
            if (!line.startsWith(call.toLatin1()))
                continue;
            ++nth;
            if (changesSomething(line))
                moments.push_back(nth);
        }
        return moments;
    }

    /// Likewise: which bpf() call has the first program succeeded. The service manager has confirmed
    /// just before that it keeps the new maps.
    [[nodiscard]] int firstSuccession(HelperProcess& helper) const
    {
        int nth = 0;
        bool isNext = false;
        for (const QByteArray& line : trace(helper, QStringLiteral("bpf"))) {
            nth += line.startsWith("bpf(") ? 1 : 0;
            if (isNext && line.startsWith("bpf(BPF_MAP_UPDATE_ELEM"))
                return nth;
            isNext = line.startsWith("sendmsg(");
        }
        return 0;
    }

    [[nodiscard]] static QStringList killedAt(const QString& call, int nth)
    {
        return injecting(QStringLiteral("%1:signal=SIGKILL:when=%2").arg(call).arg(nth));
    }
    [[nodiscard]] static QStringList refusedAt(const QString& call, int nth)
    {
        return injecting(QStringLiteral("%1:error=EPERM:when=%2").arg(call).arg(nth));
    }

private:
    /// One that is not the helper's parent, so that the helper is ours. A sanitizer can't look for leaks beside it.
    [[nodiscard]] static QStringList tracer(const QStringList& options)
    {
        return QStringList{QStringLiteral("strace"), QStringLiteral("-D"), QStringLiteral("-E"),
                   QStringLiteral("ASAN_OPTIONS=detect_leaks=0")}
        + options;
    }

    [[nodiscard]] static QStringList injecting(const QString& fault)
    {
        return tracer({QStringLiteral("-o"), QStringLiteral("/dev/null"), QStringLiteral("-e"),
            QStringLiteral("trace=") + fault.section(QLatin1Char(':'), 0, 0), QStringLiteral("-e"),
            QStringLiteral("inject=") + fault});
    }

    /// Starts the helper and stops it: its calls of that kind until it is ready, and its messages.
    [[nodiscard]] QByteArrayList trace(HelperProcess& helper, const QString& call) const
    {
        const QString path = m_directory.filePath(QStringLiteral("calls"));
        helper.setTracer(
            tracer({QStringLiteral("-o"), path, QStringLiteral("-e"), QStringLiteral("trace=sendmsg,") + call}));
        if (!helper.start() || helper.stop() != 0)
            qFatal("the helper fails under strace");
        helper.setTracer({});
        QByteArrayList lines = linesOf(path);
        const auto ready
            = std::ranges::find_if(lines, [](const QByteArray& line) { return line.contains("READY=1"); });
        lines.erase(ready, lines.end());
        return lines;
    }

    [[nodiscard]] static QByteArrayList linesOf(const QString& path)
    {
        QByteArray text;
        const bool isWhole = waitUntil([&] {
            QFile file(path);
            text = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
            return text.contains("+++ exited");
        });
        if (!isWhole)
            qFatal("strace does not end");
        return text.split('\n');
    }

    /// Loading programs and making maps of its own doesn't, nor does reading.
    [[nodiscard]] static bool changesSomething(const QByteArray& line)
    {
        constexpr std::array harmless{"BPF_PROG_LOAD", "BPF_BTF_LOAD", "BPF_MAP_CREATE", "BPF_OBJ_GET_INFO",
            "BPF_MAP_FREEZE", "BPF_PROG_BIND_MAP"};
        return std::ranges::none_of(harmless, [&line](const char* command) { return line.contains(command); });
    }

    QTemporaryDir m_directory;
};

} // namespace

class SurvivalTest : public QObject {
    Q_OBJECT
private:
    PrivateBus m_bus;
    std::optional<QDBusConnection> m_root;
    std::unique_ptr<ServiceManager> m_manager;
    std::unique_ptr<HelperProcess> m_helper;
    Upgrade m_upgrade;

    /// What the history has of programs of this test's name. Every row of it.
    [[nodiscard]] Bytes recorded() const
    {
        Bytes bytes;
        {
            auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("recorded"));
            database.setDatabaseName(m_helper->stateDir() + QStringLiteral("/history.db"));
            database.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
            if (!database.open())
                qFatal("%s", qPrintable(database.lastError().text()));
            QSqlQuery query(database);
            if (!query.exec(QStringLiteral("SELECT sum(tx_bytes), sum(rx_bytes) FROM bandwidth_records "
                                           "WHERE process_name = 'tst_survival'"))
                || !query.next())
                qFatal("%s", qPrintable(query.lastError().text()));
            bytes = {query.value(0).toULongLong(), query.value(1).toULongLong()};
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

    /// Ids of the kept ones, in the kernel.
    [[nodiscard]] std::vector<std::uint32_t> countingPrograms() const
    {
        std::vector<std::uint32_t> ids;
        for (const int descriptor : m_manager->duplicatesOf("program.")) {
            bpf_prog_info info{};
            std::uint32_t size = sizeof(info);
            if (bpf_obj_get_info_by_fd(descriptor, &info, &size) != 0)
                qFatal("a kept program is none");
            ids.push_back(info.id);
            close(descriptor);
        }
        return ids;
    }

    /// What the helper says of the time since the set of counters was made, of programs of this test's name.
    [[nodiscard]] Bytes total() const
    {
        Bytes bytes;
        for (const Row& row :
            answer<Frame>(*m_root, QStringLiteral("GetTotals"), {QStringList{QStringLiteral("process")}}).rows)
            if (row.processName == QStringLiteral("tst_survival"))
                bytes = bytes + Bytes{row.numbers.txBytes, row.numbers.rxBytes};
        return bytes;
    }

    /// As the newest tick has it.
    [[nodiscard]] quint64 lost(QLatin1StringView code) const
    {
        const QList<Loss> losses = answer<Status>(*m_root, QStringLiteral("Status")).losses;
        const auto found = std::ranges::find(losses, QString(code), &Loss::code);
        return found == losses.end() ? 0 : found->count;
    }

    /// How many packets they sent; nothing where those are not counted.
    [[nodiscard]] std::optional<quint64> packets() const
    {
        std::optional<quint64> packets;
        for (const Row& row :
            answer<Frame>(*m_root, QStringLiteral("GetTotals"), {QStringList{QStringLiteral("process")}}).rows)
            if (row.processName == QStringLiteral("tst_survival") && row.numbers.txPackets)
                packets = packets.value_or(0) + *row.numbers.txPackets;
        return packets;
    }
    [[nodiscard]] bool lacksPackets() const
    {
        return answer<Status>(*m_root, QStringLiteral("Status")).gaps.contains(gap::packetsAndWireBytes);
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
        return asyncCall(QStringLiteral("Clear"), {qulonglong(sinceMs), qulonglong(untilMs), QString(), QString()});
    }
    [[nodiscard]] QDBusPendingCall commitNow() const { return clear(0, 1); }

    /// Waits for the answer; false when the helper died before it.
    [[nodiscard]] static bool isDone(const QDBusPendingCall& call)
    {
        return waitUntil([&call] { return call.isFinished(); }) && !call.isError();
    }

    /// What is told and stored, where it isn't what it has to be.
    [[nodiscard]] QByteArray difference(const Bytes& counted, const Bytes& inHistory) const
    {
        const Bytes told = total();
        const Bytes stored = recorded();
        if (told == counted && stored == inHistory)
            return {};
        const auto text
            = [](const Bytes& bytes) { return QByteArray(std::unique_ptr<char[]>(toString(bytes)).get()); };
        return text(told) + " and " + text(stored) + " instead of " + text(counted) + " and " + text(inHistory);
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
        QTRY_VERIFY(total().sent > 0);
        QCOMPARE(m_helper->stop(), 0);
        const std::uint64_t sentBefore = sender.sent();
        QTRY_VERIFY(sender.sent() > sentBefore + 1000);
        QVERIFY(recorded().sent < sentBefore + 1000);
        QVERIFY(m_helper->start());
        const Bytes passed = sender.stop();
        QCOMPARE(total(), passed);
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(recorded(), passed);
    }

    void packetsAreSwitchedOffAndOnByARestart()
    {
        QVERIFY(m_helper->start());
        Sender sender;
        QTRY_VERIFY(packets().value_or(0) > 0);
        QVERIFY(!lacksPackets());
        QCOMPARE(m_helper->stop(), 0);
        QVERIFY(m_helper->start({QStringLiteral("--wire"), QStringLiteral("off")}));
        QVERIFY(lacksPackets());
        QCOMPARE(packets(), std::nullopt);
        QCOMPARE(m_helper->stop(), 0);
        QVERIFY(m_helper->start());
        QVERIFY(!lacksPackets());
        const quint64 counted = packets().value_or(0);
        QVERIFY(counted > 0);
        QTRY_VERIFY(packets().value_or(0) > counted);
        const Bytes passed = sender.stop();
        QCOMPARE(total(), passed);
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(recorded(), passed);
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
        add("counting", "sendmsg", 10); // to the service manager: five maps come, five go
        add("store", "pwrite64", 10);
        add("store", "fdatasync", 1);
        add("store", "ftruncate", 1);
    }

    /// Each kill hits a commit that closes one generation of counters, while another is being counted in. Without
    /// packets, whose counters go with those of programs, and would triple what each round has to write.
    void killedAtAnySystemCallOfExchangeAndCommitItLosesNothing()
    {
        QFETCH(const QString, thread);
        QFETCH(const QString, call);
        QFETCH(const int, least);
        constexpr std::uint32_t nearlyCrowded = 9'800; // of 16,384, which are crowded from 9,831 on
        constexpr std::uint32_t nowCrowded = 50;
        const QStringList withoutPackets{QStringLiteral("--wire"), QStringLiteral("off")};
        QVERIFY(m_helper->start(withoutPackets));
        Bytes sent;
        int nth = 1;
        for (bool wasKilled = true; wasKilled; ++nth) {
            QVERIFY(isDone(clear(0, QDateTime::currentMSecsSinceEpoch() + 3'600'000)));
            const Bytes sentBefore = sent;
            sent = sent + burst(nearlyCrowded);
            QVERIFY(isDone(commitNow()));
            QByteArray said;
            {
                Killer killer(m_helper->pid(), thread, call, nth);
                sent = sent + burst(nowCrowded);
                Sender sender;
                // The answer to the second comes from after what follows the commit.
                wasKilled = !isDone(commitNow()) || !isDone(asyncCall(QStringLiteral("GetTotals"), {QStringList()}));
                QTRY_VERIFY(sender.sent() > 0);
                sent = sent + sender.stop();
                said = killer.said();
            }
            if (wasKilled) {
                QCOMPARE(m_helper->waitForEnd(), std::nullopt);
                QVERIFY(m_helper->start(withoutPackets));
            }
            QVERIFY(isDone(commitNow()));
            const QByteArray wrong = difference(sent, sent - sentBefore);
            QVERIFY2(wrong.isEmpty(), QByteArray(wrong + " after " + QByteArray::number(nth) + ": " + said));
        }
        qInfo() << nth - 2 << "kills";
        QVERIFY(nth - 2 >= least);
    }

    void upgradedDuringATransferItCountsOn()
    {
        const QStringList builds{// each from the programs of another, or from maps of another layout
            QStringLiteral(BWT_NEXT_HELPER), QStringLiteral(BWT_RELAID_HELPER), QStringLiteral(BWT_HELPER),
            QStringLiteral(BWT_RELAID_HELPER), QStringLiteral(BWT_NEXT_HELPER), QStringLiteral(BWT_HELPER)};
        QVERIFY(m_helper->start());
        QVERIFY(!hasSuccessors());
        Sender sender;
        for (const QString& build : builds) {
            const std::uint64_t sentBefore = sender.sent();
            QTRY_VERIFY(sender.sent() > sentBefore + 10'000);
            QCOMPARE(m_helper->stop(), 0);
            m_helper->setProgram(build);
            QVERIFY(m_helper->start());
            QVERIFY2(hasSuccessors(), "the programs of the earlier build went on");
        }
        QTRY_VERIFY(sender.sent() > 100'000);
        const Bytes passed = sender.stop();
        QCOMPARE(total(), passed);
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(recorded(), passed);
    }

    void killedAtAnySystemCallOfAnUpgradeItLosesNothing_data()
    {
        QTest::addColumn<QString>("call");
        QTest::addColumn<int>("least");
        QTest::addRow("bpf") << QStringLiteral("bpf") << 25; // as many hooks, at least, as any kernel has
        QTest::addRow("sendmsg") << QStringLiteral("sendmsg") << 10; // maps of the new layout come, the old arrays go
        QTest::addRow("pwrite64") << QStringLiteral("pwrite64") << 3;
    }

    /// To maps of another layout. After one kill the new build begins again, after the next the old one.
    void killedAtAnySystemCallOfAnUpgradeItLosesNothing()
    {
        QFETCH(const QString, call);
        QFETCH(const int, least);
        const QString old = QStringLiteral(BWT_HELPER);
        const QString upgraded = QStringLiteral(BWT_RELAID_HELPER);
        const auto runOnce = [this](const QString& build) {
            m_helper->setProgram(build);
            return m_helper->start() && m_helper->stop() == 0;
        };
        QVERIFY(runOnce(old));
        m_helper->setProgram(upgraded);
        const std::vector<int> moments = m_upgrade.momentsOf(*m_helper, call);
        Bytes all;
        for (const int nth : moments) {
            QVERIFY(runOnce(old));
            Sender sender;
            m_helper->setProgram(upgraded);
            m_helper->setTracer(Upgrade::killedAt(call, nth));
            QVERIFY2(!m_helper->start(), qPrintable(QStringLiteral("not killed at %1").arg(nth)));
            QCOMPARE(m_helper->waitForEnd(), std::nullopt);
            m_helper->setTracer({});
            m_helper->setProgram(nth % 2 == 0 ? old : upgraded);
            QVERIFY(m_helper->start());
            QVERIFY2(hasSuccessors(), QByteArray::number(nth));
            const std::uint64_t sentBefore = sender.sent();
            QTRY_VERIFY(sender.sent() > sentBefore);
            all = all + sender.stop();
            QVERIFY(isDone(commitNow()));
            const QByteArray wrong = difference(all, all);
            QVERIFY2(wrong.isEmpty(), QByteArray(wrong + " after " + QByteArray::number(nth)));
            QCOMPARE(m_helper->stop(), 0);
        }
        qInfo() << moments.size() << "kills";
        QVERIFY(int(moments.size()) >= least);
    }

    void whereAnUpgradeIsRefusedHalfwayBothLayoutsCount()
    {
        const auto arrays = [this] { return m_manager->kept().filter(QStringLiteral("flow_maps.")).size(); };
        QVERIFY(m_helper->start());
        QCOMPARE(m_helper->stop(), 0);
        m_helper->setProgram(QStringLiteral(BWT_RELAID_HELPER));
        const int nth = m_upgrade.firstSuccession(*m_helper);
        QVERIFY(nth > 0);
        m_helper->setProgram(QStringLiteral(BWT_HELPER));
        QVERIFY(m_helper->start());
        QCOMPARE(m_helper->stop(), 0);
        m_helper->setProgram(QStringLiteral(BWT_RELAID_HELPER));
        m_helper->setTracer(Upgrade::refusedAt(QStringLiteral("bpf"), nth));
        QVERIFY(m_helper->start());
        m_helper->setTracer({});
        QVERIFY(m_helper->waitForLog(
            QStringLiteral("an earlier build's program goes on at \"tracepoint/sock/sock_send_length\"")));
        QCOMPARE(arrays(), 2);
        Sender first;
        QTRY_VERIFY(first.sent() > 10'000);
        const Bytes before = first.stop();
        QCOMPARE(total(), before);
        QVERIFY(isDone(commitNow()));
        QCOMPARE(recorded(), before);
        Sender second;
        QTRY_VERIFY(second.sent() > 10'000);
        QCOMPARE(m_helper->stop(), 0);
        QVERIFY(m_helper->start());
        QCOMPARE(arrays(), 1);
        const Bytes passed = before + second.stop();
        QCOMPARE(total(), passed);
        QVERIFY(isDone(commitNow()));
        QCOMPARE(m_manager->kept().filter(QStringLiteral("layout.")).size(), 1); // what they counted is closed
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(recorded(), passed);
    }

    void whatNameServersAnswerIsReadByTheNextHelper()
    {
        QVERIFY(m_helper->start());
        QCOMPARE(m_helper->stop(), 0);
        QVERIFY(m_helper->start());
        for (int i = 0; i < 4; ++i) {
            hearAnswers(400); // for which there is room
            static_cast<void>(total()); // has it look
        }
        hearAnswers(2'000); // for half of which there is
        QTRY_VERIFY(lost(loss::missedAnswers) > 0);
        QVERIFY(lost(loss::missedAnswers) < 1'600);
    }

    void aSetThatCannotBeReadIsGivenUpAndToldAsALoss()
    {
        const auto givenUp = [this] { return lost(loss::countersGivenUp); };
        QVERIFY(m_helper->start());
        QCOMPARE(givenUp(), 0U);
        QCOMPARE(m_helper->stop(), 0);
        const QStringList kept = m_manager->kept();
        m_manager->lose("layout.");
        QVERIFY(m_helper->start());
        QVERIFY(m_helper->waitForLog(QStringLiteral("counters are given up")));
        QTRY_COMPARE(givenUp(), 1U); // from the first tick on
        Sender sender;
        QTRY_VERIFY(total().received > 0);
        const Bytes passed = sender.stop();
        QCOMPARE(total(), passed);
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(m_manager->kept(), kept); // nothing twice
        QVERIFY(m_helper->start());
        QTRY_COMPARE(givenUp(), 1U);
        QCOMPARE(total(), passed);
    }

    void whenTheServiceStopsNothingIsLeft()
    {
        FakeSystemd systemd(m_bus);
        QVERIFY(systemd.start());
        QVERIFY(m_helper->start());
        QTRY_VERIFY(m_manager->kept().contains(QStringLiteral("manifest")));
        const std::vector<std::uint32_t> programs = countingPrograms();
        QVERIFY(programs.size() >= 2);
        Sender sender;
        QTRY_VERIFY(total().received > 0);
        const Bytes passed = sender.stop();
        systemd.setJob(QStringLiteral("stop"));
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(m_manager->kept(), QStringList());
        for (const std::uint32_t id : programs)
            QTRY_VERIFY(!isLoaded(id)); // which the kernel does a moment later
        QCOMPARE(recorded(), passed);
    }

    void whenTheServiceRestartsOrNobodyTellsEverythingIsLeft()
    {
        FakeSystemd systemd(m_bus);
        QVERIFY(m_helper->start());
        const std::vector<std::uint32_t> programs = countingPrograms();
        QCOMPARE(m_helper->stop(), 0); // without systemd
        QVERIFY(systemd.start());
        for (const char* job : {"", "restart"}) {
            QVERIFY(m_helper->start());
            systemd.setJob(QString::fromLatin1(job));
            QCOMPARE(m_helper->stop(), 0);
        }
        QCOMPARE(countingPrograms(), programs);
        m_manager->stopService();
        for (const std::uint32_t id : programs)
            QTRY_VERIFY(!isLoaded(id));
    }

    void whereTheServiceManagerKeepsNothingTheStatusSaysSo()
    {
        QVERIFY(m_helper->start());
        QVERIFY(answer<Status>(*m_root, QStringLiteral("Status")).outlives);
        QCOMPARE(m_helper->stop(), 0);
        m_manager->stopService();
        m_manager->keepNothing();
        QVERIFY(m_helper->start());
        QVERIFY(!answer<Status>(*m_root, QStringLiteral("Status")).outlives);
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
        const Bytes passed = sender.stop();
        qInfo() << passed.sent << "bytes," << sentWhileDown << "of them while no helper ran";
        QVERIFY(sentWhileDown > 0);
        QCOMPARE(total(), passed);
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(recorded(), passed);
    }
};

QTEST_GUILESS_MAIN(SurvivalTest)
#include "tst_survival.moc"
