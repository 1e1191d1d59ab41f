// SPDX-License-Identifier: GPL-3.0-or-later
// What the counters say of processes and services, and what they do without room or rights; tst_exact has the bytes.
// BWT_TEST_BACKEND names the backend ("auto" otherwise).
#include "dbus/gaps.h"
#include "helper/source/bpfsource.h"
#include "helper/source/trafficsource.h"
#include "sockets.h"
#include "sums.h"

#include <QFileInfo>
#include <QStandardPaths>
#include <QTest>

#include <array>
#include <atomic>
#include <csignal>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace bwt;
using sockets::Socket;

namespace {

QString backend()
{
    return qEnvironmentVariable("BWT_TEST_BACKEND", QStringLiteral("auto"));
}

/// One datagram each to 127.0.0.1, 127.0.0.2 and so on.
void sendTenBytesToEach(std::uint8_t remotes)
{
    for (std::uint8_t host = 1; host <= remotes; ++host) {
        const Socket client(AF_INET, SOCK_DGRAM);
        sockets::connectTo(client, sockets::loopback(9, host));
        const std::array<char, 10> data{};
        if (send(client.fd(), data.data(), data.size(), 0) != 10)
            qFatal("a datagram was not sent");
    }
}

/// A child process, ended and collected with this object.
class Child {
public:
    template <typename Work>
    explicit Child(Work&& work)
        : pid(fork())
    {
        if (pid == 0) {
            work();
            _exit(0);
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() { end(); }

    /// Its wait status.
    int end()
    {
        int status = 0;
        if (m_runs) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
        }
        m_runs = false;
        return status;
    }

    const pid_t pid;

private:
    bool m_runs = true;
};

} // namespace

class CountingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void rawSocketsHaveNoService();
    void wellKnownPortIsTheService();
    void newNameNewExecutableAndEndAreSeen();
    void whoGivesUpRootIsCountedAsTheUserFromTheNextFlowOn();
    void manyThreadsThatWaitAndSendLoseNothing();
    void fullMapStillCountsEveryByte();
    void bytesWithoutRoomAreCountedAsLost();
    void withoutRightsItSaysWhatIsNeeded();

private:
    [[nodiscard]] Reading read() const;
    /// What this test program has moved since init().
    [[nodiscard]] Sum moved(Direction direction) const;
    /// Since init(). Only a backend that declares them may have any.
    [[nodiscard]] quint64 missedCalls() const;

    const quint64 m_startTicks = startTicks(getpid());
    std::unique_ptr<TrafficSource> m_source;
    Reading m_before;
};

void CountingTest::initTestCase()
{
    QVERIFY2(geteuid() == 0, "counting in the kernel needs root");
    auto source = makeTrafficSource(backend());
    QVERIFY2(source, source ? "" : qPrintable(source.error().detail));
    m_source = std::move(*source);
    qInfo() << m_source->info().backend << m_source->info().kernel << m_source->info().gaps;
}

void CountingTest::init()
{
    m_before = read();
}

void CountingTest::cleanup()
{
    if (!m_source->info().gaps.contains(gap::preemption))
        QCOMPARE(read().losses.recursionMisses, m_before.losses.recursionMisses);
}

Reading CountingTest::read() const
{
    const auto reading = m_source->read();
    if (!reading)
        qFatal("%s", qPrintable(reading.error().detail));
    return *reading;
}

Sum CountingTest::moved(Direction direction) const
{
    return growth(sum(m_before, getpid(), m_startTicks, direction), sum(read(), getpid(), m_startTicks, direction));
}

quint64 CountingTest::missedCalls() const
{
    return m_source->info().gaps.contains(gap::preemption)
        ? read().losses.recursionMisses - m_before.losses.recursionMisses
        : 0;
}

void CountingTest::rawSocketsHaveNoService()
{
    // The kernel keeps the protocol, 17, where a UDP socket has its local port.
    const Socket raw(AF_INET, SOCK_RAW, IPPROTO_UDP);
    sockets::connectTo(raw, sockets::loopback(0, 8));
    const std::array<char, 64> malformed{}; // nobody answers it
    QCOMPARE(send(raw.fd(), malformed.data(), malformed.size(), 0), 64);
    const Sum sent = moved(Direction::Tx);
    QCOMPARE(sent.bytes, 64U);
    QCOMPARE(sent.keys.size(), 1U);
    QCOMPARE(sent.keys[0].protocol, IPPROTO_UDP);
    QCOMPARE(sent.keys[0].service, 0);
    QCOMPARE(sent.keys[0].remote, address(QStringLiteral("127.0.0.8")));
}

void CountingTest::wellKnownPortIsTheService()
{
    const Socket client(AF_INET, SOCK_DGRAM);
    const Socket server(AF_INET, SOCK_DGRAM);
    sockets::bindTo(server, sockets::loopback(1023, 9));
    sockets::connectTo(client, sockets::loopback(1023, 9));
    std::array<char, 10> data{};
    QCOMPARE(send(client.fd(), data.data(), data.size(), 0), 10);
    QCOMPARE(recv(server.fd(), data.data(), data.size(), 0), 10);
    const Sum sent = moved(Direction::Tx);
    const Sum received = moved(Direction::Rx);
    QCOMPARE(sent.keys.size(), 1U);
    QCOMPARE(sent.keys[0].service, 1023);
    QCOMPARE(sent.keys[0].remote, address(QStringLiteral("127.0.0.9")));
    QCOMPARE(received.keys.size(), 1U);
    QCOMPARE(received.keys[0].service, 1023);
}

void CountingTest::newNameNewExecutableAndEndAreSeen()
{
    const auto [client, server] = sockets::connectedTcp();
    Child child([fd = client.fd()] {
        send(fd, "x", 1, 0);
        prctl(PR_SET_NAME, "renamed");
        raise(SIGSTOP);
        execlp("sleep", "sleep", "1000", nullptr);
    });
    QCOMPARE(waitpid(child.pid, nullptr, WUNTRACED), child.pid);
    const quint64 ticks = startTicks(child.pid);
    const auto process = [&] { return processOf(read(), child.pid, ticks); };
    QCOMPARE(process().name, QByteArray("renamed"));
    QCOMPARE(process().exe.path, QFile::encodeName(QCoreApplication::applicationFilePath()));
    kill(child.pid, SIGCONT);
    QTRY_COMPARE(process().name, QByteArray("sleep"));
    const QFileInfo sleep(QStandardPaths::findExecutable(QStringLiteral("sleep")));
    QTRY_COMPARE(process().exe.path, QFile::encodeName(sleep.canonicalFilePath()));
    QCOMPARE(process().exitNs, 0U);
    child.end();
    QVERIFY(process().exitNs > process().id.startNs);
    QCOMPARE(process().name, QByteArray("sleep"));
}

void CountingTest::whoGivesUpRootIsCountedAsTheUserFromTheNextFlowOn()
{
    const auto [client, server] = sockets::connectedTcp();
    const Socket other(AF_INET, SOCK_DGRAM);
    sockets::connectTo(other, sockets::loopback(9));
    Child child([tcp = client.fd(), udp = other.fd()] {
        send(tcp, "x", 1, 0);
        if (setuid(4242) == 0)
            send(udp, "x", 1, 0);
        pause();
    });
    const quint64 ticks = startTicks(child.pid);
    QTRY_COMPARE(sum(read(), child.pid, ticks, Direction::Tx).bytes, 2U);
    QCOMPARE(processOf(read(), child.pid, ticks).uid, 4242U);
}

void CountingTest::manyThreadsThatWaitAndSendLoseNothing()
{
    constexpr unsigned threads = 64;
    const unsigned sends
        = 3'000U / static_cast<unsigned>(std::max(1, qEnvironmentVariableIntValue("BWT_TEST_DIVISOR")));
    const Socket sink(AF_INET, SOCK_DGRAM); // reads nothing
    const auto target = sockets::loopback(sockets::bindAnywhere(sink));
    std::vector<Socket> ends;
    std::vector<sockaddr_in> addresses;
    std::vector<std::thread> workers;
    std::atomic<quint64> sent = 0;
    ends.reserve(threads);
    addresses.reserve(threads);
    workers.reserve(threads);
    for (unsigned i = 0; i < threads; ++i)
        ends.emplace_back(AF_INET, SOCK_DGRAM);
    for (const Socket& end : ends)
        addresses.push_back(sockets::loopback(sockets::bindAnywhere(end)));
    for (const Socket& end : ends)
        workers.emplace_back([&] {
            std::array<char, 100> data{};
            recv(end.fd(), data.data(), data.size(), 0);
            for (unsigned i = 0; i < sends; ++i)
                sent += static_cast<quint64>(sendto(end.fd(), data.data(), data.size(), 0,
                    reinterpret_cast<const sockaddr*>(&target), sizeof(target)));
        });
    const std::array<char, 100> go{};
    for (const sockaddr_in& address : addresses)
        sendto(sink.fd(), go.data(), go.size(), 0, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    for (std::thread& worker : workers)
        worker.join();
    const quint64 missed = 100 * missedCalls();
    QCOMPARE(sent, 100U * threads * sends);
    const quint64 all = sent + 2 * 100U * threads; // the word to go too, both ways
    const quint64 counted = moved(Direction::Tx).bytes + moved(Direction::Rx).bytes;
    qInfo() << "counted" << counted << "of" << all << "bytes";
    QCOMPARE(counted + missed, all);
}

void CountingTest::fullMapStillCountsEveryByte()
{
    constexpr int remotes = 100;
    auto small = BpfSource::make(backend(), {{4, 1024, 1024}});
    QVERIFY(small);
    sendTenBytesToEach(remotes);
    const auto reading = (*small)->read();
    QVERIFY(reading);
    const Sum sent = sum(*reading, getpid(), m_startTicks, Direction::Tx);
    QCOMPARE(sent.bytes, 10U * remotes);
    QVERIFY(sent.keys.size() <= 5);
    QVERIFY(std::ranges::find(sent.keys, Address{}, &FlowKey::remote) != sent.keys.end());
    QVERIFY(reading->losses.coarseCalls >= remotes - 4);
    QCOMPARE(reading->losses.lostTxBytes, 0U);
}

void CountingTest::bytesWithoutRoomAreCountedAsLost()
{
    auto tiny = BpfSource::make(backend(), {{1, 1, 1}});
    QVERIFY(tiny);
    sendTenBytesToEach(5);
    Child child([] { sendTenBytesToEach(5); }); // another process, so that the coarse map's only key is another's
    siginfo_t end{};
    QCOMPARE(waitid(P_PID, static_cast<id_t>(child.pid), &end, WEXITED | WNOWAIT), 0);
    const auto reading = (*tiny)->read();
    QVERIFY(reading);
    quint64 counted = 0;
    for (const FlowCounter& flow : reading->flows)
        counted += flow.bytes;
    QVERIFY(reading->losses.lostTxBytes > 0);
    QVERIFY(counted + reading->losses.lostTxBytes + reading->losses.lostRxBytes >= 100U);
    QVERIFY(reading->losses.unknownProcesses > 0);
}

void CountingTest::withoutRightsItSaysWhatIsNeeded()
{
    Child child([] {
        if (setresuid(65534, 65534, 65534) != 0)
            _exit(2);
        const auto source = makeTrafficSource(backend());
        const bool isClear = !source && source.error().code == ErrorCode::NotCounting
            && source.error().detail.contains(QStringLiteral("needs root"));
        _exit(isClear ? 0 : 1);
    });
    siginfo_t end{};
    QCOMPARE(waitid(P_PID, static_cast<id_t>(child.pid), &end, WEXITED | WNOWAIT), 0);
    QCOMPARE(end.si_code, CLD_EXITED);
    QCOMPARE(end.si_status, 0);
}

QTEST_GUILESS_MAIN(CountingTest)
#include "tst_counting.moc"
