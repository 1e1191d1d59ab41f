// SPDX-License-Identifier: GPL-3.0-or-later
// IP bytes and packets against what the firewall counts at the cable's other end, to the byte and the packet.
// BWT_TEST_BACKEND names the backend ("auto" otherwise).
#include "dbus/gaps.h"
#include "helper/source/bpfsource.h"
#include "meter.h"
#include "sockets.h"
#include "sums.h"
#include "veth.h"
#include "wiretap.h"

#include <QTest>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstring>
#include <functional>
#include <linux/udp.h>
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace bwt;
using sockets::Socket;

namespace {

constexpr std::size_t many = 3'000'000;
constexpr std::uint16_t port = 9000;
constexpr int allSegments = 65535;

struct End {
    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_storage);

    sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

End endAt(const QString& text, std::uint16_t at)
{
    End end;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&end.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&end.storage);
    if (inet_pton(AF_INET, qPrintable(text), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(at);
        end.length = sizeof(*v4);
    } else {
        inet_pton(AF_INET6, qPrintable(text), &v6->sin6_addr);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(at);
        end.length = sizeof(*v6);
    }
    return end;
}

int must(ssize_t result, const char* what)
{
    if (result < 0)
        qFatal("%s: %s", what, std::strerror(errno));
    return static_cast<int>(result);
}

Socket boundAt(const QString& address, int type, std::uint16_t at = port, int room = 8 << 20)
{
    End end = endAt(address, at);
    Socket socket(end.storage.ss_family, type);
    const int yes = 1;
    must(setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), "SO_REUSEADDR");
    must(setsockopt(socket.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)), "SO_RCVBUFFORCE");
    must(bind(socket.fd(), end.raw(), end.length), "bind");
    if (type == SOCK_STREAM)
        must(listen(socket.fd(), 8), "listen");
    return socket;
}

void connectTo(const Socket& socket, End end)
{
    must(connect(socket.fd(), end.raw(), end.length), "connect");
}

Socket connectedTo(const QString& address, int type, std::uint16_t at = port)
{
    End end = endAt(address, at);
    Socket socket(end.storage.ss_family, type);
    connectTo(socket, end);
    return socket;
}

Socket accepted(const Socket& listener)
{
    return Socket(must(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

void sendAll(const Socket& socket, std::size_t bytes)
{
    const std::vector<char> data(std::min<std::size_t>(bytes, 100'000));
    for (std::size_t sent = 0; sent < bytes;)
        sent += static_cast<std::size_t>(
            must(send(socket.fd(), data.data(), std::min(data.size(), bytes - sent), 0), "send"));
}

/// That many bytes, or to the end.
std::size_t receiveAll(const Socket& socket, std::size_t bytes = SIZE_MAX)
{
    std::vector<char> room(100'000);
    std::size_t received = 0;
    while (received < bytes) {
        const int more = must(recv(socket.fd(), room.data(), std::min(room.size(), bytes - received), 0), "recv");
        if (more == 0)
            break;
        received += static_cast<std::size_t>(more);
    }
    return received;
}

/// Says that it has nothing more to send, and waits for the other end to say so.
void finish(const Socket& socket)
{
    must(shutdown(socket.fd(), SHUT_WR), "shutdown");
    static_cast<void>(receiveAll(socket));
}

std::uint32_t namespaceOfThisThread()
{
    struct stat status{};
    must(stat("/proc/thread-self/ns/net", &status), "stat");
    return static_cast<std::uint32_t>(status.st_ino);
}

/// Runs it in a child, which the function returns to wait for.
pid_t inChild(const std::function<void()>& work)
{
    const pid_t pid = must(fork(), "fork");
    if (pid == 0) {
        work();
        _exit(0);
    }
    return pid;
}

bool hasEnded(pid_t pid)
{
    int status = -1;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

class WireBytesTest : public QObject {
    Q_OBJECT

private:
    /// Whose packets: everyone's, or one process's; 0 is the kernel.
    using Whose = std::optional<pid_t>;

    /// Since the last restart(), on this side's end of the cable.
    [[nodiscard]] Passed counted(Whose whose = {}) const;
    [[nodiscard]] Passed tapped() const { return m_tap->passed() - m_tappedBefore; }
    void restart();
    /// A connection from this side (client) to the other (server).
    [[nodiscard]] sockets::Pair connected(const QString& address, int type);

    std::optional<Veth> m_cable;
    std::optional<Wiretap> m_tap;
    std::unique_ptr<TrafficSource> m_source;
    Reading m_before;
    Passed m_tappedBefore;
    std::uint32_t m_ifindex = 0;
    std::uint32_t m_netns = 0;

// The other end's count comes by another process: both have to come to rest.
#define COMPARE_TO_TAP(whose)                                                                                        \
    QTRY_VERIFY2(counted(whose) == tapped(),                                                                         \
        qPrintable(QStringLiteral("counted %1; passed %2").arg(text(counted(whose)), text(tapped()))))

private Q_SLOTS:
    void initTestCase();
    void init() { restart(); }
    void whatPassesEqualsWhatTheOtherEndSees_data();
    void whatPassesEqualsWhatTheOtherEndSees();
    void unconnectedDatagramsCount_data() { families(); }
    void unconnectedDatagramsCount();
    void aDatagramCutByTheKernelCountsAsItsParts_data() { families(); }
    void aDatagramCutByTheKernelCountsAsItsParts();
    void datagramsPutTogetherCountAsTheirParts_data() { families(); }
    void datagramsPutTogetherCountAsTheirParts();
    void largePacketsCountAsAFurtherCableSeesThem_data() { families(); }
    void largePacketsCountAsAFurtherCableSeesThem();
    void aConnectionOfManyPathsCountsForItsProgram();
    void aDatagramInFragmentsIsOnePacket_data() { families(); }
    void aDatagramInFragmentsIsOnePacket();
    void pingsCountOnceEach();
    void aHandshakeIsTheListenersUntilTheAcceptingChildUsesIt();
    void aSocketHandedToAChildIsTheChilds();
    void aSocketFromBeforeIsItsProcesssWithoutACall();
    void whatAnEndedProcessLeftUnsentIsItsOwn();
    void aRefusedConnectionIsAnsweredByTheKernel();
    void whatNobodyOwnsIsCountedAndSaid();
    void switchedOffNothingCountsAndEverythingPasses();
    void noRoomForDetailKeepsTheTotals();

private:
    static void families();
};

Passed WireBytesTest::counted(Whose whose) const
{
    const auto reading = m_source->read();
    if (!reading)
        qFatal("%s", qPrintable(reading.error().detail));
    const auto sum = [&](const Reading& of) {
        Passed passed;
        for (const FlowCounter& flow : of.flows) {
            if (flow.key.protocol == IPPROTO_ICMPV6) // neighbours, who ask at any time
                continue;
            if (flow.key.measure != Measure::Wire || flow.key.netns != m_netns || flow.key.ifindex != m_ifindex
                || (whose && flow.key.pid != static_cast<std::uint32_t>(*whose)))
                continue;
            const bool isTx = flow.key.direction == Direction::Tx;
            (isTx ? passed.txBytes : passed.rxBytes) += flow.bytes;
            (isTx ? passed.txPackets : passed.rxPackets) += flow.calls;
        }
        return passed;
    };
    return sum(*reading) - sum(m_before);
}

void WireBytesTest::restart()
{
    auto reading = m_source->read();
    if (!reading)
        qFatal("%s", qPrintable(reading.error().detail));
    m_before = std::move(*reading);
    m_tappedBefore = m_tap->passed();
    // The last packets of an earlier test may pass between the two looks: then they don't tell the same moment.
    if (counted() != Passed() || tapped() != Passed())
        restart();
}

sockets::Pair WireBytesTest::connected(const QString& address, int type)
{
    std::optional<Socket> listener;
    std::optional<Socket> server;
    m_cable->there([&] { listener.emplace(boundAt(address, type)); });
    Socket client = connectedTo(address, type);
    if (type == SOCK_STREAM)
        return {std::move(client), accepted(*listener)};
    End near;
    must(getsockname(client.fd(), near.raw(), &near.length), "getsockname");
    connectTo(*listener, near);
    return {std::move(client), std::move(*listener)};
}

void WireBytesTest::initTestCase()
{
    m_cable.emplace();
    m_cable->setOffloads(false);
    m_cable->setMostSegments(allSegments, 1); // the firewall there looks before they are cut
    QVERIFY2(m_cable->problem().isEmpty(), qPrintable(m_cable->problem()));
    m_tap.emplace(m_cable->netns, m_cable->near4, m_cable->near6);
    QVERIFY2(m_tap->problem().isEmpty(), qPrintable(m_tap->problem()));
    m_ifindex = if_nametoindex(qPrintable(m_cable->link));
    m_netns = namespaceOfThisThread();
    auto source = makeTrafficSource(backendToTest());
    QVERIFY2(source, qPrintable(source ? QString() : source.error().detail));
    m_source = std::move(*source);
    QVERIFY(!m_source->info().gaps.contains(gap::packetsAndWireBytes));
}

void WireBytesTest::families()
{
    QTest::addColumn<bool>("is6");
    QTest::newRow("IPv4") << false;
    QTest::newRow("IPv6") << true;
}

void WireBytesTest::whatPassesEqualsWhatTheOtherEndSees_data()
{
    QTest::addColumn<QString>("address");
    QTest::addColumn<int>("type");
    QTest::newRow("TCP over IPv4") << m_cable->far4 << int(SOCK_STREAM);
    QTest::newRow("TCP over IPv6") << m_cable->far6 << int(SOCK_STREAM);
    QTest::newRow("UDP over IPv4") << m_cable->far4 << int(SOCK_DGRAM);
    QTest::newRow("UDP over IPv6") << m_cable->far6 << int(SOCK_DGRAM);
}

void WireBytesTest::whatPassesEqualsWhatTheOtherEndSees()
{
    QFETCH(const QString, address);
    QFETCH(const int, type);
    const sockets::Pair pair = connected(address, type);
    if (type == SOCK_STREAM) {
        std::thread server([&pair] {
            static_cast<void>(receiveAll(pair.server, many));
            sendAll(pair.server, many / 2);
            finish(pair.server);
        });
        sendAll(pair.client, many);
        QCOMPARE(receiveAll(pair.client, many / 2), many / 2);
        finish(pair.client);
        server.join();
        QVERIFY(counted().txBytes > many);
    } else {
        for (int i = 0; i < 100; ++i) {
            sendAll(pair.client, 1'000);
            sendAll(pair.server, 300);
        }
        QCOMPARE(counted(getpid()).txPackets, 100U);
    }
    COMPARE_TO_TAP(getpid());
}

void WireBytesTest::unconnectedDatagramsCount()
{
    QFETCH(const bool, is6);
    std::optional<Socket> far;
    m_cable->there([&] { far.emplace(boundAt(is6 ? m_cable->far6 : m_cable->far4, SOCK_DGRAM)); });
    const Socket near = boundAt(is6 ? m_cable->near6 : m_cable->near4, SOCK_DGRAM);
    End there = endAt(is6 ? m_cable->far6 : m_cable->far4, port);
    End here = endAt(is6 ? m_cable->near6 : m_cable->near4, port);
    const std::array<char, 777> data{};
    for (int i = 0; i < 50; ++i) {
        must(sendto(near.fd(), data.data(), data.size(), 0, there.raw(), there.length), "sendto");
        must(sendto(far->fd(), data.data(), 0, 0, here.raw(), here.length), "sendto");
    }
    const quint64 headers = is6 ? 48 : 28;
    QCOMPARE(text(counted(getpid())), text({50 * (777 + headers), 50, 50 * headers, 50}));
    COMPARE_TO_TAP(getpid());
}

void WireBytesTest::aDatagramCutByTheKernelCountsAsItsParts()
{
    QFETCH(const bool, is6);
    const sockets::Pair pair = connected(is6 ? m_cable->far6 : m_cable->far4, SOCK_DGRAM);
    const int part = 500;
    must(setsockopt(pair.client.fd(), IPPROTO_UDP, UDP_SEGMENT, &part, sizeof(part)), "UDP_SEGMENT");
    m_cable->setMostSegments(1, 1);
    sendAll(pair.client, 5'200);
    m_cable->setMostSegments(allSegments, 1);
    QCOMPARE(counted(getpid()).txPackets, 11U);
    COMPARE_TO_TAP(getpid());
}

void WireBytesTest::datagramsPutTogetherCountAsTheirParts()
{
    QFETCH(const bool, is6);
    m_cable->setOffloads(true);
    m_cable->setMostSegments(allSegments, allSegments);
    const sockets::Pair pair = connected(is6 ? m_cable->far6 : m_cable->far4, SOCK_DGRAM);
    const int part = 500;
    const int yes = 1;
    must(setsockopt(pair.server.fd(), IPPROTO_UDP, UDP_SEGMENT, &part, sizeof(part)), "UDP_SEGMENT");
    must(setsockopt(pair.client.fd(), IPPROTO_UDP, UDP_GRO, &yes, sizeof(yes)), "UDP_GRO");
    sendAll(pair.server, 5'200);
    std::array<char, 65536> room{};
    int pieces = 1;
    for (ssize_t got = 0; (got += recv(pair.client.fd(), room.data(), room.size(), 0)) < 5'200;)
        ++pieces;
    m_cable->setOffloads(false);
    m_cable->setMostSegments(allSegments, 1);
    QVERIFY(pieces == 1 || pieces == 11); // the latter on kernels before 5.19, which cut it for this cable
    QCOMPARE(text(counted(getpid())), text({0, 0, quint64(5'200 + 11 * (is6 ? 48 : 28)), 11}));
}

void WireBytesTest::largePacketsCountAsAFurtherCableSeesThem()
{
    QFETCH(const bool, is6);
    std::optional<Veth> further;
    m_cable->there([&] {
        further.emplace(1);
        further->setOffloads(false);
        further->setMostSegments(1, 1);
    });
    m_cable->forwardTo(*further);
    m_cable->setOffloads(true);
    m_cable->setMostSegments(allSegments, allSegments);
    const Wiretap tap(further->netns, m_cable->near4, m_cable->near6);
    QString problem = m_cable->problem() + further->problem() + tap.problem();
    {
        std::optional<Socket> listener;
        further->there([&] { listener.emplace(boundAt(is6 ? further->far6 : further->far4, SOCK_STREAM)); });
        const Socket client = connectedTo(is6 ? further->far6 : further->far4, SOCK_STREAM);
        const Socket server = accepted(*listener);
        std::thread other([&server] {
            static_cast<void>(receiveAll(server, many));
            sendAll(server, many);
            finish(server);
        });
        sendAll(client, many);
        static_cast<void>(receiveAll(client, many));
        finish(client);
        other.join();
    }
    const bool isSame = QTest::qWaitFor([&] { return counted(getpid()) == tap.passed(); });
    problem += isSame ? QString()
                      : QStringLiteral("counted %1; passed %2").arg(text(counted(getpid())), text(tap.passed()));
    m_cable->setOffloads(false);
    m_cable->setMostSegments(allSegments, 1);
    m_cable->there([&] { further.reset(); });
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
}

void WireBytesTest::aConnectionOfManyPathsCountsForItsProgram()
{
    const auto isOfMany = [](const FlowCounter& flow) {
        return flow.key.measure == Measure::Wire && flow.key.protocol == IPPROTO_MPTCP;
    };
    std::optional<Socket> listener;
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
    if (probe < 0) {
        QCOMPARE(errno, EPROTONOSUPPORT);
        qInfo() << "absent in this kernel: MPTCP";
        return;
    }
    const Socket client(probe);
    m_cable->there([&] {
        listener.emplace(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
        End end = endAt(m_cable->far4, port + 1);
        must(bind(listener->fd(), end.raw(), end.length), "bind");
        must(listen(listener->fd(), 1), "listen");
    });
    connectTo(client, endAt(m_cable->far4, port + 1));
    const Socket server = accepted(*listener);
    std::thread other([&server] {
        static_cast<void>(receiveAll(server, many));
        finish(server);
    });
    sendAll(client, many);
    finish(client);
    other.join();
    COMPARE_TO_TAP(getpid());
    const auto reading = m_source->read();
    QVERIFY(std::ranges::any_of(reading->flows, isOfMany));
    QCOMPARE(reading->losses.ownerlessPackets, m_before.losses.ownerlessPackets);
}

/// A gap that is declared.
void WireBytesTest::aDatagramInFragmentsIsOnePacket()
{
    QFETCH(const bool, is6);
    QVERIFY(m_source->info().gaps.contains(gap::ipFragments));
    const sockets::Pair pair = connected(is6 ? m_cable->far6 : m_cable->far4, SOCK_DGRAM);
    sendAll(pair.client, 20'000);
    QCOMPARE(receiveAll(pair.server, 20'000), 20'000U);
    sendAll(pair.server, 20'000);
    QCOMPARE(receiveAll(pair.client, 20'000), 20'000U);
    const quint64 bytes = 20'000 + (is6 ? 48 : 28);
    QCOMPARE(text(counted(getpid())), text({bytes, 1, bytes, 1}));
}

void WireBytesTest::pingsCountOnceEach()
{
    const Socket raw(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    connectTo(raw, endAt(m_cable->far4, 0));
    icmphdr request{};
    request.type = ICMP_ECHO;
    request.un.echo.id = htons(7);
    request.checksum = static_cast<std::uint16_t>(~(htons(ICMP_ECHO << 8) + htons(7)));
    must(send(raw.fd(), &request, sizeof(request), 0), "send");
    std::array<char, 100> room{};
    QCOMPARE(recv(raw.fd(), room.data(), room.size(), 0), 28);
    QCOMPARE(text(counted(getpid())), text({28, 1, 28, 1}));
    COMPARE_TO_TAP(getpid());
}

void WireBytesTest::aHandshakeIsTheListenersUntilTheAcceptingChildUsesIt()
{
    const Socket listener = boundAt(m_cable->near4, SOCK_STREAM);
    std::optional<Socket> far;
    m_cable->there([&] { far.emplace(connectedTo(m_cable->near4, SOCK_STREAM)); });
    const pid_t child = inChild([&] {
        const Socket server = accepted(listener);
        sendAll(server, many);
        finish(server);
    });
    QCOMPARE(receiveAll(*far), many);
    finish(*far);
    QVERIFY(hasEnded(child));
    COMPARE_TO_TAP(Whose());
    QCOMPARE(text(counted(getpid())), text({60, 1, 112, 2}));
    QCOMPARE(text(tapped() - counted(child)), text({60, 1, 112, 2}));
}

void WireBytesTest::aSocketHandedToAChildIsTheChilds()
{
    const sockets::Pair pair = connected(m_cable->far4, SOCK_DGRAM);
    sendAll(pair.client, 100);
    const pid_t child = inChild([&] { sendAll(pair.client, 200); });
    QVERIFY(hasEnded(child));
    sendAll(pair.server, 300);
    QTRY_COMPARE(text(counted(child)), text({228, 1, 328, 1}));
    QCOMPARE(text(counted(getpid())), text({128, 1, 0, 0}));
    COMPARE_TO_TAP(Whose());
}

void WireBytesTest::aSocketFromBeforeIsItsProcesssWithoutACall()
{
    const sockets::Pair stream = connected(m_cable->far4, SOCK_STREAM);
    const sockets::Pair datagrams = connected(m_cable->far4, SOCK_DGRAM);
    auto late = makeTrafficSource(backendToTest());
    QVERIFY(late);
    m_source = std::move(*late);
    restart();
    sendAll(stream.server, 1'000);
    sendAll(datagrams.server, 500);
    QTRY_COMPARE(counted(getpid()).rxPackets, 2U);
    QTRY_COMPARE(counted(getpid()).txPackets, 1U); // the kernel acknowledges
    COMPARE_TO_TAP(getpid());
}

void WireBytesTest::whatAnEndedProcessLeftUnsentIsItsOwn()
{
    std::optional<Socket> listener;
    m_cable->there([&] { listener.emplace(boundAt(m_cable->far4, SOCK_STREAM)); });
    std::array<int, 2> gate{};
    must(pipe(gate.data()), "pipe");
    const pid_t child = inChild([&] {
        const Socket client = connectedTo(m_cable->far4, SOCK_STREAM);
        char byte = 0;
        must(read(gate[0], &byte, 1), "read");
        sendAll(client, 50'000); // fits where nobody reads yet
    });
    const Socket server = accepted(*listener);
    must(shutdown(server.fd(), SHUT_WR), "shutdown"); // first, or the last of it would be nobody's
    must(write(gate[1], "", 1), "write");
    QVERIFY(hasEnded(child));
    QCOMPARE(receiveAll(server), 50'000U);
    // What a slow machine sends twice is acknowledged twice: once to a socket that is gone, which the kernel resets.
    const auto late = [&] {
        const quint64 resets = counted(0).txPackets;
        return Passed{resets * 40, resets, resets * 52, resets};
    };
    QTRY_COMPARE(text(tapped() - counted(child)), text(late()));
    close(gate[0]);
    close(gate[1]);
}

void WireBytesTest::aRefusedConnectionIsAnsweredByTheKernel()
{
    m_cable->there([&] {
        End near = endAt(m_cable->near4, 1);
        const Socket far(AF_INET, SOCK_STREAM);
        QCOMPARE(::connect(far.fd(), near.raw(), near.length), -1);
        QCOMPARE(errno, ECONNREFUSED);
    });
    QTRY_COMPARE(text(counted(0)), text({40, 1, 0, 0}));
    QCOMPARE(text(counted(getpid())), text({}));
    QCOMPARE(m_source->read()->losses.ownerlessPackets, m_before.losses.ownerlessPackets);
}

void WireBytesTest::whatNobodyOwnsIsCountedAndSaid()
{
    std::optional<Socket> listener;
    m_cable->there([&] { listener.emplace(boundAt(m_cable->far4, SOCK_STREAM, port, 4'096)); });
    std::optional<Socket> server;
    {
        const Socket client = connectedTo(m_cable->far4, SOCK_STREAM);
        server.emplace(accepted(*listener));
        must(shutdown(server->fd(), SHUT_WR), "shutdown");
        const std::vector<char> data(1 << 24);
        must(send(client.fd(), data.data(), data.size(), MSG_DONTWAIT), "send"); // more than the other end takes yet
    }
    auto late = makeTrafficSource(backendToTest());
    QVERIFY(late);
    m_source = std::move(*late);
    restart();
    QVERIFY(receiveAll(*server) > 0);
    COMPARE_TO_TAP(0);
    QVERIFY(counted(0).txPackets > 1);
    QVERIFY(m_source->read()->losses.ownerlessPackets >= counted(0).txPackets);
}

void WireBytesTest::switchedOffNothingCountsAndEverythingPasses()
{
    auto off = makeTrafficSource(backendToTest(), {}, WireCounting::Off);
    QVERIFY(off);
    QVERIFY((*off)->info().gaps.contains(gap::packetsAndWireBytes));
    const sockets::Pair pair = connected(m_cable->far4, SOCK_STREAM);
    sendAll(pair.client, 1'000);
    QCOMPARE(receiveAll(pair.server, 1'000), 1'000U);
    const auto reading = (*off)->read();
    QVERIFY(reading);
    QVERIFY(std::ranges::all_of(
        reading->flows, [](const FlowCounter& flow) { return flow.key.measure == Measure::Program; }));
    QCOMPARE(sum(*reading, getpid(), startTicks(getpid()), Direction::Tx).bytes, 1'000U);
}

void WireBytesTest::noRoomForDetailKeepsTheTotals()
{
    MapSizes sizes;
    sizes.least.wires = 1;
    sizes.owners = 1;
    auto small = BpfSource::make(backendToTest(), sizes);
    QVERIFY(small);
    m_source = std::move(*small);
    restart();
    const Socket near(AF_INET, SOCK_DGRAM);
    const Socket other = connectedTo(m_cable->far4, SOCK_DGRAM, 99);
    sendAll(other, 100);
    const std::array<char, 100> data{};
    for (int i = 0; i < 100; ++i) {
        End end = endAt(m_cable->far4, static_cast<std::uint16_t>(100 + i)); // each a service of its own
        static_cast<void>(sendto(near.fd(), data.data(), data.size(), 0, end.raw(), end.length));
    }
    QCOMPARE(counted(getpid()).txBytes, 12'928U);
    QCOMPARE(counted(getpid()).txPackets, 101U);
    QTRY_COMPARE(tapped().txPackets, 101U);
    const auto reading = m_source->read();
    QVERIFY(reading->losses.coarsePackets >= 50);
    QCOMPARE(reading->losses.lostTxWireBytes, 0U);
    QVERIFY(reading->losses.unnotedOwners > 0);
    QCOMPARE(reading->losses.coarseCalls, 0U);
}

QTEST_GUILESS_MAIN(WireBytesTest)
#include "tst_wirebytes.moc"
