// SPDX-License-Identifier: GPL-3.0-or-later
// What name servers tell is copied for whoever asked, byte for byte, and every packet arrives. Each test has a
// network namespace of its own, so that nobody else's answers are among its. BWT_TEST_BACKEND names the backend
// ("auto" otherwise).
#include "helper/source/clocks.h"
#include "meter.h"
#include "sockets.h"
#include "sums.h"
#include "tests/unit/dns/packet.h"

#include <QTest>

#include <algorithm>
#include <cstring>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace bwt;
using sockets::Socket;

namespace {

constexpr std::uint16_t serverPort = 53;
constexpr std::size_t largest = 9'000;

int must(ssize_t result, const char* what)
{
    if (result < 0)
        qFatal("%s: %s", what, std::strerror(errno));
    return static_cast<int>(result);
}

std::uint32_t networkNamespace()
{
    struct stat status{};
    must(stat("/proc/thread-self/ns/net", &status), "ns/net");
    return static_cast<std::uint32_t>(status.st_ino);
}

/// 127.0.0.1 or ::1.
struct Place {
    Place(int family, std::uint16_t port)
    {
        if (family == AF_INET) {
            const sockaddr_in v4 = sockets::loopback(port);
            std::memcpy(&storage, &v4, length = sizeof(v4));
        } else {
            sockaddr_in6 v6{};
            v6.sin6_family = AF_INET6;
            v6.sin6_port = htons(port);
            v6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
            std::memcpy(&storage, &v6, length = sizeof(v6));
        }
    }
    sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }

    sockaddr_storage storage{};
    socklen_t length = 0;
};

Place placeOf(const Socket& socket, int family)
{
    Place place(family, 0);
    must(getsockname(socket.fd(), place.raw(), &place.length), "getsockname");
    return place;
}

Socket boundAt(int family, int type, std::uint16_t port)
{
    Place place(family, port);
    Socket socket(family, type);
    const int yes = 1;
    must(setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), "SO_REUSEADDR");
    must(bind(socket.fd(), place.raw(), place.length), "bind");
    if (type == SOCK_STREAM)
        must(listen(socket.fd(), 1), "listen");
    return socket;
}

void connectTo(const Socket& socket, Place place)
{
    must(connect(socket.fd(), place.raw(), place.length), "connect");
}

Socket accepted(const Socket& listener)
{
    return Socket(must(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

void sendTo(const Socket& socket, Place place, const QByteArray& bytes)
{
    must(sendto(socket.fd(), bytes.constData(), std::size_t(bytes.size()), 0, place.raw(), place.length), "sendto");
}

void sendBy(const Socket& socket, const QByteArray& bytes)
{
    must(send(socket.fd(), bytes.constData(), std::size_t(bytes.size()), 0), "send");
}

QByteArray received(const Socket& socket, std::size_t most = largest, int flags = 0)
{
    QByteArray bytes(qsizetype(most), '\0');
    bytes.truncate(must(recv(socket.fd(), bytes.data(), most, flags), "recv"));
    return bytes;
}

QByteArray withId(std::uint16_t id, QByteArray message)
{
    return message.replace(0, 1, QByteArray(1, char(id >> 8))).replace(1, 1, QByteArray(1, char(id)));
}

QByteArray question(std::uint16_t id = 1)
{
    return withId(id, test::Packet(0x0100).question(test::wireName("a.test")).bytes());
}

/// Filled up to that size.
QByteArray answer(std::uint16_t id = 1, qsizetype size = 0)
{
    return withId(id, test::simpleAnswer("a.test", "192.0.2.1").bytes()).leftJustified(size, '.');
}

/// As streams have it.
QByteArray framed(const QByteArray& message)
{
    return QByteArray(1, char(message.size() >> 8)) % char(message.size()) % message;
}

/// A server of datagrams, and who asks it.
struct Datagrams {
    explicit Datagrams(int family = AF_INET, bool isConnected = true)
        : server(boundAt(family, SOCK_DGRAM, serverPort))
        , client(boundAt(family, SOCK_DGRAM, 0))
        , family(family)
    {
        if (isConnected)
            connectTo(client, Place(family, serverPort));
    }

    void ask(const QByteArray& message) const
    {
        sendTo(client, Place(family, serverPort), message);
        QCOMPARE(received(server), message);
    }
    void tell(const QByteArray& message) const
    {
        sendTo(server, placeOf(client, family), message);
        QCOMPARE(received(client), message);
    }

    const Socket server;
    const Socket client;
    const int family;
};

/// A server that is called, and who has called it.
struct Stream {
    Stream()
    {
        connectTo(client, placeOf(listener, AF_INET));
        server.emplace(accepted(listener));
        const int yes = 1;
        must(setsockopt(server->fd(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)), "TCP_NODELAY");
    }

    void tell(const QByteArray& bytes) const
    {
        sendBy(*server, bytes);
        QCOMPARE(received(client, std::size_t(bytes.size()), MSG_WAITALL), bytes);
    }

    const Socket listener = boundAt(AF_INET, SOCK_STREAM, serverPort);
    const Socket client{AF_INET, SOCK_STREAM};
    std::optional<Socket> server;
};

} // namespace

class LookupsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void whoAsksIsTold_data();
    void whoAsksIsTold();
    void theAskerIsWhoSentTheQuestion();
    void anAnswersBeginningIsCopied_data();
    void anAnswersBeginningIsCopied();
    void whoHasNotAskedIsToldNothing();
    void anotherQuestionsAnswerTellsNothing();
    void anotherPortTellsNothing();
    void aStreamsMessagesAreTakenWhereTheyBegin();
    void aStreamInPiecesIsCountedAndFoundAgain();
    void aStreamThatAStrangerBeginsTellsNothing();
    void whatFindsNoRoomIsCountedAndArrives();
    void packetsNeedNotBeCounted();

private:
    void makeSource(WireCounting wire = WireCounting::On);
    [[nodiscard]] Reading read() const;
    /// Does it in a network namespace of its own. Returns what was told there.
    std::vector<NameAnswer> toldWhile(const std::function<void()>& work);

    std::unique_ptr<TrafficSource> m_source;
};

void LookupsTest::makeSource(WireCounting wire)
{
    m_source.reset();
    auto source = makeTrafficSource(backendToTest(), {}, wire);
    if (!source)
        qFatal("%s", qPrintable(source.error().detail));
    m_source = std::move(*source);
}

void LookupsTest::initTestCase()
{
    makeSource();
}

Reading LookupsTest::read() const
{
    auto reading = m_source->read();
    if (!reading)
        qFatal("%s", qPrintable(reading.error().detail));
    return std::move(*reading);
}

std::vector<NameAnswer> LookupsTest::toldWhile(const std::function<void()>& work)
{
    static_cast<void>(read());
    std::uint32_t netns = 0;
    sockets::inNewNamespace([&] {
        netns = networkNamespace();
        work();
    });
    std::vector<NameAnswer> told = read().answers;
    std::erase_if(told, [netns](const NameAnswer& one) { return one.netns != netns; });
    return told;
}

void LookupsTest::whoAsksIsTold_data()
{
    QTest::addColumn<int>("family");
    QTest::addColumn<bool>("isConnected");
    QTest::newRow("IPv4, connected") << AF_INET << true;
    QTest::newRow("IPv4") << AF_INET << false;
    QTest::newRow("IPv6, connected") << AF_INET6 << true;
    QTest::newRow("IPv6") << AF_INET6 << false;
}

void LookupsTest::whoAsksIsTold()
{
    QFETCH(const int, family);
    QFETCH(const bool, isConnected);
    const std::uint64_t beforeNs = readClocks().bootNs;
    const auto told = toldWhile([&] {
        const Datagrams datagrams(family, isConnected);
        datagrams.ask(question());
        datagrams.tell(answer());
    });
    QCOMPARE(told.size(), 1U);
    QCOMPARE(told[0].bytes, answer());
    QVERIFY(!told[0].isStream);
    QVERIFY(beforeNs < told[0].atNs && told[0].atNs < readClocks().bootNs);
    QCOMPARE(told[0].asker.pid, std::uint32_t(getpid()));
    const auto nsPerTick = 1'000'000'000ULL / std::uint64_t(sysconf(_SC_CLK_TCK));
    QCOMPARE(told[0].asker.startNs / nsPerTick, startTicks(getpid()));
}

void LookupsTest::theAskerIsWhoSentTheQuestion()
{
    pid_t child = 0;
    const auto told = toldWhile([&] {
        const Datagrams datagrams;
        child = must(fork(), "fork");
        if (child == 0) {
            sendBy(datagrams.client, question());
            _exit(0);
        }
        QCOMPARE(received(datagrams.server), question());
        datagrams.tell(answer());
        QCOMPARE(waitpid(child, nullptr, 0), child);
    });
    QCOMPARE(told.size(), 1U);
    QCOMPARE(told[0].asker.pid, std::uint32_t(child));
}

void LookupsTest::anAnswersBeginningIsCopied_data()
{
    QTest::addColumn<int>("size");
    for (const int size : {100, 255, 256, 257, 512, 1'231, 1'232, 1'233, 8'192})
        QTest::addRow("%d", size) << size;
}

void LookupsTest::anAnswersBeginningIsCopied()
{
    QFETCH(const int, size);
    const QByteArray message = answer(1, size);
    const auto told = toldWhile([&] {
        const Datagrams datagrams;
        datagrams.ask(question());
        datagrams.tell(message);
    });
    QCOMPARE(told.size(), 1U);
    QCOMPARE(told[0].bytes, message.first(std::min(message.size(), qsizetype(mostAnswerBytes))));
}

void LookupsTest::whoHasNotAskedIsToldNothing()
{
    const auto told = toldWhile([] {
        const Datagrams datagrams(AF_INET, false);
        datagrams.tell(answer());
    });
    QVERIFY(told.empty());
}

void LookupsTest::anotherQuestionsAnswerTellsNothing()
{
    constexpr std::uint16_t kept = 16; // QUESTIONS_KEPT
    const auto told = toldWhile([] {
        const Datagrams datagrams;
        for (std::uint16_t id = 1; id <= kept + 1; ++id)
            datagrams.ask(question(id));
        for (std::uint16_t id = 0; id <= kept + 2; ++id)
            datagrams.tell(answer(id));
    });
    QCOMPARE(told.size(), std::size_t(kept)); // the newest
    QCOMPARE(told.front().bytes, answer(2));
    QCOMPARE(told.back().bytes, answer(kept + 1));
}

void LookupsTest::anotherPortTellsNothing()
{
    const auto told = toldWhile([] {
        const Datagrams datagrams(AF_INET, false);
        datagrams.ask(question());
        const Socket other = boundAt(AF_INET, SOCK_DGRAM, serverPort + 1);
        sendTo(other, placeOf(datagrams.client, AF_INET), answer());
        QCOMPARE(received(datagrams.client), answer());
        sendTo(datagrams.client, placeOf(other, AF_INET), question(2)); // nor is who asks another port
        QCOMPARE(received(other), question(2));
        datagrams.tell(answer(2));
    });
    QVERIFY(told.empty());
}

void LookupsTest::aStreamsMessagesAreTakenWhereTheyBegin()
{
    const QByteArray both = framed(answer(2)) + framed(answer(3));
    const auto told = toldWhile([&] {
        const Stream stream;
        sendBy(stream.client, framed(question()));
        stream.tell(framed(answer(1)));
        stream.tell(both);
        stream.tell(framed(answer(4)));
    });
    QCOMPARE(told.size(), 3U);
    QCOMPARE(told[0].bytes, framed(answer(1)));
    QCOMPARE(told[1].bytes, both);
    QCOMPARE(told[2].bytes, framed(answer(4)));
    for (const NameAnswer& one : told) {
        QVERIFY(one.isStream);
        QCOMPARE(one.asker.pid, std::uint32_t(getpid()));
    }
}

void LookupsTest::aStreamInPiecesIsCountedAndFoundAgain()
{
    const QByteArray forged = framed(answer(6)); // within a message, where a packet begins
    const QByteArray outer = framed(answer(2) + forged);
    const std::uint64_t before = read().losses.missedAnswers;
    const auto told = toldWhile([&] {
        const Stream stream;
        stream.tell(outer.chopped(forged.size()));
        stream.tell(forged + framed(answer(3)));
        stream.tell(framed(answer(4)));
    });
    QCOMPARE(told.size(), 3U);
    QCOMPARE(told[0].bytes, outer.chopped(forged.size()));
    QCOMPARE(told[1].bytes, framed(answer(3)));
    QCOMPARE(told[2].bytes, framed(answer(4)));
    QCOMPARE(read().losses.missedAnswers - before, 1U);
}

void LookupsTest::aStreamThatAStrangerBeginsTellsNothing()
{
    const auto told = toldWhile([] {
        const Socket listener = boundAt(AF_INET, SOCK_STREAM, 0);
        const Socket stranger(AF_INET, SOCK_STREAM);
        Place place(AF_INET, serverPort);
        must(bind(stranger.fd(), place.raw(), place.length), "bind");
        connectTo(stranger, placeOf(listener, AF_INET));
        const Socket server = accepted(listener);
        sendBy(server, framed(question()));
        sendBy(stranger, framed(answer()));
        QCOMPARE(received(server), framed(answer()));
    });
    QVERIFY(told.empty());
}

void LookupsTest::whatFindsNoRoomIsCountedAndArrives()
{
    constexpr int many = 2'000; // half of them fit
    const std::uint64_t before = read().losses.missedAnswers;
    const auto told = toldWhile([] {
        const Datagrams datagrams;
        datagrams.ask(question());
        for (int i = 0; i < many; ++i)
            datagrams.tell(answer(1, 700));
    });
    const Reading after = read();
    QVERIFY(told.size() > 500);
    QVERIFY(after.losses.missedAnswers > before);
    QVERIFY(told.size() + (after.losses.missedAnswers - before) >= std::size_t(many));
    const auto again = toldWhile([] {
        const Datagrams datagrams;
        datagrams.ask(question());
        datagrams.tell(answer());
    });
    QCOMPARE(again.size(), 1U);
}

void LookupsTest::packetsNeedNotBeCounted()
{
    makeSource(WireCounting::Off);
    const auto told = toldWhile([] {
        const Datagrams datagrams;
        datagrams.ask(question());
        datagrams.tell(answer());
    });
    QCOMPARE(told.size(), 1U);
    QCOMPARE(told[0].asker.pid, std::uint32_t(getpid()));
    makeSource();
}

QTEST_GUILESS_MAIN(LookupsTest)
#include "tst_lookups.moc"
