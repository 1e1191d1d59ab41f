// SPDX-License-Identifier: GPL-3.0-or-later
// Maps that fill up are exchanged for larger ones while programs count in them: no call may be lost, none counted
// twice. BWT_TEST_BACKEND names the backend ("auto" otherwise), BWT_TEST_DIVISOR shortens the long loops.
#include "helper/collector/collector.h"
#include "helper/source/backendchoice.h"
#include "helper/source/bpfsource.h"
#include "meter.h"
#include "sockets.h"
#include "sums.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <set>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace bwt;
using sockets::Socket;

namespace {

std::uint64_t shortened(std::uint64_t count)
{
    return count / static_cast<std::uint64_t>(std::max(1, qEnvironmentVariableIntValue("BWT_TEST_DIVISOR")));
}

constexpr std::array<char, 10> datagram{};

/// To one remote, which nobody reads.
std::uint64_t sendMany(std::uint64_t count)
{
    const Socket sink(AF_INET, SOCK_DGRAM);
    const std::uint16_t port = sockets::bindAnywhere(sink);
    const Socket client(AF_INET, SOCK_DGRAM);
    sockets::connectTo(client, sockets::loopback(port));
    std::uint64_t sent = 0;
    for (std::uint64_t i = 0; i < count; ++i)
        sent += static_cast<std::uint64_t>(
            std::max<ssize_t>(0, send(client.fd(), datagram.data(), datagram.size(), 0)));
    return sent;
}

/// One datagram to each of as many addresses of 127/8.
std::uint64_t sendToEach(std::uint32_t remotes)
{
    const Socket client(AF_INET, SOCK_DGRAM);
    std::uint64_t sent = 0;
    for (std::uint32_t i = 0; i < remotes; ++i) {
        sockaddr_in target = sockets::loopback(9);
        target.sin_addr.s_addr = htonl(0x7f010000U + i);
        sent += static_cast<std::uint64_t>(std::max<ssize_t>(0,
            sendto(client.fd(), datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&target),
                sizeof(target))));
    }
    return sent;
}

/// What `work` sends, by a process of its own that has ended when this returns.
template <typename Work> std::uint64_t byChild(Work work, pid_t& pid)
{
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0)
        qFatal("no pipe");
    pid = fork();
    if (pid == 0) {
        const std::uint64_t sent = work();
        _exit(write(ends[1], &sent, sizeof(sent)) == ssize_t{sizeof(sent)} ? 0 : 1);
    }
    std::uint64_t sent = 0;
    if (read(ends[0], &sent, sizeof(sent)) != ssize_t{sizeof(sent)})
        qFatal("the sending process failed");
    close(ends[0]);
    close(ends[1]);
    int status = 0;
    waitpid(pid, &status, 0);
    return sent;
}

std::uint64_t bytesSentBy(const Snapshot& snapshot, pid_t pid)
{
    std::uint64_t bytes = 0;
    for (const Flow& flow : snapshot.flows)
        if (flow.key.pid == static_cast<std::uint32_t>(pid) && flow.key.direction == Direction::Tx
            && flow.key.measure == Measure::Program)
            bytes += flow.bytes;
    return bytes;
}

std::size_t namedRemotesOf(const Snapshot& snapshot, pid_t pid)
{
    std::set<Address> remotes;
    for (const Flow& flow : snapshot.flows)
        if (flow.key.pid == static_cast<std::uint32_t>(pid) && flow.key.remote != Address{})
            remotes.insert(flow.key.remote);
    return remotes.size();
}

/// A source whose snapshots are recorded as soon as they are taken.
class Recorded {
public:
    explicit Recorded(const Room& room)
        : m_source(*BpfSource::make(backendToTest(), {room}))
        , m_collector(m_source->info(), 0)
    {
    }

    [[nodiscard]] SnapshotPtr look()
    {
        const auto reading = m_source->read();
        if (!reading)
            qFatal("%s", qPrintable(reading.error().detail));
        m_exchanges += reading->closing ? 1 : 0;
        m_mostRoom = std::max(m_mostRoom, reading->room.capacity);
        SnapshotPtr snapshot = m_collector.take(*reading);
        m_source->noteRecorded(snapshot->closes);
        m_collector.noteRecorded(*snapshot);
        return snapshot;
    }

    [[nodiscard]] int exchanges() const { return m_exchanges; }
    /// In any of the looks.
    [[nodiscard]] std::uint32_t mostRoom() const { return m_mostRoom; }

private:
    std::unique_ptr<TrafficSource> m_source;
    Collector m_collector;
    int m_exchanges = 0;
    std::uint32_t m_mostRoom = 0;
};

std::uint64_t sentByUs(const std::vector<bwt_flow>& rows)
{
    std::uint64_t bytes = 0;
    for (const bwt_flow& row : rows)
        if (row.key.tgid == static_cast<std::uint32_t>(getpid()) && row.key.direction == BWT_TX)
            bytes += row.value.bytes;
    return bytes;
}

const Backend& chosenBackend()
{
    const QString name = checkBackends(backendToTest())->chosen;
    return *std::ranges::find(backends(), name, [](const Backend& backend) { return QString(backend.name); });
}

} // namespace

class ExchangeTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void noSendIsLostToAReaderThatExchangesInALoop()
    {
        auto trial = KernelObject::load(chosenBackend(), {});
        QVERIFY2(trial.object, qPrintable(trial.report.reason));
        Counters& counters = trial.object->counters();
        const auto count = shortened(1'000'000);
        std::atomic<std::uint64_t> sent = 0;
        std::atomic<int> sending = 2;
        const auto work = [&] {
            sent += sendMany(count);
            --sending;
        };
        std::thread one(work);
        std::thread other(work);
        std::uint64_t closed = 0;
        int exchanges = 0;
        while (sending > 0) {
            QCOMPARE(counters.exchange({}), 0);
            const auto rows = counters.look();
            QVERIFY(rows);
            closed += sentByUs(counters.frozen()->rows.flows);
            counters.close(counters.frozen()->number);
            ++exchanges;
        }
        one.join();
        other.join();
        const auto rest = counters.look();
        QVERIFY(rest);
        qInfo() << exchanges << "exchanges," << trial.object->missedCalls() << "calls missed";
        QVERIFY(exchanges > 10);
        QCOMPARE(sent.load(), 2 * count * datagram.size());
        QCOMPARE(closed + sentByUs(rest->flows), sent.load());
        QCOMPARE(trial.object->missedCalls(), 0U);
    }

    void remotesThatComeFasterThanRoomIsMadeLoseTheirNamesAndNoByte()
    {
        Recorded source({64, 64, 64});
        pid_t pid = 0;
        const auto remotes = static_cast<std::uint32_t>(shortened(100'000));
        std::uint64_t sent = 0;
        std::atomic<bool> isSending = true;
        std::thread sender([&] {
            sent = byChild([remotes] { return sendToEach(remotes); }, pid);
            isSending = false;
        });
        while (isSending)
            static_cast<void>(source.look());
        sender.join();
        const SnapshotPtr end = source.look();
        QCOMPARE(sent, std::uint64_t{remotes} * datagram.size());
        QCOMPARE(bytesSentBy(*end, pid), sent);
        QVERIFY2(end->losses.coarseCalls > 0, "nothing fell to a coarser key: the test sent too slowly");
        const std::size_t named = namedRemotesOf(*end, pid);
        QVERIFY(named > 0);
        QVERIFY(named < remotes);
        QCOMPARE(end->losses.lostTxBytes, 0U);
        QVERIFY(source.exchanges() > 1);
        QVERIFY(source.mostRoom() > 64);
    }

    void whatWasClosedKeepsItsProcessAndItsBytes()
    {
        Recorded source({64, 64, 64});
        pid_t first = 0;
        QCOMPARE(byChild([] { return sendToEach(50); }, first), 500U);
        static_cast<void>(source.look());
        QCOMPARE(source.exchanges(), 1);
        pid_t second = 0;
        QCOMPARE(byChild([] { return sendToEach(5); }, second), 50U);
        const SnapshotPtr end = source.look();
        QCOMPARE(bytesSentBy(*end, first), 500U);
        QCOMPARE(bytesSentBy(*end, second), 50U);
        const auto process = std::ranges::find(
            end->processes, static_cast<std::uint32_t>(first), [](const Process& one) { return one.id.pid; });
        QVERIFY(process != end->processes.end());
        QCOMPARE(process->name, QStringLiteral("tst_exchange"));
        QCOMPARE(process->uid, getuid());
    }

    void roomShrinksWhenMostOfWhatItHoldsHasEnded()
    {
        Recorded source({64, 64, 64});
        pid_t pid = 0;
        for (int i = 0; i < 40; ++i) {
            QCOMPARE(byChild([] { return sendToEach(30); }, pid), 300U);
            QCOMPARE(bytesSentBy(*source.look(), pid), 300U);
        }
        QVERIFY(source.exchanges() > 10);
        QVERIFY2(source.look()->room.capacity <= 256,
            qPrintable(QStringLiteral("room for %1").arg(source.look()->room.capacity)));
    }
};

QTEST_GUILESS_MAIN(ExchangeTest)
#include "tst_exchange.moc"
