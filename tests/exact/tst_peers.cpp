// SPDX-License-Identifier: GPL-3.0-or-later
// Sockets that talk to many: each byte counts for the peer that it went to or came from.
#include "dbus/gaps.h"
#include "meter.h"
#include "sockets.h"

#include <QFile>
#include <QTest>

#include <arpa/inet.h>
#include <array>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace bwt;
using sockets::Socket;

namespace {

QString host(std::uint8_t number)
{
    return QStringLiteral("127.0.0.%1").arg(number);
}

void sendTo(const Socket& socket, const sockaddr_in& to, std::size_t bytes, int flags = 0)
{
    const std::vector<char> data(bytes, 'x');
    if (sendto(socket.fd(), data.data(), bytes, flags, reinterpret_cast<const sockaddr*>(&to), sizeof(to))
        != static_cast<ssize_t>(bytes))
        qFatal("sendto: %s", std::strerror(errno));
}

void sendTo6(const Socket& socket, const char* to, std::size_t bytes, std::vector<char> data = {})
{
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(9);
    inet_pton(AF_INET6, to, &address.sin6_addr);
    data.resize(bytes);
    if (sendto(socket.fd(), data.data(), bytes, 0, reinterpret_cast<const sockaddr*>(&address), sizeof(address))
        != static_cast<ssize_t>(bytes))
        qFatal("sendto: %s", std::strerror(errno));
}

/// A datagram socket of that host of 127.0.0.0/8, with its address.
struct Station {
    explicit Station(std::uint8_t number)
        : socket(AF_INET, SOCK_DGRAM)
        , address(sockets::loopback(0, number))
    {
        sockets::bindTo(socket, address);
        socklen_t length = sizeof(address);
        getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length);
    }
    const Socket socket;
    sockaddr_in address;
};

enum class Call { Recv, Recvfrom, Recvmsg, Recvmmsg };

/// Receives one datagram. Returns its bytes.
std::size_t receive(const Socket& socket, Call call)
{
    std::array<char, 2048> data{};
    sockaddr_storage from{};
    socklen_t length = sizeof(from);
    iovec part{data.data(), data.size()};
    mmsghdr message{};
    message.msg_hdr.msg_name = &from;
    message.msg_hdr.msg_namelen = length;
    message.msg_hdr.msg_iov = &part;
    message.msg_hdr.msg_iovlen = 1;
    ssize_t got = -1;
    switch (call) {
    case Call::Recv:
        got = recv(socket.fd(), data.data(), data.size(), 0);
        break;
    case Call::Recvfrom:
        got = recvfrom(socket.fd(), data.data(), data.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
        break;
    case Call::Recvmsg:
        got = recvmsg(socket.fd(), &message.msg_hdr, 0);
        break;
    case Call::Recvmmsg:
        got = recvmmsg(socket.fd(), &message, 1, 0, nullptr) == 1 ? static_cast<ssize_t>(message.msg_len) : -1;
        break;
    }
    if (got < 0)
        qFatal("nothing came: %s", std::strerror(errno));
    return static_cast<std::size_t>(got);
}

/// One sendmmsg with a datagram for each, of a size of its own.
void sendToEach(const Socket& sender, std::vector<sockaddr_in> targets, const std::vector<std::size_t>& sizes)
{
    std::vector<char> data(2048, 'x');
    std::vector<iovec> parts(targets.size());
    std::vector<mmsghdr> messages(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
        parts[i] = {data.data(), sizes[i]};
        messages[i].msg_hdr.msg_name = &targets[i];
        messages[i].msg_hdr.msg_namelen = sizeof(targets[i]);
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    const auto count = static_cast<unsigned>(messages.size());
    if (sendmmsg(sender.fd(), messages.data(), count, 0) != static_cast<int>(count))
        qFatal("sendmmsg: %s", std::strerror(errno));
}

void letEveryonePing()
{
    QFile groups(QStringLiteral("/proc/sys/net/ipv4/ping_group_range"));
    if (!groups.open(QIODevice::WriteOnly | QIODevice::Unbuffered) || groups.write("0 0") < 0)
        qFatal("ping_group_range");
}

std::vector<char> echoRequest(std::uint8_t type)
{
    return {static_cast<char>(type), 0, 0, 0, 0, 0, 0, 0};
}

/// What a raw socket must send, whose checksum nobody fills in.
std::vector<char> echoRequest4()
{
    std::vector<char> request(64);
    request[0] = ICMP_ECHO;
    request[2] = static_cast<char>(0xf7); // the complement of the sum, which is 0x0800
    request[3] = static_cast<char>(0xff);
    return request;
}

void sendData(const Socket& socket, const sockaddr_in& to, const std::vector<char>& data)
{
    if (sendto(socket.fd(), data.data(), data.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to))
        != static_cast<ssize_t>(data.size()))
        qFatal("sendto: %s", std::strerror(errno));
}

} // namespace

class PeersTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(geteuid() == 0, "counting in the kernel needs root");
        m_meter.emplace();
        QVERIFY(!m_meter->gaps().contains(gap::udpUnconnectedRemote));
    }

    void init() { m_meter->restart(); }

    void cleanup()
    {
        QCOMPARE(m_meter->missed(), 0U);
        QCOMPARE(m_meter->movedWith(QString(), Direction::Tx), 0U);
        QCOMPARE(m_meter->movedWith(QString(), Direction::Rx), 0U);
    }

    void eachSideOfManyDatagramsIsKnown_data()
    {
        QTest::addColumn<int>("call");
        QTest::newRow("recvfrom") << static_cast<int>(Call::Recvfrom);
        QTest::newRow("recvmsg") << static_cast<int>(Call::Recvmsg);
        QTest::newRow("recvmmsg") << static_cast<int>(Call::Recvmmsg);
    }

    void eachSideOfManyDatagramsIsKnown()
    {
        QFETCH(const int, call);
        constexpr std::size_t rounds = 3334; // of three datagrams
        const Station center(10);
        const std::array<Station, 3> stations{Station(11), Station(12), Station(13)};
        const std::vector<std::size_t> sizes{100, 201, 302};
        for (std::size_t i = 0; i < rounds; ++i) {
            sendToEach(center.socket, {stations[0].address, stations[1].address, stations[2].address}, sizes);
            for (std::size_t j = 0; j < stations.size(); ++j) {
                receive(stations[j].socket, static_cast<Call>(call));
                sendTo(stations[j].socket, center.address, sizes[j]);
            }
            for (std::size_t j = 0; j < stations.size(); ++j)
                receive(center.socket, static_cast<Call>(call));
        }
        for (std::size_t j = 0; j < stations.size(); ++j) {
            const QString remote = host(static_cast<std::uint8_t>(11 + j));
            QCOMPARE(m_meter->movedWith(remote, Direction::Tx), rounds * sizes[j]);
            QCOMPARE(m_meter->movedWith(remote, Direction::Rx), rounds * sizes[j]);
        }
        QCOMPARE(m_meter->movedWith(host(10), Direction::Tx), rounds * 603);
        QCOMPARE(m_meter->movedWith(host(10), Direction::Rx), rounds * 603);
        QCOMPARE(m_meter->sent(), rounds * 603 * 2);
    }

    void whoDoesNotAskIsToldTheNewestSender()
    {
        const Station center(20);
        for (std::uint8_t number = 21; number < 24; ++number) {
            const Station station(number);
            for (int i = 0; i < 100; ++i) {
                sendTo(station.socket, center.address, number);
                QCOMPARE(receive(center.socket, Call::Recv), static_cast<std::size_t>(number));
            }
            QCOMPARE(m_meter->movedWith(host(number), Direction::Rx), 100U * number);
        }
    }

    void addressOfAnEarlierCallIsNotThisOnes()
    {
        const Station center(30);
        const Station one(31);
        const Station other(32);
        sendTo(one.socket, center.address, 100);
        receive(center.socket, Call::Recvfrom);
        sendTo(other.socket, center.address, 200);
        receive(center.socket, Call::Recv);
        QCOMPARE(m_meter->movedWith(host(31), Direction::Rx), 100U);
        QCOMPARE(m_meter->movedWith(host(32), Direction::Rx), 200U);
    }

    void connectedSocketMaySendElsewhere()
    {
        const Station own(41);
        const Station other(42);
        const Socket socket(AF_INET, SOCK_DGRAM);
        sockets::connectTo(socket, own.address);
        sendTo(socket, other.address, 100);
        QCOMPARE(send(socket.fd(), "x", 1, 0), 1);
        QCOMPARE(m_meter->movedWith(host(42), Direction::Tx), 100U);
        QCOMPARE(m_meter->movedWith(host(41), Direction::Tx), 1U);
    }

    void addressOfAFailedCallIsNotTheNextOnes()
    {
        const Station own(45);
        const Socket socket(AF_INET, SOCK_DGRAM);
        sockets::connectTo(socket, own.address);
        sockaddr_in everyone = own.address; // who may not be sent to without saying so before
        everyone.sin_addr.s_addr = htonl(INADDR_LOOPBACK | 0xffffff);
        QCOMPARE(sendto(socket.fd(), "x", 1, 0, reinterpret_cast<sockaddr*>(&everyone), sizeof(everyone)), -1);
        QCOMPARE(errno, EACCES);
        QCOMPARE(send(socket.fd(), "xy", 2, 0), 2);
        QCOMPARE(m_meter->movedWith(host(45), Direction::Tx), 2U);
    }

    void everyPieceOfADatagramGoesToItsPeer()
    {
        const Socket socket(AF_INET, SOCK_DGRAM);
        const Station station(51);
        sendTo(socket, station.address, 100, MSG_MORE);
        QCOMPARE(send(socket.fd(), "xyz", 3, MSG_MORE), 3);
        QCOMPARE(send(socket.fd(), "xy", 2, 0), 2);
        QCOMPARE(receive(station.socket, Call::Recv), 105U);
        QCOMPARE(m_meter->movedWith(host(51), Direction::Tx), 105U);
    }

    void threadsMayShareASocket()
    {
        constexpr std::size_t sends = 5000;
        const Station sink(60); // reads nothing: what is dropped has been sent all the same
        const Socket socket(AF_INET, SOCK_DGRAM);
        std::vector<std::thread> threads;
        for (std::uint8_t number = 61; number < 65; ++number)
            threads.emplace_back([&socket, number, port = sink.address.sin_port] {
                sockaddr_in target = sockets::loopback(0, number);
                target.sin_port = port;
                for (std::size_t i = 0; i < sends; ++i)
                    sendTo(socket, target, number);
            });
        for (std::thread& thread : threads)
            thread.join();
        for (std::uint8_t number = 61; number < 65; ++number)
            QCOMPARE(m_meter->movedWith(host(number), Direction::Tx), sends * number);
    }

    void serviceIsThePeersPort()
    {
        const Socket socket(AF_INET, SOCK_DGRAM);
        sendTo(socket, sockets::loopback(53, 71), 10);
        sendTo(socket, sockets::loopback(5353, 72), 10);
        const Sum sent = m_meter->moved(Direction::Tx);
        QCOMPARE(sent.keys.size(), 2U);
        for (const FlowKey& key : sent.keys)
            QCOMPARE(key.service, key.remote == address(host(71)) ? 53 : 0);
    }

    void ipv6SocketsSendAndReceiveByBothFamilies()
    {
        const Socket socket(AF_INET6, SOCK_DGRAM);
        sendTo6(socket, "::1", 100);
        sendTo6(socket, "::ffff:127.0.0.81", 200);
        QCOMPARE(m_meter->movedWith(QStringLiteral("::1"), Direction::Tx), 100U);
        QCOMPARE(m_meter->movedWith(host(81), Direction::Tx), 200U);

        sockaddr_in6 own{};
        socklen_t length = sizeof(own);
        getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&own), &length);
        const Station four(82);
        sockaddr_in target = sockets::loopback(ntohs(own.sin6_port));
        const Socket six(AF_INET6, SOCK_DGRAM);
        own.sin6_addr = in6addr_loopback;
        for (const Call call : {Call::Recvfrom, Call::Recv}) {
            sendTo(four.socket, target, 30);
            QCOMPARE(receive(socket, call), 30U);
            QCOMPARE(sendto(six.fd(), "abc", 3, 0, reinterpret_cast<sockaddr*>(&own), sizeof(own)), 3);
            QCOMPARE(receive(socket, call), 3U);
        }
        QCOMPARE(m_meter->movedWith(host(82), Direction::Rx), 60U);
        QCOMPARE(m_meter->movedWith(QStringLiteral("::1"), Direction::Rx), 6U);
    }

    void rawSocketsKnowTheirPeers()
    {
        const Socket four(AF_INET, SOCK_RAW, IPPROTO_ICMP);
        const icmp_filter repliesOnly{~(1U << ICMP_ECHOREPLY)};
        QCOMPARE(setsockopt(four.fd(), SOL_RAW, ICMP_FILTER, &repliesOnly, sizeof(repliesOnly)), 0);
        for (const std::uint8_t number : {91, 92}) {
            sendData(four, sockets::loopback(0, number), echoRequest4());
            QCOMPARE(receive(four, number == 91 ? Call::Recv : Call::Recvfrom), 84U);
            QCOMPARE(m_meter->movedWith(host(number), Direction::Tx), 64U);
            QCOMPARE(m_meter->movedWith(host(number), Direction::Rx), 84U); // with the IP header
        }
        const Socket six(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
        icmp6_filter filter{};
        ICMP6_FILTER_SETBLOCKALL(&filter);
        ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
        QCOMPARE(setsockopt(six.fd(), IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)), 0);
        const quint64 before = m_meter->movedWith(QStringLiteral("::1"), Direction::Rx);
        sockaddr_in6 target{};
        target.sin6_family = AF_INET6;
        target.sin6_addr = in6addr_loopback;
        std::vector<char> request = echoRequest(ICMP6_ECHO_REQUEST);
        request.resize(64);
        QCOMPARE(sendto(six.fd(), request.data(), 64, 0, reinterpret_cast<sockaddr*>(&target), sizeof(target)), 64);
        QCOMPARE(receive(six, Call::Recv), 64U);
        QCOMPARE(m_meter->movedWith(QStringLiteral("::1"), Direction::Tx), 64U);
        QCOMPARE(m_meter->movedWith(QStringLiteral("::1"), Direction::Rx), before + 64);
    }

    void pingSocketsKnowTheirPeers()
    {
        sockets::inNewNamespace([] {
            letEveryonePing();
            const Socket four(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
            std::vector<char> request = echoRequest(ICMP_ECHO);
            request.resize(64);
            sendData(four, sockets::loopback(0, 101), request);
            receive(four, Call::Recv);
            const Socket six(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
            sendTo6(six, "::1", 72, echoRequest(ICMP6_ECHO_REQUEST));
            receive(six, Call::Recvfrom);
        });
        for (const Direction direction : {Direction::Tx, Direction::Rx}) {
            QCOMPARE(m_meter->movedWith(host(101), direction), 64U);
            QCOMPARE(m_meter->movedWith(QStringLiteral("::1"), direction), 72U);
        }
    }

    void socketsFromBeforeAreSeen()
    {
        const Station center(110);
        const Station station(111);
        sendTo(station.socket, center.address, 100);
        receive(center.socket, Call::Recv);
        const Meter late;
        sendTo(station.socket, center.address, 200);
        receive(center.socket, Call::Recv);
        QCOMPARE(late.movedWith(host(110), Direction::Tx), 200U);
        QCOMPARE(late.movedWith(host(111), Direction::Rx), 200U);
    }

    void withoutControlGroupsItIsAGapAndBytesCount()
    {
        const pid_t child = fork();
        if (child == 0) {
            if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
                _exit(2);
            for (const char* place : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"})
                umount2(place, MNT_DETACH);
            const Meter blind;
            sendTo(Socket(AF_INET, SOCK_DGRAM), sockets::loopback(9, 121), 100);
            const bool isClear = blind.gaps().contains(gap::udpUnconnectedRemote)
                && blind.movedWith(QString(), Direction::Tx) == 100 && blind.sent() == 100;
            _exit(isClear ? 0 : 1);
        }
        int status = -1;
        QCOMPARE(waitpid(child, &status, 0), child);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 0);
    }

private:
    std::optional<Meter> m_meter;
};

QTEST_GUILESS_MAIN(PeersTest)
#include "tst_peers.moc"
