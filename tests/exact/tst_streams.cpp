// SPDX-License-Identifier: GPL-3.0-or-later
// Every way out of a TCP socket, alone and mixed: each byte counts once, for whoever took it.
#include "dbus/gaps.h"
#include "helper/source/bpfsource.h"
#include "meter.h"
#include "sockets.h"

#include <QTest>

#include <array>
#include <atomic>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace bwt;
using sockets::Socket;

namespace {

constexpr std::size_t pageBytes = 4096;

struct Pipe {
    Pipe()
    {
        if (pipe2(ends.data(), O_CLOEXEC) != 0)
            qFatal("pipe");
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe()
    {
        close(ends[0]);
        close(ends[1]);
    }
    [[nodiscard]] int out() const { return ends[0]; }
    [[nodiscard]] int in() const { return ends[1]; }

    std::array<int, 2> ends{};
};

void sendAll(int fd, std::size_t bytes, int flags = 0)
{
    const std::vector<char> data(bytes, 'x');
    if (send(fd, data.data(), bytes, flags) != static_cast<ssize_t>(bytes))
        qFatal("send");
}

/// Returns how many came; waits for all of them.
std::size_t receiveAll(int fd, std::size_t bytes)
{
    std::vector<char> data(bytes);
    return static_cast<std::size_t>(std::max<ssize_t>(0, recv(fd, data.data(), bytes, MSG_WAITALL)));
}

/// Throws away what the pipe holds.
void empty(const Pipe& pipe, std::size_t bytes)
{
    std::vector<char> data(bytes);
    for (std::size_t gone = 0; gone < bytes;)
        gone += static_cast<std::size_t>(std::max<ssize_t>(0, read(pipe.out(), data.data(), bytes - gone)));
}

/// Splices so many bytes out of a socket, or up to its end. Returns how many came.
std::size_t spliceAll(int fd, std::size_t bytes)
{
    const Pipe pipe;
    std::size_t taken = 0;
    while (taken < bytes) {
        const ssize_t part = splice(fd, nullptr, pipe.in(), nullptr, bytes - taken, SPLICE_F_MOVE);
        if (part <= 0)
            break;
        empty(pipe, static_cast<std::size_t>(part));
        taken += static_cast<std::size_t>(part);
    }
    return taken;
}

/// Bytes that wait in a socket.
int waiting(int fd)
{
    int bytes = -1;
    ioctl(fd, SIOCINQ, &bytes);
    return bytes;
}

void awaitWaiting(int fd, int bytes)
{
    QTRY_COMPARE(waiting(fd), bytes);
}

/// Pages of a socket, mapped into this process.
class Mapping {
public:
    Mapping(int fd, std::size_t bytes)
        : m_bytes(bytes)
        , m_pages(mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0))
    {
        if (m_pages == MAP_FAILED)
            qFatal("a socket can't be mapped");
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() { munmap(m_pages, m_bytes); }
    [[nodiscard]] quint64 address() const { return reinterpret_cast<quintptr>(m_pages); }

private:
    std::size_t m_bytes;
    void* m_pages;
};

struct Taken {
    std::size_t mapped = 0;
    std::size_t copied = 0;
};

/// One TCP_ZEROCOPY_RECEIVE: whole pages are mapped, the rest is copied.
Taken zerocopyReceive(int fd, const Mapping& mapping, std::size_t bytes)
{
    std::vector<char> tail(2 * pageBytes);
    tcp_zerocopy_receive request{};
    request.address = mapping.address();
    request.length = static_cast<__u32>(bytes / pageBytes * pageBytes);
    request.copybuf_address = reinterpret_cast<quintptr>(tail.data());
    request.copybuf_len = static_cast<__s32>(tail.size());
    socklen_t size = sizeof(request);
    if (getsockopt(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &request, &size) != 0 || request.copybuf_len < 0)
        qFatal("TCP_ZEROCOPY_RECEIVE");
    return {request.length, static_cast<std::size_t>(request.copybuf_len)};
}

/// Sends straight from its own pages, which arrive as whole pages too, and waits until the kernel is done with them.
void sendWithoutCopying(int fd, const std::vector<char>& data)
{
    const int yes = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &yes, sizeof(yes)) != 0
        || send(fd, data.data(), data.size(), MSG_ZEROCOPY) != static_cast<ssize_t>(data.size()))
        qFatal("MSG_ZEROCOPY");
    pollfd done{fd, 0, 0};
    poll(&done, 1, 10'000);
    std::array<char, 256> control{};
    msghdr message{};
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (recvmsg(fd, &message, MSG_ERRQUEUE) < 0)
        qFatal("the error queue is empty");
}

void takeDown(const Socket& socket)
{
    const sockaddr nowhere{.sa_family = AF_UNSPEC, .sa_data = {}};
    if (connect(socket.fd(), &nowhere, sizeof(nowhere)) != 0)
        qFatal("a socket can't be disconnected");
}

/// Makes a bound socket one end of a connection, without a handshake. Bytes in either direction begin at `sequence`.
void connectInRepair(const Socket& socket, std::uint16_t peer, std::uint32_t sequence)
{
    const auto set = [&socket](int option, const auto& value) {
        if (setsockopt(socket.fd(), IPPROTO_TCP, option, &value, sizeof(value)) != 0)
            qFatal("TCP_REPAIR: option %d: %s", option, std::strerror(errno));
    };
    constexpr std::uint32_t window = 65535;
    constexpr tcp_repair_opt scale{.opt_code = 3 /* RFC 7323, 2.2 */, .opt_val = 7 | 7 << 16};
    set(TCP_REPAIR, TCP_REPAIR_ON);
    for (const int queue : {TCP_RECV_QUEUE, TCP_SEND_QUEUE}) {
        set(TCP_REPAIR_QUEUE, queue);
        set(TCP_QUEUE_SEQ, sequence);
    }
    sockets::connectTo(socket, sockets::loopback(peer));
    set(TCP_REPAIR_OPTIONS, scale);
    set(TCP_REPAIR_WINDOW, tcp_repair_window{sequence, window, window, window, sequence});
    set(TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
}

sockets::Pair connectedAt(std::uint32_t sequence)
{
    sockets::Pair pair{Socket(AF_INET, SOCK_STREAM), Socket(AF_INET, SOCK_STREAM)};
    const std::uint16_t client = sockets::bindAnywhere(pair.client);
    const std::uint16_t server = sockets::bindAnywhere(pair.server);
    connectInRepair(pair.client, server, sequence);
    connectInRepair(pair.server, client, sequence);
    return pair;
}

/// Only a kernel that was built without it may lack it.
bool hasMptcp()
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
    if (fd < 0 && errno != EPROTONOSUPPORT)
        qFatal("MPTCP: %s", std::strerror(errno));
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/// Connected within a network namespace of their own.
sockets::Pair connectedElsewhere()
{
    std::optional<sockets::Pair> pair;
    sockets::inNewNamespace([&pair] { pair.emplace(sockets::connectedTcp()); });
    return std::move(*pair);
}

/// A sockmap that passes everything on to the socket that it is given; until this object goes.
class Sockmap {
public:
    explicit Sockmap(int socket)
        : m_map(bpf_map_create(BPF_MAP_TYPE_SOCKMAP, "test", sizeof(int), sizeof(int), 1, nullptr))
    {
        constexpr bpf_insn wholeLength{
            .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 0, .src_reg = 1, .off = 0, .imm = 0};
        constexpr bpf_insn pass{
            .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = SK_PASS};
        attach(wholeLength, BPF_SK_SKB_STREAM_PARSER);
        attach(pass, BPF_SK_SKB_STREAM_VERDICT);
        const int key = 0;
        if (bpf_map_update_elem(m_map, &key, &socket, BPF_ANY) != 0)
            qFatal("sockmap: %s", std::strerror(errno));
    }
    Sockmap(const Sockmap&) = delete;
    Sockmap& operator=(const Sockmap&) = delete;
    ~Sockmap()
    {
        close(m_map);
        for (const int program : m_programs)
            close(program);
    }

private:
    void attach(bpf_insn result, bpf_attach_type type)
    {
        const std::array code{
            result, bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
        const int program = bpf_prog_load(BPF_PROG_TYPE_SK_SKB, "test", "GPL", code.data(), code.size(), nullptr);
        m_programs.push_back(program);
        if (program < 0 || bpf_prog_attach(program, m_map, type, 0) != 0)
            qFatal("sk_skb: %s", std::strerror(errno));
    }

    const int m_map;
    std::vector<int> m_programs;
};

} // namespace

class StreamsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(geteuid() == 0, "counting in the kernel needs root");
        m_meter.emplace();
    }

    void init() { m_meter->restart(); }

    void cleanup() { QCOMPARE(m_meter->missed(), 0U); }

    void noWayOfReceivingIsAGap()
    {
        for (const auto code : {gap::spliceRx, gap::tcpZerocopyRx, gap::streamBegin})
            QVERIFY2(!m_meter->gaps().contains(code), code.data());
    }

    void splicedBytesCountAtOnceAndEachCall()
    {
        const auto [client, server] = sockets::connectedTcp();
        sendAll(client.fd(), 30'000);
        awaitWaiting(server.fd(), 30'000);
        QCOMPARE(spliceAll(server.fd(), 12'345), 12'345U);
        QCOMPARE(m_meter->received(), 12'345U);
        QCOMPARE(spliceAll(server.fd(), 30'000 - 12'345), 30'000U - 12'345U);
        QCOMPARE(m_meter->received(), 30'000U);
        QCOMPARE(m_meter->moved(Direction::Rx).calls, 2U);
    }

    void endOfStreamIsNoByte()
    {
        {
            const auto [client, server] = sockets::connectedTcp();
            sendAll(client.fd(), 700);
            shutdown(client.fd(), SHUT_WR);
            QCOMPARE(spliceAll(server.fd(), 100'000), 700U);
            QCOMPARE(spliceAll(server.fd(), 100'000), 0U);
        }
        QCOMPARE(m_meter->received(), 700U);
        const auto [client, server] = sockets::connectedTcp();
        sendAll(client.fd(), 70);
        shutdown(client.fd(), SHUT_WR);
        QCOMPARE(receiveAll(server.fd(), 100), 70U);
        QCOMPARE(spliceAll(server.fd(), 100), 0U);
        QCOMPARE(m_meter->received(), 770U);
    }

    void teeDuplicatesNothing()
    {
        const auto [client, server] = sockets::connectedTcp();
        sendAll(client.fd(), 3000);
        const Pipe first;
        const Pipe second;
        QCOMPARE(splice(server.fd(), nullptr, first.in(), nullptr, 3000, 0), 3000);
        QCOMPARE(tee(first.out(), second.in(), 3000, 0), 3000);
        QCOMPARE(m_meter->received(), 3000U);
    }

    void callsMixOnOneSocket()
    {
        const auto [client, server] = sockets::connectedTcp();
        sendAll(client.fd(), 10'000);
        std::array<char, 500> peeked{};
        QCOMPARE(recv(server.fd(), peeked.data(), peeked.size(), MSG_PEEK | MSG_WAITALL), 500);
        QCOMPARE(spliceAll(server.fd(), 2000), 2000U);
        QCOMPARE(recv(server.fd(), peeked.data(), peeked.size(), MSG_PEEK | MSG_WAITALL), 500);
        QCOMPARE(m_meter->received(), 2000U);
        QCOMPARE(receiveAll(server.fd(), 1000), 1000U);
        QCOMPARE(recv(server.fd(), peeked.data(), 300, MSG_TRUNC), 300);
        QCOMPARE(spliceAll(server.fd(), 700), 700U);
        QCOMPARE(receiveAll(server.fd(), 6000), 6000U);
        QCOMPARE(m_meter->received(), 10'000U);
    }

    void urgentByteCountsWhenItIsAskedFor()
    {
        const auto [client, server] = sockets::connectedTcp();
        char urgent = 0;
        sendAll(client.fd(), 100);
        sendAll(client.fd(), 1, MSG_OOB);
        sendAll(client.fd(), 100);
        awaitWaiting(server.fd(), 100);
        QCOMPARE(spliceAll(server.fd(), 100), 100U);
        QTRY_COMPARE(recv(server.fd(), &urgent, 1, MSG_OOB | MSG_PEEK), 1);
        QCOMPARE(m_meter->received(), 100U);
        QCOMPARE(recv(server.fd(), &urgent, 1, MSG_OOB), 1);
        QCOMPARE(m_meter->received(), 101U);
        QCOMPARE(receiveAll(server.fd(), 40), 40U);
        QCOMPARE(spliceAll(server.fd(), 60), 60U);
        QCOMPARE(m_meter->received(), 201U);
    }

    void urgentByteThatNobodyWantsIsNoByte()
    {
        const auto [client, server] = sockets::connectedTcp();
        for (int i = 0; i < 3; ++i) { // a byte alone in its buffer, and one amid others
            sendAll(client.fd(), 1, MSG_OOB);
            QTRY_COMPARE(waiting(server.fd()), 0);
            sendAll(client.fd(), 100);
            QCOMPARE(receiveAll(server.fd(), 100), 100U);
            sendAll(client.fd(), 50, MSG_OOB);
            sendAll(client.fd(), 100);
            QCOMPARE(receiveAll(server.fd(), 49), 49U);
            QCOMPARE(receiveAll(server.fd(), 100), 100U);
        }
        QCOMPARE(m_meter->received(), 3U * 249U);
        const int yes = 1;
        setsockopt(server.fd(), SOL_SOCKET, SO_OOBINLINE, &yes, sizeof(yes));
        sendAll(client.fd(), 10, MSG_OOB);
        QCOMPARE(receiveAll(server.fd(), 9), 9U);
        const Mapping mapping(server.fd(), pageBytes);
        QCOMPARE(zerocopyReceive(server.fd(), mapping, pageBytes).copied, 1U);
        QCOMPARE(m_meter->received(), 3U * 249U + 10U);
    }

    void urgentByteThatTheNextOvertakesIsNoByte()
    {
        const auto [client, server] = sockets::connectedTcp();
        sendAll(client.fd(), 1, MSG_OOB);
        sendAll(client.fd(), 1, MSG_OOB);
        sendAll(client.fd(), 100);
        QCOMPARE(receiveAll(server.fd(), 100), 100U);
        QCOMPARE(m_meter->received(), 100U);
    }

    void mappedPagesAndTheCopiedTailCount()
    {
        constexpr std::size_t tailBytes = 1000;
        const auto [client, server] = sockets::connectedTcp();
        const std::vector<char> data(8 * pageBytes + tailBytes, 'x');
        sendWithoutCopying(client.fd(), data);
        awaitWaiting(server.fd(), static_cast<int>(data.size()));
        const Mapping mapping(server.fd(), 8 * pageBytes);
        std::size_t mapped = 0;
        std::size_t copied = 0;
        while (mapped + copied < data.size()) {
            const Taken taken = zerocopyReceive(server.fd(), mapping, data.size());
            QVERIFY(taken.mapped + taken.copied > 0);
            mapped += taken.mapped;
            copied += taken.copied;
            QCOMPARE(m_meter->received(), mapped + copied);
        }
        qInfo() << mapped << "bytes mapped," << copied << "copied";
        QVERIFY(mapped > 0);
        QVERIFY(copied > 0);
    }

    void smallZerocopyReceiveEndsWithTheStream()
    {
        const auto [client, server] = sockets::connectedTcp();
        sendAll(client.fd(), 900);
        shutdown(client.fd(), SHUT_WR);
        awaitWaiting(server.fd(), 900);
        const Mapping mapping(server.fd(), pageBytes);
        QCOMPARE(zerocopyReceive(server.fd(), mapping, pageBytes).copied, 900U);
        QCOMPARE(spliceAll(server.fd(), 100), 0U);
        QCOMPARE(receiveAll(server.fd(), 100), 0U);
        QCOMPARE(m_meter->received(), 900U);
    }

    void readersOfOneSocketTakeEachByteOnce()
    {
        constexpr std::size_t total = 16'000'000;
        const auto [client, server] = sockets::connectedTcp();
        std::atomic<std::size_t> taken = 0;
        constexpr int readerCount = 8;
        std::vector<std::thread> readers;
        readers.reserve(readerCount);
        for (int i = 0; i < readerCount; ++i)
            readers.emplace_back([&taken, i, fd = server.fd()] {
                const std::size_t size = 1000 * static_cast<std::size_t>(i + 1);
                for (std::size_t got = 1; got > 0; taken += got)
                    got = i % 2 ? spliceAll(fd, size) : receiveAll(fd, size);
            });
        const std::vector<char> data(total, 'x');
        for (std::size_t sent = 0; sent < total;)
            sent += static_cast<std::size_t>(send(client.fd(), data.data() + sent, total - sent, 0));
        shutdown(client.fd(), SHUT_WR);
        for (std::thread& reader : readers)
            reader.join();
        QCOMPARE(taken.load(), total);
        QCOMPARE(m_meter->sent(), total);
        QCOMPARE(m_meter->received(), total);
    }

    void sequenceNumbersWrap()
    {
        const auto [client, server] = connectedAt(0xffff'f000);
        for (int i = 0; i < 5; ++i) {
            sendAll(client.fd(), 2000);
            sendAll(server.fd(), 300);
            QCOMPARE(i % 2 ? receiveAll(server.fd(), 2000) : spliceAll(server.fd(), 2000), 2000U);
            QCOMPARE(receiveAll(client.fd(), 300), 300U);
        }
        shutdown(client.fd(), SHUT_WR);
        QCOMPARE(spliceAll(server.fd(), 100), 0U);
        QCOMPARE(m_meter->received(), 5U * 2300U);
    }

    void socketsFromBeforeCountFromThenOn_data()
    {
        QTest::addColumn<bool>("isElsewhere");
        QTest::newRow("in this network namespace") << false;
        QTest::newRow("in another") << true;
    }

    void socketsFromBeforeCountFromThenOn()
    {
        QFETCH(const bool, isElsewhere);
        const auto [client, server] = isElsewhere ? connectedElsewhere() : sockets::connectedTcp();
        sendAll(client.fd(), 5000);
        QCOMPARE(receiveAll(server.fd(), 1000), 1000U);
        QCOMPARE(spliceAll(server.fd(), 1000), 1000U);
        const Meter late;
        QCOMPARE(spliceAll(server.fd(), 1500), 1500U);
        QCOMPARE(late.received(), 1500U);
        QCOMPARE(receiveAll(server.fd(), 1500), 1500U);
        QCOMPARE(late.received(), 3000U);
    }

    void callThatWaitedWhenCountingBeganCountsWhole()
    {
        const auto [client, server] = sockets::connectedTcp();
        std::size_t taken = 0;
        std::thread reader([&taken, fd = server.fd()] { taken = receiveAll(fd, 900); });
        sendAll(client.fd(), 300);
        awaitWaiting(server.fd(), 0);
        const Meter late;
        sendAll(client.fd(), 600);
        reader.join();
        QCOMPARE(taken, 900U);
        QCOMPARE(late.received(), late.gaps().contains(gap::callsBeforeAttach) ? 600U : 900U);
    }

    void socketsWithoutRoomCountWhatRecvmsgReturns()
    {
        MapSizes sizes;
        sizes.streams = 1;
        sizes.readers = 1;
        auto source = BpfSource::make(backendToTest(), sizes);
        QVERIFY(source);
        const Meter small(std::move(*source));
        const auto [client, server] = sockets::connectedTcp();
        const auto [other, another] = sockets::connectedTcp();
        for (const auto& [from, to] : {std::pair{client.fd(), server.fd()}, std::pair{other.fd(), another.fd()}}) {
            sendAll(from, 200'000);
            QCOMPARE(receiveAll(to, 200'000), 200'000U);
            std::thread([from = to, to = from] { // a thread that there is no room for either
                sendAll(from, 5000);
                receiveAll(to, 5000);
            })
                .join();
        }
        QCOMPARE(small.received(), 410'000U);
        QVERIFY(small.read().losses.uncertainReceipts > 0);
    }

    void bytesThatADisconnectThrowsAwayDoNotCount()
    {
        auto [client, server] = sockets::connectedTcp();
        sendAll(client.fd(), 1000);
        QCOMPARE(receiveAll(server.fd(), 300), 300U);
        takeDown(server);
        QCOMPARE(spliceAll(server.fd(), 1000), 0U);
        QCOMPARE(m_meter->received(), 300U);
        const Socket listener(AF_INET, SOCK_STREAM);
        const auto address = sockets::loopback(sockets::bindAnywhere(listener));
        QCOMPARE(listen(listener.fd(), 1), 0);
        sockets::connectTo(server, address);
        const Socket accepted(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
        sendAll(accepted.fd(), 50);
        QCOMPARE(spliceAll(server.fd(), 50), 50U);
        QCOMPARE(m_meter->received(), 350U);
    }

    void sockmapCountsWhatTheProgramGets()
    {
        const auto [client, server] = sockets::connectedTcp();
        sendAll(client.fd(), 500);
        QCOMPARE(spliceAll(server.fd(), 500), 500U);
        const Sockmap sockmap(server.fd());
        sendAll(client.fd(), 30'000);
        QCOMPARE(receiveAll(server.fd(), 10'000), 10'000U);
        QCOMPARE(m_meter->received(), 10'500U);
        QCOMPARE(receiveAll(server.fd(), 20'000), 20'000U);
        QCOMPARE(m_meter->received(), 30'500U);
        QCOMPARE(m_meter->movedByKernel(Direction::Rx).bytes, 0U); // it took them only for the program
    }

    void mptcpCountsOnceUnderItsOwnProtocol()
    {
        if (!hasMptcp()) { // nor then anything to count
            qInfo() << "absent in this kernel: MPTCP";
            return;
        }
        const bool splices = !m_meter->gaps().contains(gap::mptcpSpliceRx);
        const Socket listener(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
        const std::uint16_t port = sockets::bindAnywhere(listener);
        QCOMPARE(listen(listener.fd(), 1), 0);
        const Socket client(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
        sockets::connectTo(client, sockets::loopback(port));
        const Socket server(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
        sendAll(client.fd(), 30'000);
        QCOMPARE(receiveAll(server.fd(), 20'000), 20'000U);
        QCOMPARE(spliceAll(server.fd(), 10'000), 10'000U);
        const Sum received = m_meter->moved(Direction::Rx);
        QCOMPARE(received.bytes, splices ? 30'000U : 20'000U);
        QCOMPARE(received.keys.size(), 1U);
        QCOMPARE(received.keys[0].protocol, IPPROTO_MPTCP);
    }

private:
    std::optional<Meter> m_meter;
};

QTEST_GUILESS_MAIN(StreamsTest)
#include "tst_streams.moc"
