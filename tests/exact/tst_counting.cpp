// SPDX-License-Identifier: GPL-3.0-or-later
// Moves known numbers of bytes and expects the kernel's counters to equal them. BWT_TEST_BACKEND names the backend
// ("auto" otherwise); BWT_TEST_DIVISOR shortens the long loops, for emulated machines.
#include "dbus/gaps.h"
#include "helper/source/bpfsource.h"
#include "helper/source/trafficsource.h"
#include "peer.h"
#include "sockets.h"
#include "sums.h"
#include "veth.h"

#include <QFileInfo>
#include <QStandardPaths>
#include <QTemporaryFile>
#include <QTest>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace bwt;
using sockets::Socket;

namespace {

QString backend()
{
    return qEnvironmentVariable("BWT_TEST_BACKEND", QStringLiteral("auto"));
}

/// Takes what comes until the other end closes.
quint64 drain(int fd)
{
    std::array<char, 65536> buffer{};
    quint64 total = 0;
    for (ssize_t got = 0; (got = recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
        total += static_cast<quint64>(got);
    return total;
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
    void transfersCountToTheByteOnBothEnds_data();
    void transfersCountToTheByteOnBothEnds();
    void peekedBytesCountOnceWhenTaken();
    void failedAndPartialSendsCountWhatWasSent();
    void sendfileCounts();
    void spliceOutOfASocketCountsUnlessDeclaredAsGap();
    void packetSocketsCountWhatTheySend();
    void rawSocketsHaveNoService();
    void wellKnownPortIsTheService();
    void forkedChildIsAProcessOfItsOwn();
    void newNameNewExecutableAndEndAreSeen();
    void whoGivesUpRootIsCountedAsTheUserFromTheNextFlowOn();
    void threadsLoseNothingWhileCountersAreRead();
    void fullMapStillCountsEveryByte();
    void bytesWithoutRoomAreCountedAsLost();
    void withoutRightsItSaysWhatIsNeeded();

private:
    [[nodiscard]] Reading read() const;
    /// What this test program has moved since init().
    [[nodiscard]] Sum moved(Direction direction) const;
    void compareEnd(const QJsonObject& end, const QString& remote, int protocol) const;

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

void CountingTest::compareEnd(const QJsonObject& end, const QString& remote, int protocol) const
{
    const auto number = [&](const char* name) { return end.value(QLatin1StringView(name)).toInteger(); };
    const auto pid = static_cast<pid_t>(number("pid"));
    const auto ticks = static_cast<quint64>(number("start_ticks"));
    const Reading reading = read();
    for (const auto& [direction, bytes, calls] :
        {std::tuple{Direction::Tx, "tx_bytes", "tx_calls"}, std::tuple{Direction::Rx, "rx_bytes", "rx_calls"}}) {
        const Sum counted = sum(reading, pid, ticks, direction);
        QCOMPARE(counted.bytes, static_cast<quint64>(number(bytes)));
        QCOMPARE(counted.calls, static_cast<quint64>(number(calls)));
        QCOMPARE(counted.keys.size(), 1U);
        QCOMPARE(counted.keys[0].remote, address(remote));
        QCOMPARE(counted.keys[0].protocol, protocol);
        QCOMPARE(counted.keys[0].service, 0);
    }
    const ProcessInfo process = processOf(reading, pid, ticks);
    QCOMPARE(process.name, QByteArray("bwt-traffic"));
    QCOMPARE(process.exe, QStringLiteral(BWT_TRAFFIC));
    QCOMPARE(process.uid, 0U);
    QCOMPARE(process.exitNs, 0U);
}

void CountingTest::transfersCountToTheByteOnBothEnds_data()
{
    QTest::addColumn<QString>("protocol");
    QTest::addColumn<int>("version");
    QTest::addColumn<QString>("prefix"); // of the address that the client is given
    for (const auto& protocol : {QStringLiteral("tcp"), QStringLiteral("udp")}) {
        QTest::addRow("%s, IPv4", qPrintable(protocol)) << protocol << 4 << QString();
        QTest::addRow("%s, IPv6", qPrintable(protocol)) << protocol << 6 << QString();
        QTest::addRow("%s, IPv4 by an IPv6 socket", qPrintable(protocol))
            << protocol << 4 << QStringLiteral("::ffff:");
    }
}

void CountingTest::transfersCountToTheByteOnBothEnds()
{
    QFETCH(QString, protocol);
    QFETCH(int, version);
    QFETCH(QString, prefix);
    const Veth veth;
    QVERIFY2(veth.problem().isEmpty(), qPrintable(veth.problem()));
    const QString near = version == 4 ? veth.near4 : veth.near6;
    const QString far = version == 4 ? veth.far4 : veth.far6;
    const int number = protocol == QStringLiteral("tcp") ? IPPROTO_TCP : IPPROTO_UDP;

    Peer server(QStringLiteral("serve --protocol %1 --netns %2 --address %3 --receive 1234567 --send 3000000")
            .arg(protocol, veth.netns, far));
    QVERIFY2(!server.next().isEmpty(), qPrintable(server.complaints()));
    Peer client(QStringLiteral("connect --protocol %1 --address %2%3 --send 1234567 --receive 3000000")
            .arg(protocol, prefix, far));
    const QJsonObject clientsEnd = client.next();
    const QJsonObject serversEnd = server.next();
    QVERIFY2(!clientsEnd.isEmpty() && !serversEnd.isEmpty(), qPrintable(client.complaints() + server.complaints()));
    compareEnd(clientsEnd, far, number);
    compareEnd(serversEnd, near, number);
}

void CountingTest::peekedBytesCountOnceWhenTaken()
{
    const auto [client, server] = sockets::connectedTcp();
    std::array<char, 1000> data{};
    QCOMPARE(send(client.fd(), data.data(), data.size(), 0), 1000);
    QCOMPARE(recv(server.fd(), data.data(), data.size(), MSG_PEEK | MSG_WAITALL), 1000);
    QCOMPARE(recv(server.fd(), data.data(), data.size(), MSG_PEEK | MSG_WAITALL), 1000);
    QCOMPARE(moved(Direction::Rx).bytes, 0U);
    QCOMPARE(recv(server.fd(), data.data(), 400, MSG_TRUNC), 400);
    QCOMPARE(recv(server.fd(), data.data(), 600, MSG_WAITALL), 600);
    QCOMPARE(moved(Direction::Rx).bytes, 1000U);
    QCOMPARE(moved(Direction::Tx).bytes, 1000U);
}

void CountingTest::failedAndPartialSendsCountWhatWasSent()
{
    // A full socket takes a part, then nothing.
    const auto [client, server] = sockets::connectedTcp();
    const std::vector<char> data(1 << 20);
    quint64 sent = 0;
    for (ssize_t part = 0; (part = send(client.fd(), data.data(), data.size(), MSG_DONTWAIT)) > 0;)
        sent += static_cast<quint64>(part);
    QCOMPARE(errno, EAGAIN);
    QVERIFY(sent > 0 && sent % data.size() != 0);

    // Nobody listens: the first datagram goes, and the second is told.
    const Socket datagrams(AF_INET, SOCK_DGRAM);
    {
        const Socket listener(AF_INET, SOCK_DGRAM);
        sockets::connectTo(datagrams, sockets::loopback(sockets::bindAnywhere(listener)));
    }
    QCOMPARE(send(datagrams.fd(), data.data(), 50, 0), 50);
    QCOMPARE(send(datagrams.fd(), data.data(), 50, 0), -1);
    QCOMPARE(errno, ECONNREFUSED);
    QCOMPARE(moved(Direction::Tx).bytes, sent + 50);
}

void CountingTest::sendfileCounts()
{
    constexpr quint64 size = 3'000'000;
    QTemporaryFile file;
    QVERIFY(file.open() && file.resize(size));
    auto [client, server] = sockets::connectedTcp();
    quint64 received = 0;
    std::thread receiver([&received, fd = server.fd()] { received = drain(fd); });
    quint64 sent = 0;
    for (ssize_t part = 0; (part = sendfile(client.fd(), file.handle(), nullptr, size)) > 0;)
        sent += static_cast<quint64>(part);
    shutdown(client.fd(), SHUT_WR);
    receiver.join();
    QCOMPARE(sent, size);
    QCOMPARE(received, size);
    QCOMPARE(moved(Direction::Tx).bytes, m_source->info().gaps.contains(gap::sendpageTx) ? 0 : size);
    QCOMPARE(moved(Direction::Rx).bytes, size);
}

void CountingTest::spliceOutOfASocketCountsUnlessDeclaredAsGap()
{
    const auto [client, server] = sockets::connectedTcp();
    const std::array<char, 30000> data{};
    QCOMPARE(send(client.fd(), data.data(), data.size(), 0), 30000);
    std::array<int, 2> ends{};
    QCOMPARE(pipe2(ends.data(), O_CLOEXEC), 0);
    const Socket out(ends[0]);
    const Socket in(ends[1]);
    quint64 taken = 0;
    while (taken < data.size()) {
        const ssize_t part = splice(server.fd(), nullptr, in.fd(), nullptr, data.size() - taken, SPLICE_F_MOVE);
        QVERIFY(part > 0);
        taken += static_cast<quint64>(part);
    }
    QCOMPARE(moved(Direction::Rx).bytes, m_source->info().gaps.contains(gap::spliceRx) ? 0 : taken);
}

void CountingTest::packetSocketsCountWhatTheySend()
{
    const Socket packets(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
    sockaddr_ll everywhere{};
    everywhere.sll_family = AF_PACKET;
    everywhere.sll_protocol = htons(ETH_P_802_EX1); // for experiments: nobody takes it
    everywhere.sll_ifindex = static_cast<int>(if_nametoindex("lo"));
    everywhere.sll_halen = ETH_ALEN;
    const std::array<char, 60> frame{};
    QCOMPARE(sendto(packets.fd(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&everywhere),
                 sizeof(everywhere)),
        60);
    std::array<char, 2048> copy{};
    QVERIFY(recv(packets.fd(), copy.data(), copy.size(), 0) > 0);
    const Sum sent = moved(Direction::Tx);
    QCOMPARE(sent.bytes, 60U);
    QCOMPARE(sent.keys.size(), 1U);
    QCOMPARE(sent.keys[0].protocol, protocol::packetSocket);
    QCOMPARE(moved(Direction::Rx).bytes, 0U);
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

void CountingTest::forkedChildIsAProcessOfItsOwn()
{
    const auto [client, server] = sockets::connectedTcp();
    const std::array<char, 1234> data{};
    Child child([fd = client.fd(), &data] {
        send(fd, data.data(), data.size(), 0);
        pause();
    });
    std::array<char, 1234> taken{};
    QCOMPARE(recv(server.fd(), taken.data(), taken.size(), MSG_WAITALL), 1234);
    QTRY_COMPARE(sum(read(), child.pid, startTicks(child.pid), Direction::Tx).bytes, 1234U);
    QCOMPARE(moved(Direction::Tx).bytes, 0U);
    QCOMPARE(moved(Direction::Rx).bytes, 1234U);
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
    QCOMPARE(process().exe, QCoreApplication::applicationFilePath());
    kill(child.pid, SIGCONT);
    QTRY_COMPARE(process().name, QByteArray("sleep"));
    QTRY_COMPARE(
        process().exe, QFileInfo(QStandardPaths::findExecutable(QStringLiteral("sleep"))).canonicalFilePath());
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

void CountingTest::threadsLoseNothingWhileCountersAreRead()
{
    const int sends = 200'000 / std::max(1, qEnvironmentVariableIntValue("BWT_TEST_DIVISOR"));
    const Socket server(AF_INET, SOCK_DGRAM); // reads nothing: what is dropped has been sent all the same
    const auto target = sockets::loopback(sockets::bindAnywhere(server));
    std::array<quint64, 2> sent{};
    std::atomic<int> running = 2;
    const auto work = [&](quint64& bytes) {
        const Socket client(AF_INET, SOCK_DGRAM);
        sockets::connectTo(client, target);
        const std::array<char, 100> data{};
        for (int i = 0; i < sends; ++i)
            bytes += static_cast<quint64>(send(client.fd(), data.data(), data.size(), 0));
        --running;
    };
    std::thread first(work, std::ref(sent[0]));
    std::thread second(work, std::ref(sent[1]));
    quint64 last = 0;
    int readings = 0;
    for (; running > 0; ++readings) {
        const quint64 now = moved(Direction::Tx).bytes;
        QVERIFY(now >= last);
        last = now;
    }
    first.join();
    second.join();
    const Sum counted = moved(Direction::Tx);
    qInfo() << readings << "readings meanwhile";
    QCOMPARE(counted.bytes, sent[0] + sent[1]);
    QCOMPARE(counted.bytes, 200U * static_cast<unsigned>(sends));
}

void CountingTest::fullMapStillCountsEveryByte()
{
    constexpr int remotes = 100;
    auto small = BpfSource::make(backend(), {4, 1024, 1024});
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
    auto tiny = BpfSource::make(backend(), {1, 1, 1});
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
    QCOMPARE(reading->flows.size(), 2U);
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
