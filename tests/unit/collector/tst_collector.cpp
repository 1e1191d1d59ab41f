// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/aggregate.h"
#include "helper/collector/collector.h"
#include "helper/collector/folds.h"
#include "helper/collector/naming.h"
#include "helper/source/addup.h"

#include <QTest>

using namespace bwt;

namespace {

constexpr std::uint64_t nsPerMs = 1'000'000;
constexpr std::int64_t bootMs = 1'773'000'000'000;

SourceInfo source()
{
    return {QStringLiteral("replay"), QStringLiteral("6.1"), {QStringLiteral("boot"), QStringLiteral("set")},
        bootMs + 10'000, {}};
}

/// A look at `afterBootMs`.
Reading readingAt(std::int64_t afterBootMs)
{
    Reading reading;
    reading.wallMs = bootMs + afterBootMs;
    reading.bootNs = static_cast<std::uint64_t>(afterBootMs) * nsPerMs;
    return reading;
}

FlowCounter counter(ProcessId process, const char* remote, std::uint64_t bytes, std::int64_t lastMs)
{
    FlowCounter counter;
    counter.key.pid = process.pid;
    counter.key.startNs = process.startNs;
    counter.key.remote = addressFromText(QString::fromLatin1(remote)).value_or(Address{});
    counter.key.protocol = 6;
    counter.bytes = bytes;
    counter.calls = 1;
    counter.lastNs = static_cast<std::uint64_t>(lastMs) * nsPerMs;
    return counter;
}

constexpr ProcessId curl{42, 5'000 * nsPerMs};

/// So many closed counters are not folded.
constexpr std::size_t apart = Collector::mostClosed / 2;

std::uint64_t bytesOf(const std::vector<Flow>& flows)
{
    std::uint64_t bytes = 0;
    for (const Flow& flow : flows)
        bytes += flow.bytes;
    return bytes;
}

/// Processes that have ended, each with one byte sent to one remote or to many.
Reading crowd(int processes, int counters)
{
    Reading reading = readingAt(20'000);
    for (int i = 0; i < processes; ++i)
        reading.processes.push_back({{static_cast<std::uint32_t>(100 + i), 5'000 * nsPerMs}, 1000, "curl",
            {"/usr/bin/curl"}, 19'500 * nsPerMs});
    for (int i = 0; i < counters; ++i) {
        const QByteArray remote = QStringLiteral("203.0.%1.%2").arg(i / 250).arg(i % 250).toLatin1();
        reading.flows.push_back(
            counter(reading.processes[static_cast<std::size_t>(i % processes)].id, remote.constData(), 1, 19'000));
    }
    addUp(reading.flows);
    return reading;
}

} // namespace

class CollectorTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aProcessIsNamedByItsExecutable()
    {
        Collector collector(source(), bootMs);
        Reading reading = readingAt(20'000);
        reading.processes = {{curl, 1000, "curl", {"/usr/bin/curl"}}, {{43, 1}, 1000, "a\nb"}};
        reading.flows = {counter(curl, "203.0.113.7", 1, 20'000), counter({43, 1}, "203.0.113.7", 1, 20'000)};
        const SnapshotPtr snapshot = collector.take(reading);
        const Process& named = snapshot->processes[0];
        QCOMPARE(named.startTimeMs, bootMs + 5'000);
        QCOMPARE(named.name, QStringLiteral("curl"));
        QCOMPARE(named.appId, QStringLiteral("/usr/bin/curl"));
        QCOMPARE(named.appName, QStringLiteral("curl"));
        const Process& withoutExecutable = snapshot->processes[1];
        QCOMPARE(withoutExecutable.name, QStringLiteral("a\\x0ab"));
        QCOMPARE(withoutExecutable.appId, QStringLiteral("a\\x0ab"));
    }

    void interfacesHaveTheirConnectionsNamesAndKeepThemForAWhile()
    {
        Collector collector(source(), bootMs);
        std::int64_t at = 20'000;
        const auto networks = [&](std::optional<Interfaces> interfaces) {
            Reading reading = readingAt(at += 1'000);
            reading.interfaces = std::move(interfaces);
            return collector.take(reading)->networks;
        };
        const auto interface = [](std::uint32_t index, const char* name) {
            Interface made;
            made.index = index;
            made.name = name;
            return made;
        };
        const NetworkName lo{1, QStringLiteral("lo")};
        QCOMPARE(networks(Interfaces{7, {interface(3, "wlan0"), interface(1, "lo")}}),
            (std::vector<NetworkName>{lo, {3, QStringLiteral("wlan0")}}));
        QVERIFY(!collector.hasConnections());
        collector.setConnections({{QStringLiteral("wlan0"), QStringLiteral("Home"), {}, {}}});
        QVERIFY(collector.hasConnections());
        const std::vector<NetworkName> home{lo, {3, QStringLiteral("Home")}};
        QCOMPARE(networks(std::nullopt), home);
        QCOMPARE(networks(Interfaces{7, {interface(1, "lo")}}), home);
        collector.setConnections({});
        QCOMPARE(networks(Interfaces{7, {interface(4, "a\nb")}}),
            (std::vector<NetworkName>{lo, {3, QStringLiteral("wlan0")}, {4, QStringLiteral("a\\x0ab")}}));

        Interfaces many{7, {}};
        for (std::uint32_t index = 10; index < 1'000; ++index)
            many.list.push_back(interface(index, "veth"));
        QCOMPARE(networks(many).size(), 990 + 3);
        const std::vector<NetworkName> left = networks(Interfaces{7, {interface(4, "eth0")}});
        QCOMPARE(left.size(), Networks::mostGone + 1);
        QCOMPARE(left.front().name, QStringLiteral("eth0"));
        QCOMPARE(left.back().index, 999);
    }

    void noNameCarriesControlCharacters()
    {
        Collector collector(source(), bootMs);
        Reading reading = readingAt(20'000);
        reading.processes = {{curl, 1000, "x\x1b[2J", {"/tmp/a\nb\u202ec\xff"}}};
        const SnapshotPtr snapshot = collector.take(reading);
        const Process& process = snapshot->processes[0];
        QCOMPARE(process.name, QStringLiteral("x\\x1b[2J"));
        QCOMPARE(process.exe, QStringLiteral("/tmp/a\\x0ab\\xe2\\x80\\xaec\\xff"));
        QCOMPARE(process.appId, process.exe);
        QCOMPARE(process.appName, QStringLiteral("a\\x0ab\\xe2\\x80\\xaec\\xff"));
    }

    void noAppCarriesControlCharacters()
    {
        Collector collector(source(), bootMs);
        Reading reading = readingAt(20'000);
        reading.processes = {{curl, 1000, "curl", {"/tmp/.mount_a\nbAb12Cd/curl"}}};
        const SnapshotPtr snapshot = collector.take(reading);
        QCOMPARE(snapshot->processes[0].appId, QStringLiteral("appimage:a\\x0ab"));
        QCOMPARE(snapshot->processes[0].appName, QStringLiteral("a\\x0ab"));
    }

    void anExecutableIsTheSameProgramOnceItIsDeleted()
    {
        Collector collector(source(), bootMs);
        Reading reading = readingAt(20'000);
        Executable deleted{"/usr/bin/curl"};
        deleted.isDeleted = true;
        reading.processes = {{curl, 1000, "curl", deleted}};
        const SnapshotPtr snapshot = collector.take(reading);
        const Process& process = snapshot->processes[0];
        QCOMPARE(process.exe, QStringLiteral("/usr/bin/curl (deleted)"));
        QCOMPARE(process.appId, QStringLiteral("/usr/bin/curl"));
        QCOMPARE(process.appName, QStringLiteral("curl"));
    }

    void theEndOfAPathIsNoPath()
    {
        Collector collector(source(), bootMs);
        Reading reading = readingAt(20'000);
        Executable tail{"/deep/down/curl"};
        tail.isTail = true;
        reading.processes = {{curl, 1000, "curl", tail}};
        const SnapshotPtr snapshot = collector.take(reading);
        const Process& process = snapshot->processes[0];
        QCOMPARE(process.exe, QStringLiteral("…/deep/down/curl"));
        QCOMPARE(process.appId, process.exe);
        QCOMPARE(process.appName, QStringLiteral("curl"));
    }

    void theKernelAndTheUnknownAreToldApart()
    {
        Collector collector(source(), bootMs);
        Reading reading = readingAt(20'000);
        reading.flows = {counter({0, 0}, "", 1, 20'000), counter(curl, "", 1, 20'000)};
        const SnapshotPtr snapshot = collector.take(reading);
        QCOMPARE(snapshot->processes[0].name, QStringLiteral("[kernel]"));
        QCOMPARE(snapshot->processes[0].uid, 0U);
        QVERIFY(snapshot->processes[1].name.isNull());
        QCOMPARE(snapshot->processes[1].uid, unknownUid);
    }

    void flowsAreOrderedAndPointAtTheirProcess()
    {
        Collector collector(source(), bootMs);
        Reading reading = readingAt(20'000);
        reading.processes = {{{9, 3}, 0, "c"}, {{8, 4}, 0, "b"}, {{9, 1}, 0, "a"}};
        for (const ProcessInfo& process : reading.processes) {
            reading.flows.push_back(counter(process.id, "203.0.113.8", 1, 1));
            reading.flows.push_back(counter(process.id, "203.0.113.7", 1, 1));
        }
        const SnapshotPtr snapshot = collector.take(reading);
        QVERIFY(std::ranges::is_sorted(snapshot->flows, {}, &Flow::key));
        for (const Flow& flow : snapshot->flows)
            QCOMPARE(snapshot->processes[flow.process].id, flow.key.process());
    }

    void intervalsFollowEachOther()
    {
        Collector collector(source(), bootMs);
        const SnapshotPtr first = collector.take(readingAt(20'000));
        QCOMPARE(first->sinceMs, bootMs + 10'000);
        QCOMPARE(first->untilMs, bootMs + 20'000);
        const SnapshotPtr second = collector.take(readingAt(21'000));
        QCOMPARE(second->sinceMs, bootMs + 20'000);

        Reading clockSetBack = readingAt(22'000);
        clockSetBack.wallMs -= 3'600'000;
        const SnapshotPtr third = collector.take(clockSetBack);
        QCOMPARE(third->sinceMs, clockSetBack.wallMs - 1'000); // as long as it was
        QCOMPARE(third->untilMs, clockSetBack.wallMs);
        clockSetBack.wallMs += 1'000;
        QCOMPARE(collector.take(clockSetBack)->sinceMs, third->untilMs);
    }

    void firstSightStaysAndLastSightMoves()
    {
        Collector collector(source(), bootMs);
        Reading reading = readingAt(20'000);
        reading.flows = {counter(curl, "203.0.113.7", 1, 19'500)};
        const SnapshotPtr first = collector.take(reading);
        QCOMPARE(first->flows[0].firstSeenMs, bootMs + 19'500);
        reading = readingAt(30'000);
        reading.flows = {counter(curl, "203.0.113.9", 1, 30'000), counter(curl, "203.0.113.7", 2, 29'000)};
        const SnapshotPtr second = collector.take(reading);
        QCOMPARE(second->flows[0].firstSeenMs, bootMs + 19'500);
        QCOMPARE(second->flows[0].lastSeenMs, bootMs + 29'000);
        QCOMPARE(second->flows[1].firstSeenMs, bootMs + 30'000);
    }

    void aFlowThatStandsStillIsTheSameInEverySnapshot()
    {
        Collector collector(source(), bootMs);
        Reading reading = readingAt(20'000);
        reading.flows = {counter(curl, "203.0.113.7", 1, 19'500)};
        const SnapshotPtr first = collector.take(reading);
        // The two clocks are read one after the other, and the wall clock may be set.
        for (const std::int64_t lagMs : {1, -1, 3'600'000, -3'600'000}) {
            reading.bootNs += 1'000 * nsPerMs;
            reading.wallMs = bootMs + static_cast<std::int64_t>(reading.bootNs / nsPerMs) + lagMs;
            QCOMPARE(collector.take(reading)->flows[0].lastSeenMs, first->flows[0].lastSeenMs);
        }
    }

    void aFlowKeepsTheScopeOfItsFirstSight()
    {
        int reads = 0;
        HostAddresses host;
        Collector collector(source(), bootMs, [&] {
            ++reads;
            return host;
        });
        const auto lookAt = [&](std::int64_t ms, std::initializer_list<const char*> remotes) {
            Reading reading = readingAt(ms);
            for (const char* remote : remotes)
                reading.flows.push_back(counter(curl, remote, 1, ms));
            return collector.take(reading);
        };
        QCOMPARE(lookAt(20'000, {"203.0.113.7"})->flows[0].scope, Scope::Internet);
        host.onLink = {{addressFromText(QStringLiteral("203.0.113.0")).value(), 96 + 24}};
        SnapshotPtr snapshot = lookAt(20'300, {"203.0.113.7", "203.0.113.8"});
        QCOMPARE(reads, 1); // what the interfaces just said is good enough
        QCOMPARE(snapshot->flows[1].scope, Scope::Internet);
        snapshot = lookAt(21'000, {"203.0.113.7", "203.0.113.8", "203.0.113.9"});
        QCOMPARE(reads, 2);
        QCOMPARE(snapshot->flows[0].scope, Scope::Internet);
        QCOMPARE(snapshot->flows[2].scope, Scope::Lan);
        static_cast<void>(lookAt(60'000, {"203.0.113.7", "203.0.113.8", "203.0.113.9"}));
        QCOMPARE(reads, 2); // nothing new, nothing asked
    }

    void whatIsClosedGoesOnInEverySnapshot()
    {
        Collector collector(source(), bootMs);
        Reading reading = readingAt(20'000);
        reading.flows = {counter(curl, "203.0.113.7", 100, 19'000), counter(curl, "203.0.113.8", 10, 19'000)};
        reading.processes = {{curl, 1000, "curl", {"/usr/bin/curl"}}};
        static_cast<void>(collector.take(reading));
        // Exchanged: the first is in the frozen generation alone, the second goes on in the new one.
        reading.flows[1].bytes = 13;
        reading.closing = std::make_shared<ClosedCounters>(
            ClosedCounters{1, {counter(curl, "203.0.113.7", 100, 19'000), counter(curl, "203.0.113.8", 10, 19'000)}});
        const SnapshotPtr closing = collector.take(reading);
        QCOMPARE(closing->closes, 1U);
        QCOMPARE(closing->flows[0].bytes, 100U);
        QCOMPARE(closing->flows[0].closedBytes, 100U);
        QCOMPARE(closing->flows[1].bytes, 13U);
        QCOMPARE(closing->flows[1].closedBytes, 10U);
        collector.noteRecorded(*closing);

        reading = readingAt(21'000); // where the process has not shown up in the new generation, and is not described
        reading.flows = {counter(curl, "203.0.113.8", 4, 20'500)};
        const SnapshotPtr after = collector.take(reading);
        QCOMPARE(after->closes, 0U);
        QCOMPARE(after->flows.size(), 2U);
        QCOMPARE(after->flows[0].bytes, 100U);
        QCOMPARE(after->flows[0].lastSeenMs, bootMs + 19'000);
        QCOMPARE(after->flows[1].bytes, 14U);
        QCOMPARE(after->flows[1].closedBytes, 10U);
        QCOMPARE(after->processes.at(after->flows[0].process).name, QStringLiteral("curl"));
    }

    void aSnapshotFromBeforeTheCloseMayBeRecordedAfterIt()
    {
        Collector collector(source(), bootMs);
        Reading reading = readingAt(20'000);
        reading.flows = {counter(curl, "203.0.113.7", 100, 19'000)};
        const SnapshotPtr before = collector.take(reading);
        reading.closing = std::make_shared<ClosedCounters>(ClosedCounters{1, reading.flows});
        const SnapshotPtr closing = collector.take(reading);
        collector.noteRecorded(*before);
        QCOMPARE(collector.take(reading)->flows[0].bytes, 100U);
        collector.noteRecorded(*closing);
        collector.noteRecorded(*closing);
        QCOMPARE(collector.take(readingAt(21'000))->flows[0].bytes, 100U);
    }

    void thePastOfTheSetIsAddedToEverySnapshot()
    {
        Flow flow;
        flow.key = counter(curl, "203.0.113.7", 0, 0).key;
        flow.bytes = flow.closedBytes = 70;
        flow.calls = flow.closedCalls = 7;
        flow.firstSeenMs = flow.lastSeenMs = bootMs + 15'000;
        flow.scope = Scope::Lan;
        Process process;
        process.id = curl;
        process.name = QStringLiteral("curl");
        Collector collector(source(), bootMs);
        collector.resume({3, {process}, {flow}});
        Reading reading = readingAt(20'000);
        QCOMPARE(collector.take(reading)->flows.at(0).bytes, 70U);
        reading.flows = {counter(curl, "203.0.113.7", 5, 19'000)};
        const SnapshotPtr snapshot = collector.take(reading);
        QCOMPARE(snapshot->flows.at(0).bytes, 75U);
        QCOMPARE(snapshot->flows[0].calls, 8U);
        QCOMPARE(snapshot->flows[0].closedBytes, 70U);
        QCOMPARE(snapshot->flows[0].scope, Scope::Lan);
        QCOMPARE(snapshot->processes.at(snapshot->flows[0].process).name, QStringLiteral("curl"));
    }

    void oldClosedCountersBecomeOneForEachProcessAndScope()
    {
        constexpr auto remotes = static_cast<int>(Collector::mostClosed) + 2;
        Collector collector(source(), bootMs, [] { return HostAddresses(); });
        Reading reading = readingAt(20'000);
        const auto remote = [](int net, int i) {
            return QStringLiteral("%1.0.%2.%3").arg(net).arg(i / 250).arg(i % 250).toLatin1();
        };
        for (int i = 0; i < remotes / 2; ++i)
            for (const int net : {10, 203}) // of the LAN and of the internet
                reading.flows.push_back(counter(curl, remote(net, i).constData(), 1, 19'000));
        addUp(reading.flows);
        reading.processes = {{curl, 1000, "curl", {}, 19'500 * nsPerMs}};
        reading.closing = std::make_shared<ClosedCounters>(ClosedCounters{1, reading.flows});
        const SnapshotPtr closing = collector.take(reading);
        QCOMPARE(closing->folds.number, 0U);
        collector.noteRecorded(*closing);
        const SnapshotPtr after = collector.take(readingAt(21'000));
        QCOMPARE(after->folds.number, 1U);
        QCOMPARE(after->folds.list.size(), std::size_t(remotes) - apart);
        std::vector<Flow> sums;
        std::ranges::copy_if(
            after->flows, std::back_inserter(sums), [](const Flow& flow) { return flow.key.folded != 0; });
        QCOMPARE(sums.size(), 2U);
        QCOMPARE(sums[0].bytes + sums[1].bytes, std::uint64_t(remotes) - apart);
        QVERIFY(sums[0].scope != sums[1].scope);
        QCOMPARE(sums[0].firstSeenMs, bootMs + 19'000);
        std::vector<Flow> earlier = closing->flows;
        fold(earlier, after->folds.list);
        QCOMPARE(earlier.size(), apart + 2);
        QCOMPARE(bytesOf(earlier), std::uint64_t(remotes));
    }

    void aCounterThatIsStillOpenIsKeptApartThoughItsProcessHasEnded()
    {
        Collector collector(source(), bootMs, [] { return HostAddresses(); });
        Reading reading = crowd(1, static_cast<int>(Collector::mostClosed) + 2);
        const FlowCounter first = reading.flows.front();
        reading.closing = std::make_shared<ClosedCounters>(ClosedCounters{1, reading.flows});
        reading.flows.front().bytes += 5; // of the generation after
        collector.noteRecorded(*collector.take(reading));
        reading = readingAt(21'000);
        reading.flows = {first};
        reading.flows.front().bytes = 5;
        const SnapshotPtr after = collector.take(reading);
        QCOMPARE(after->folds.number, 1U);
        QCOMPARE(bytesOf(after->flows), Collector::mostClosed + 2 + 5);
        const auto kept = std::ranges::find(after->flows, first.key, &Flow::key);
        QVERIFY(kept != after->flows.end());
        QCOMPARE(kept->bytes, first.bytes + 5);
    }

    void aLivingProcessKeepsItsSumsAndTheNewestOfItsRemotes()
    {
        Collector collector(source(), bootMs, [] { return HostAddresses(); });
        Reading reading = crowd(1, static_cast<int>(Collector::mostClosed) + 2);
        reading.processes.front().exitNs = 0;
        FlowCounter& newest = reading.flows.front();
        newest.lastNs += nsPerMs;
        reading.closing = std::make_shared<ClosedCounters>(ClosedCounters{1, reading.flows});
        collector.noteRecorded(*collector.take(reading));
        Reading later = readingAt(21'000);
        later.flows = {reading.flows[1]}; // an old one, which counts again
        const SnapshotPtr after = collector.take(later);
        QCOMPARE(bytesOf(after->flows), Collector::mostClosed + 2 + 1);
        QVERIFY(std::ranges::find(after->flows, newest.key, &Flow::key) != after->flows.end());
        for (const Flow& flow : after->flows)
            QCOMPARE(flow.key.process(), newest.key.process());
        QCOMPARE(after->flows.size(), apart + 2);
    }

    void manyProcessesThatEndedBecomeOneForEachProgram()
    {
        constexpr int processes = static_cast<int>(Collector::mostClosed) + 2;
        Collector collector(source(), bootMs, [] { return HostAddresses(); });
        Reading reading = crowd(processes, processes);
        reading.closing = std::make_shared<ClosedCounters>(ClosedCounters{1, reading.flows});
        collector.noteRecorded(*collector.take(reading));
        const SnapshotPtr after = collector.take(readingAt(21'000));
        QCOMPARE(after->flows.size(), apart + 1);
        QCOMPARE(bytesOf(after->flows), std::uint64_t(processes));
        const QList<Row> rows
            = aggregate(*after, nullptr, {Dimension::Process, Dimension::App}, {}, Visibility::everyone(), 0);
        QCOMPARE(rows.size(), qsizetype(apart) + 1);
        QCOMPARE(rows[0].numbers.txBytes, quint64(processes) - apart);
        QVERIFY(!rows[0].pid);
        QVERIFY(!rows[0].startTimeMs);
        QCOMPARE(rows[0].processName, QStringLiteral("curl"));
        QCOMPARE(rows[0].appId, QStringLiteral("/usr/bin/curl"));
        QCOMPARE(rows[0].uid, std::optional<quint32>(1000));
        collector.noteRecorded(*after);
        QCOMPARE(bytesOf(collector.take(readingAt(22'000))->flows), std::uint64_t(processes));
    }

    void asManyProgramsAsProcessesBecomeOneForEachUser()
    {
        constexpr int processes = static_cast<int>(Collector::mostClosed) + 2;
        Collector collector(source(), bootMs, [] { return HostAddresses(); });
        Reading reading = crowd(processes, processes);
        for (ProcessInfo& process : reading.processes)
            process.exe.path += QByteArray::number(process.id.pid);
        reading.closing = std::make_shared<ClosedCounters>(ClosedCounters{1, reading.flows});
        collector.noteRecorded(*collector.take(reading));
        const SnapshotPtr after = collector.take(readingAt(21'000));
        QCOMPARE(after->flows.size(), apart + 1);
        QCOMPARE(bytesOf(after->flows), std::uint64_t(processes));
        const auto sum = std::ranges::find_if(after->flows, [](const Flow& flow) { return flow.key.folded != 0; });
        QVERIFY(sum != after->flows.end());
        QCOMPARE(after->processes[sum->process].uid, 1000U);
        QVERIFY(after->processes[sum->process].exe.isNull());
    }
};

QTEST_GUILESS_MAIN(CollectorTest)
#include "tst_collector.moc"
