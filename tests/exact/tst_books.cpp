// SPDX-License-Identifier: GPL-3.0-or-later
// An interface's own counter, against all that is known of what passed it: nothing is left over, and nothing is
// counted twice. What a hook doesn't see any more is left over to the byte.
#include "dbus/book.h"
#include "helper/collector/collector.h"
#include "helper/source/bpfsource.h"
#include "meter.h"
#include "route.h"
#include "sockets.h"

#include <QDir>
#include <QTest>

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

using namespace bwt;
using sockets::Socket;

namespace {

constexpr std::uint16_t port = 7171;

/// An address of either family.
struct Host {
    Host(const char* text, std::uint16_t number)
    {
        auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
        auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
        if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
            v4->sin_family = AF_INET;
            v4->sin_port = htons(number);
            length = sizeof(*v4);
        } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
            v6->sin6_family = AF_INET6;
            v6->sin6_port = htons(number);
            length = sizeof(*v6);
        }
    }
    [[nodiscard]] const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
    [[nodiscard]] int family() const { return storage.ss_family; }

    sockaddr_storage storage{};
    socklen_t length = 0;
};

void must(bool succeeded, const char* what)
{
    if (!succeeded)
        qFatal("%s: %s", what, std::strerror(errno));
}

Socket bound(const Host& host, int type)
{
    Socket socket(host.family(), type);
    const int yes = 1;
    setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    must(bind(socket.fd(), host.raw(), host.length) == 0, "bind");
    return socket;
}

void sendTo(const Socket& socket, const Host& to, const std::vector<char>& data)
{
    must(sendto(socket.fd(), data.data(), data.size(), 0, to.raw(), to.length) == ssize_t(data.size()), "sendto");
}

std::size_t receive(const Socket& socket)
{
    std::array<char, 65536> data;
    const ssize_t got = recv(socket.fd(), data.data(), data.size(), 0);
    must(got >= 0, "recv");
    return std::size_t(got);
}

/// Reads until the other side has said that it is done.
std::size_t receiveAll(const Socket& socket)
{
    std::size_t sum = 0;
    for (std::size_t got = receive(socket); got > 0; got = receive(socket))
        sum += got;
    return sum;
}

void sendAll(const Socket& socket, std::size_t bytes)
{
    const std::vector<char> data(bytes, 'x');
    must(send(socket.fd(), data.data(), bytes, 0) == ssize_t(bytes), "send");
}

/// An echo request, but for the checksum of IPv4's.
std::vector<char> echoRequest(int family, std::size_t bytes)
{
    std::vector<char> request(bytes, 'e');
    if (family == AF_INET6) {
        const icmp6_hdr header{ICMP6_ECHO_REQUEST, 0, 0, {}};
        std::memcpy(request.data(), &header, sizeof(header));
        return request;
    }
    icmphdr header{};
    header.type = ICMP_ECHO;
    std::memcpy(request.data(), &header, sizeof(header));
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes; i += 2) {
        std::uint16_t word = 0;
        std::memcpy(&word, request.data() + i, 2);
        sum += word;
    }
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    header.checksum = static_cast<std::uint16_t>(~sum);
    std::memcpy(request.data(), &header, sizeof(header));
    return request;
}

/// Sends an echo request by a raw socket and waits for the answer.
void ping(const char* to, std::size_t bytes)
{
    const Host host(to, 0);
    const Socket socket(host.family(), SOCK_RAW, host.family() == AF_INET6 ? int(IPPROTO_ICMPV6) : int(IPPROTO_ICMP));
    sendTo(socket, host, echoRequest(host.family(), bytes));
    const std::size_t ip = host.family() == AF_INET6 ? 0 : 20;
    while (receive(socket) != bytes + ip) { } // neighbours' talk comes, too
}

} // namespace

class BooksTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(m_route.problem().isEmpty(), qPrintable(m_route.problem()));
        begin();
    }
    /// Once nothing passes: of what passes during a look the interface may know and the counters not, or the reverse.
    void init()
    {
        QVERIFY(QTest::qWaitFor([this] {
            const auto now = books();
            return std::exchange(m_before, now) == now;
        }));
    }

    void whatProgramsSendAndReceiveIsTheirs_data() { families(); }
    void whatProgramsSendAndReceiveIsTheirs()
    {
        QFETCH(const QByteArray, near);
        QFETCH(const QByteArray, router);
        stream(&Route::inNear, near, &Route::inRouter, router);
        stream(&Route::inRouter, router, &Route::inNear, near);
        datagrams(&Route::inRouter, router, &Route::inNear, near);
        datagrams(&Route::inNear, near, &Route::inRouter, router);
        QCOMPARE(left(m_route.toNear, nothing), nothing);
        const Book passed = growth(m_route.toNear);
        QVERIFY(passed.tx.programs > 2 * streamBytes && passed.rx.programs > 2 * streamBytes); // by two connections
        QCOMPARE(passed.tx.forwarded + passed.rx.forwarded, 0U);
    }

    void whatIsPassedOnIsForwarded_data() { families(); }
    void whatIsPassedOnIsForwarded()
    {
        QFETCH(const QByteArray, near);
        QFETCH(const QByteArray, far);
        stream(&Route::inNear, near, &Route::inFar, far);
        datagrams(&Route::inFar, far, &Route::inNear, near);
        m_route.inNear([&] { ping(far.constData(), 200); });
        QCOMPARE(left(m_route.toNear, nothing), nothing);
        QCOMPARE(left(m_route.toFar, nothing), nothing);
        const Book nearSide = growth(m_route.toNear);
        const Book farSide = growth(m_route.toFar);
        QVERIFY(nearSide.rx.forwarded > streamBytes);
        QCOMPARE(nearSide.tx.forwarded, farSide.rx.forwarded + pingBytes(near, 200));
        QCOMPARE(farSide.tx.forwarded, nearSide.rx.forwarded + pingBytes(near, 200));
        QCOMPARE(nearSide.tx.programs + nearSide.rx.programs, 0U);
    }

    void whatTheKernelAnswersIsItsOwn_data() { families(); }
    void whatTheKernelAnswersIsItsOwn()
    {
        QFETCH(const QByteArray, near);
        QFETCH(const QByteArray, router);
        m_route.ipInRouter(QStringLiteral("neigh flush dev ") + m_route.toNear); // so that it has to ask
        m_route.inNear([&] { ping(router.constData(), 200); });
        m_route.inRouter([&] { ping(near.constData(), 300); });
        QCOMPARE(left(m_route.toNear, nothing), nothing);
        const Book passed = growth(m_route.toNear);
        QVERIFY(passed.tx.kernel >= pingBytes(near, 200));
        QVERIFY(passed.rx.kernel >= pingBytes(near, 200) + pingBytes(near, 300));
        QCOMPARE(passed.tx.programs, pingBytes(near, 300)); // the answer is the kernel's, and the program has a copy
        QCOMPARE(passed.rx.programs, 0U);
    }

    void whatComesForEveryoneIsCountedOnce()
    {
        const Host group("239.71.71.71", port);
        std::vector<Socket> members;
        m_route.inRouter([&] {
            for (int i = 0; i < 3; ++i) {
                members.push_back(bound(group, SOCK_DGRAM));
                ip_mreq request{};
                inet_pton(AF_INET, "239.71.71.71", &request.imr_multiaddr);
                inet_pton(AF_INET, Route::routerNear4, &request.imr_interface);
                must(setsockopt(members.back().fd(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)) == 0,
                    "join");
            }
        });
        m_route.inNear([&] {
            const Socket sender = bound(Host(Route::near4, 0), SOCK_DGRAM);
            const int yes = 1;
            setsockopt(sender.fd(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes));
            sendTo(sender, Host("10.71.1.255", port + 1), std::vector<char>(500)); // nobody reads it
            sendTo(sender, group, std::vector<char>(1000));
        });
        for (const Socket& member : members)
            QCOMPARE(receive(member), 1000U);
        QCOMPARE(left(m_route.toNear, nothing), nothing);
        const Book passed = growth(m_route.toNear);
        QVERIFY(passed.rx.kernel >= 500 + 1000 + 2 * 28);
        QCOMPARE(passed.rx.programs, 0U);
    }

    void whatPassesInBundlesIsCountedAsOnAWire()
    {
        m_route.setBundling(true);
        QVERIFY2(m_route.problem().isEmpty(), qPrintable(m_route.problem()));
        stream(&Route::inRouter, Route::routerNear4, &Route::inNear, Route::near4);
        stream(&Route::inRouter, Route::routerNear6, &Route::inNear, Route::near6);
        m_route.setBundling(false);
        QCOMPARE(left(m_route.toNear, nothing), nothing);
        const Book passed = growth(m_route.toNear);
        QVERIFY(passed.tx.bundled > 0 && passed.rx.bundled > 0);
        QVERIFY(passed.tx.packets < 2 * streamBytes / 1'500 && passed.rx.packets < 2 * streamBytes / 1'500);
    }

    void whatNobodyWantsIsLeftOver()
    {
        m_route.inNear([&] {
            const Socket sender = bound(Host(Route::near4, 0), SOCK_DGRAM);
            sendTo(sender, Host(Route::routerNear4, port), std::vector<char>(500));
        });
        const Rest datagram{0, 528};
        QCOMPARE(left(m_route.toNear, datagram), datagram);
    }

    void aHookThatIsTakenAwayShows_data()
    {
        QTest::addColumn<QByteArray>("type");
        QTest::newRow("of what is sent") << QByteArray("egress");
        QTest::newRow("of what is received") << QByteArray("ingress");
    }
    void aHookThatIsTakenAwayShows()
    {
        QFETCH(const QByteArray, type);
        const bool isTx = type == "egress";
        QCOMPARE(detach(isTx ? BPF_CGROUP_INET_EGRESS : BPF_CGROUP_INET_INGRESS), 1);
        const Host router(Route::routerNear4, port);
        const Host near(Route::near4, port);
        std::optional<Socket> sender;
        std::optional<Socket> receiver;
        m_route.inRouter([&] { (isTx ? sender : receiver).emplace(bound(router, SOCK_DGRAM)); });
        m_route.inNear([&] { (isTx ? receiver : sender).emplace(bound(near, SOCK_DGRAM)); });
        for (int i = 0; i < 10; ++i) {
            sendTo(*sender, isTx ? near : router, std::vector<char>(1000));
            QCOMPARE(receive(*receiver), 1000U);
        }
        const Rest unseen{isTx ? 10 * 1028 : 0, isTx ? 0 : 10 * 1028};
        QCOMPARE(left(m_route.toNear, unseen), unseen);
        begin();
    }

    /// Last, since the router is another one then.
    void aBridgesBooksAreWhereItsAddressesAre()
    {
        const QString bridge = QStringLiteral("bridge");
        m_route.bridgeToNear(bridge);
        QVERIFY2(m_route.problem().isEmpty(), qPrintable(m_route.problem()));
        QVERIFY(QTest::qWaitFor([&] { return books().contains(bridge); }));
        init();
        m_route.inNear([] { ping(Route::routerNear4, 200); }); // the bridge may have to learn where near is
        stream(&Route::inNear, Route::near4, &Route::inRouter, Route::routerNear4);
        datagrams(&Route::inRouter, Route::routerNear4, &Route::inNear, Route::near4);
        datagrams(&Route::inNear, Route::near4, &Route::inFar, Route::far4);
        QCOMPARE(left(bridge, nothing), nothing);
        const Book passed = growth(bridge);
        QVERIFY(passed.tx.programs > streamBytes && passed.rx.programs > streamBytes);
        QVERIFY(passed.rx.forwarded > 0);
        QVERIFY(passed.leadsOut && !growth(m_route.toNear).leadsOut);
    }

    void noPacketWasOfAnUnknownOwner() { QCOMPARE(m_unknown, 0U); }

private:
    using In = void (Route::*)(const std::function<void()>&) const;
    static constexpr std::size_t streamBytes = 300'000;
    using Rest = std::pair<qint64, qint64>; ///< of what was sent, and received
    static constexpr Rest nothing{0, 0};

    static void families()
    {
        QTest::addColumn<QByteArray>("near");
        QTest::addColumn<QByteArray>("router");
        QTest::addColumn<QByteArray>("far");
        QTest::newRow("IPv4") << QByteArray(Route::near4) << QByteArray(Route::routerNear4)
                              << QByteArray(Route::far4);
        QTest::newRow("IPv6") << QByteArray(Route::near6) << QByteArray(Route::routerNear6)
                              << QByteArray(Route::far6);
    }

    static quint64 pingBytes(const QByteArray& address, quint64 bytes)
    {
        return bytes + (address.contains(':') ? 40 : 20);
    }

    /// A source of its own, and books that begin with it.
    void begin()
    {
        m_source.reset();
        auto source = BpfSource::make(backendToTest());
        if (!source)
            qFatal("%s", qPrintable(source.error().detail));
        m_source = std::move(*source);
        m_collector.emplace(m_source->info(), 0);
    }

    /// The router's.
    std::map<QString, Book> books()
    {
        std::map<QString, Book> all;
        m_route.inRouter([&] {
            const auto reading = m_source->read();
            if (!reading)
                qFatal("%s", qPrintable(reading.error().detail));
            m_unknown = reading->losses.ownerlessPackets;
            for (const InterfaceBook& entry : m_collector->take(*reading)->books)
                all.emplace(entry.book.interface, entry.book);
        });
        return all;
    }

    Book growth(const QString& interface)
    {
        const auto side = [](const BookSide& now, const BookSide& before) {
            return BookSide{now.bytes - before.bytes, now.packets - before.packets, now.programs - before.programs,
                now.kernel - before.kernel, now.forwarded - before.forwarded, now.headers - before.headers,
                now.bundled - before.bundled};
        };
        const Book now = books().at(interface);
        const Book before = m_before.at(interface);
        return {interface, now.leadsOut, side(now.tx, before.tx), side(now.rx, before.rx)};
    }

    /// What is left over, once that is so much or a while has passed.
    Rest left(const QString& interface, const Rest& expected)
    {
        Rest rest;
        (void)QTest::qWaitFor([&] {
            const Book passed = growth(interface);
            rest = {passed.tx.rest(), passed.rx.rest()};
            return rest == expected;
        });
        return rest;
    }

    /// Both ways, by one connection. The side that called hangs up first, and waits for the other to do so.
    void stream(In fromThere, const QByteArray& from, In toThere, const QByteArray& to)
    {
        std::optional<Socket> listener;
        std::optional<Socket> caller;
        (m_route.*toThere)([&] { listener.emplace(bound(Host(to.constData(), port), SOCK_STREAM)); });
        (m_route.*fromThere)([&] { caller.emplace(bound(Host(from.constData(), 0), SOCK_STREAM)); });
        must(listen(listener->fd(), 1) == 0, "listen");
        const Host host(to.constData(), port);
        must(::connect(caller->fd(), host.raw(), host.length) == 0, "connect");
        const Socket called(accept(listener->fd(), nullptr, nullptr));
        for (std::size_t sent = 0; sent < streamBytes; sent += streamBytes / 10) {
            for (const auto& [one, other] :
                {std::pair(&std::as_const(*caller), &called), std::pair(&called, &std::as_const(*caller))}) {
                sendAll(*one, streamBytes / 10);
                for (std::size_t got = 0; got < streamBytes / 10;)
                    got += receive(*other);
            }
        }
        shutdown(caller->fd(), SHUT_WR);
        QCOMPARE(receiveAll(called), 0U);
        shutdown(called.fd(), SHUT_WR);
        QCOMPARE(receiveAll(*caller), 0U);
        waitForTheEnd(called);
    }

    /// The kernel has heard from the other side that it knows.
    static void waitForTheEnd(const Socket& socket)
    {
        tcp_info info{};
        socklen_t length = sizeof(info);
        QTRY_VERIFY(
            getsockopt(socket.fd(), IPPROTO_TCP, TCP_INFO, &info, &length) == 0 && info.tcpi_state == TCP_CLOSE);
    }

    void datagrams(In fromThere, const QByteArray& from, In toThere, const QByteArray& to)
    {
        std::optional<Socket> sender;
        std::optional<Socket> receiver;
        (m_route.*fromThere)([&] { sender.emplace(bound(Host(from.constData(), 0), SOCK_DGRAM)); });
        (m_route.*toThere)([&] { receiver.emplace(bound(Host(to.constData(), port), SOCK_DGRAM)); });
        for (std::size_t bytes = 0; bytes < 1400; bytes += 100) {
            sendTo(*sender, Host(to.constData(), port), std::vector<char>(bytes));
            QCOMPARE(receive(*receiver), bytes);
        }
    }

    /// Takes this process's hooks of that type away. Returns how many there were.
    static int detach(std::uint32_t type)
    {
        int detached = 0;
        for (const QString& name : QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::System)) {
            bpf_link_info info{};
            std::uint32_t size = sizeof(info);
            const int fd = name.toInt();
            if (QFile::symLinkTarget(QStringLiteral("/proc/self/fd/") + name).endsWith(QStringLiteral("bpf_link"))
                && bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && info.type == BPF_LINK_TYPE_CGROUP
                && info.cgroup.attach_type == type && bpf_link_detach(fd) == 0)
                ++detached;
        }
        return detached;
    }

    Route m_route;
    std::unique_ptr<TrafficSource> m_source;
    std::optional<Collector> m_collector;
    std::map<QString, Book> m_before;
    std::uint64_t m_unknown = 0;
};

QTEST_GUILESS_MAIN(BooksTest)
#include "tst_books.moc"
