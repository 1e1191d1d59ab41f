// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/gaps.h"
#include "helper/source/replaysource.h"

#include <QTemporaryFile>
#include <QTest>

using namespace bwt;

namespace {

constexpr std::int64_t startWallMs = 1'800'000'000'000;
constexpr std::uint64_t nsPerMs = 1'000'000;

const QByteArray curl = R"("pid":812,"start_time_ms":1767225600000,"uid":1000,"process_name":"curl",)"
                        R"("exe":"/usr/bin/curl","protocol":"TCP","remote_ip":"192.0.2.7","service":443)";

QByteArray line(const QByteArray& fields)
{
    return '{' + fields + "}\n";
}

QByteArray curlMoves(int atMs, int txBytes, int rxBytes)
{
    return line("\"t_ms\":" + QByteArray::number(atMs) + ',' + curl + ",\"tx_bytes\":" + QByteArray::number(txBytes)
        + ",\"rx_bytes\":" + QByteArray::number(rxBytes));
}

const FlowCounter* flowOf(const Reading& reading, Direction direction)
{
    const auto found = std::ranges::find_if(
        reading.flows, [direction](const FlowCounter& flow) { return flow.key.direction == direction; });
    return found == reading.flows.end() ? nullptr : &*found;
}

} // namespace

class ReplaySourceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void deltasAddUpAsTimePasses()
    {
        auto source = play(curlMoves(0, 100, 0) + curlMoves(1000, 20, 5000) + curlMoves(2000, 3, 1));
        QVERIFY(source);
        QCOMPARE(bytes(**source, 0), (std::pair<quint64, quint64>(100, 0)));
        QCOMPARE(bytes(**source, 999), (std::pair<quint64, quint64>(100, 0)));
        QCOMPARE(bytes(**source, 1000), (std::pair<quint64, quint64>(120, 5000)));
        QCOMPARE(bytes(**source, 60'000), (std::pair<quint64, quint64>(123, 5001)));
    }

    void orderOfLinesDoesNotMatter()
    {
        auto source = play(curlMoves(2000, 3, 0) + "\n" + curlMoves(0, 100, 0));
        QVERIFY(source);
        QCOMPARE(bytes(**source, 0).first, 100U);
        QCOMPARE(bytes(**source, 2000).first, 103U);
    }

    void aLineBecomesKeyProcessAndTimes()
    {
        auto source = play(curlMoves(250, 100, 7));
        QVERIFY(source);
        m_elapsedMs = 1000;
        const auto reading = (*source)->read();
        QVERIFY(reading);
        QCOMPARE(reading->flows.size(), 2U);
        const FlowCounter* sent = flowOf(*reading, Direction::Tx);
        QVERIFY(sent);
        QCOMPARE(sent->key.process(), (ProcessId{812, 1767225600000 * nsPerMs}));
        QCOMPARE(sent->key.remote, (Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7}));
        QCOMPARE(sent->key.protocol, 6);
        QCOMPARE(sent->key.service, 443);
        QCOMPARE(sent->calls, 1U);
        QCOMPARE(sent->lastNs, (startWallMs + 250) * nsPerMs);
        QCOMPARE(reading->processes.size(), 1U);
        const ProcessInfo& process = reading->processes.front();
        QCOMPARE(process.id, sent->key.process());
        QCOMPARE(process.name, QByteArray("curl"));
        QCOMPARE(process.exe.path, QByteArray("/usr/bin/curl"));
        QCOMPARE(process.uid, 1000U);
        QCOMPARE(reading->wallMs, startWallMs + 1000);
        QCOMPARE(bootTimeMs(*reading), 0); // so that start_time_ms comes out as it went in
    }

    void whatIsLeftOutIsUnknown()
    {
        auto source = play(line(R"("t_ms":0,"pid":5,"start_time_ms":1,"process_name":"x","protocol":"IP-253",)"
                                R"("remote_ip":null,"exe":null,"rx_bytes":9,"rx_calls":3)"));
        QVERIFY(source);
        const auto reading = (*source)->read();
        QVERIFY(reading);
        QCOMPARE(reading->flows.size(), 1U);
        QCOMPARE(reading->flows[0].key.remote, Address{});
        QCOMPARE(reading->flows[0].key.protocol, 253);
        QCOMPARE(reading->flows[0].key.service, 0);
        QCOMPARE(reading->flows[0].calls, 3U);
        QCOMPARE(reading->processes[0].uid, unknownUid);
        QVERIFY(reading->processes[0].exe.path.isNull());
    }

    void packetsAreCountedWhereALineHasThem()
    {
        auto source = play(curlMoves(0, 100, 0)
            + line("\"t_ms\":0," + curl + ",\"tx_packets\":3,\"tx_wire_bytes\":256,\"rx_packets\":0"));
        QVERIFY(source);
        QVERIFY((*source)->info().gaps.isEmpty());
        const auto reading = (*source)->read();
        QVERIFY(reading);
        QCOMPARE(reading->flows.size(), 2U);
        const auto wire = std::ranges::find(
            reading->flows, Measure::Wire, [](const FlowCounter& flow) { return flow.key.measure; });
        QVERIFY(wire != reading->flows.end());
        QCOMPARE(wire->bytes, 256U);
        QCOMPARE(wire->calls, 3U);
    }

    void packetsThatNoLineHasAreAGap()
    {
        auto source = play(curlMoves(0, 100, 0));
        QVERIFY(source);
        QCOMPARE((*source)->info().gaps, QStringList(gap::packetsAndWireBytes));
    }

    void loopBeginsAgainAndKeepsCounting()
    {
        auto source = play(
            curlMoves(0, 100, 0) + curlMoves(500, 10, 0) + line(R"("t_ms":1000,"event":"end")"), Repeat::Endless);
        QVERIFY(source);
        QCOMPARE(bytes(**source, 999).first, 110U);
        QCOMPARE(bytes(**source, 1000).first, 210U);
        QCOMPARE(bytes(**source, 10'499).first, 11 * 100U + 10 * 10U);
    }

    void exitEndsAProcessUntilItIsSeenAgain()
    {
        const QByteArray exit = line(R"("t_ms":300,"event":"exit","pid":812,"start_time_ms":1767225600000)");
        auto source = play(curlMoves(0, 1, 0) + exit + line(R"("t_ms":1000,"event":"end")"), Repeat::Endless);
        QVERIFY(source);
        QCOMPARE(exitNs(**source, 299), 0U);
        QCOMPARE(exitNs(**source, 300), (startWallMs + 300) * nsPerMs);
        QCOMPARE(exitNs(**source, 1000), 0U);
    }

    void sleepTakesNoTimeAndPutsTheClocksAhead()
    {
        auto source = play(curlMoves(0, 100, 0) + line(R"("t_ms":1000,"event":"sleep","until_t_ms":29000)")
            + curlMoves(29'500, 10, 0));
        QVERIFY(source);
        m_elapsedMs = 999;
        QCOMPARE((*source)->read()->sleptNs, 0);
        QCOMPARE(bytes(**source, 1'499).first, 100U);
        const auto woken = (*source)->read();
        QVERIFY(woken);
        QCOMPARE(woken->sleptNs, std::int64_t(28'000 * nsPerMs));
        QCOMPARE(woken->wallMs, startWallMs + 29'499);
        QCOMPARE(bootTimeMs(*woken), 0);
        QCOMPARE(bytes(**source, 1'500).first, 110U);
        QCOMPARE(flowOf(*(*source)->read(), Direction::Tx)->lastNs, (startWallMs + 29'500) * nsPerMs);
    }

    void aLoopSleepsInEachRound()
    {
        auto source = play(
            line(R"("t_ms":1000,"event":"sleep","until_t_ms":5000)") + curlMoves(6'000, 10, 0), Repeat::Endless);
        QVERIFY(source);
        QCOMPARE(bytes(**source, 2'000).first, 10U);
        QCOMPARE(bytes(**source, 4'000).first, 20U);
        QCOMPARE((*source)->read()->sleptNs, std::int64_t(8'000 * nsPerMs));
    }

    void aSetClockMovesTheWallClockAlone()
    {
        auto source
            = play(line(R"("t_ms":1000,"event":"clock","by_ms":-3600000)") + line(R"("t_ms":3000,"event":"end")"));
        QVERIFY(source);
        m_elapsedMs = 2'000;
        const auto reading = (*source)->read();
        QVERIFY(reading);
        QCOMPARE(reading->wallMs, startWallMs + 2'000 - 3'600'000);
        QCOMPARE(reading->bootNs, (startWallMs + 2'000) * nsPerMs);
    }

    void otherEventsAreToldOnce()
    {
        auto source = play(line(R"("t_ms":1000,"event":"network","detail":"eth0 wlan0")")
            + line(R"("t_ms":2000,"event":"clock","by_ms":60000)") + line(R"("t_ms":3000,"event":"boot")"));
        QVERIFY(source);
        m_elapsedMs = 5'000;
        const auto reading = (*source)->read();
        QVERIFY(reading);
        const auto at = [](std::int64_t ms) { return qint64(startWallMs) + ms; };
        QCOMPARE(reading->events,
            (std::vector<Event>{{EventKind::Network, at(1'000), at(1'000), QStringLiteral("eth0 wlan0")},
                {EventKind::Boot, at(63'000), at(63'000), {}}}));
        QVERIFY((*source)->read()->events.empty());
    }

    void badLinesAreNamed_data()
    {
        QTest::addColumn<QByteArray>("bad");
        QTest::addColumn<QString>("complaint");
        const auto row = [](const char* name, const QByteArray& bad, const char* complaint) {
            QTest::newRow(name) << bad << QString::fromLatin1(complaint);
        };
        row("no JSON", "pid=5\n", "illegal value");
        row("no object", "[1]\n", "a line has to be one JSON object");
        row("no time", line(curl), "t_ms has to be a whole number");
        row("negative", line("\"t_ms\":-1," + curl), "t_ms has to be a whole number");
        row("fraction", line("\"t_ms\":0," + curl + ",\"tx_bytes\":1.5"), "tx_bytes has to be a whole number");
        row("not a number", line("\"t_ms\":0," + curl + ",\"tx_bytes\":\"9\""), "tx_bytes has to be a whole number");
        row("too large", line(R"("t_ms":0,"pid":4294967296)"), "pid has to be a whole number from 0 to 4294967295");
        row("no such year", line(R"("t_ms":0,"pid":1,"start_time_ms":9223372036855)"),
            "start_time_ms has to be a whole number from 0 to 9223372036854");
        row("no name", line(R"("t_ms":0,"pid":1,"start_time_ms":1,"protocol":"TCP")"),
            "process_name has to be a text");
        row("address",
            line(R"("t_ms":0,"pid":1,"start_time_ms":1,"process_name":"x","protocol":"TCP","remote_ip":"1.2")"),
            "remote_ip has to be an IPv4 or IPv6 address");
        row("protocol", line(R"("t_ms":0,"pid":1,"start_time_ms":1,"process_name":"x","protocol":"IP-256")"),
            "protocol has to be TCP");
        row("service",
            line(R"("t_ms":0,"pid":1,"start_time_ms":1,"process_name":"x","protocol":"TCP","service":"x-x")"),
            "service has to be a port");
        row("event", line(R"("t_ms":0,"event":"party","pid":1,"start_time_ms":1)"),
            "event has to be exit, end, sleep,");
        row("alert", line(R"("t_ms":0,"event":"alert")"), "event has to be exit, end, sleep,");
        row("sleep without end", line(R"("t_ms":0,"event":"sleep")"), "until_t_ms has to be a whole number");
        row("sleep backwards", line(R"("t_ms":2,"event":"sleep","until_t_ms":1)"), "until_t_ms has to be t_ms");
        row("clock", line(R"("t_ms":0,"event":"clock","by_ms":0.5)"), "by_ms has to be a whole number");
        row("clock of no year", line(R"("t_ms":0,"event":"clock","by_ms":-9223372036855)"),
            "by_ms has to be a whole number");
    }

    void badLinesAreNamed()
    {
        QFETCH(QByteArray, bad);
        QFETCH(QString, complaint);
        const auto source = play(curlMoves(0, 1, 1) + "\n" + bad);
        QVERIFY(!source);
        QCOMPARE(source.error().code, ErrorCode::InvalidArgument);
        QVERIFY2(source.error().detail.contains(QStringLiteral(", line 3: ") + complaint),
            qPrintable(source.error().detail));
    }

    void missingFileIsNamed()
    {
        const auto source = makeTrafficSource(QStringLiteral("replay:/nowhere/at/all.jsonl"));
        QVERIFY(!source);
        QCOMPARE(source.error().code, ErrorCode::Io);
        QVERIFY(source.error().detail.contains(QStringLiteral("/nowhere/at/all.jsonl")));
    }

    void momentCantBeLooped()
    {
        const auto source = play(curlMoves(0, 1, 1), Repeat::Endless);
        QVERIFY(!source);
        QCOMPARE(source.error().code, ErrorCode::InvalidArgument);
    }

    void neitherCanSleepAlone()
    {
        const auto source = play(line(R"("t_ms":0,"event":"sleep","until_t_ms":5000)"), Repeat::Endless);
        QVERIFY(!source);
        QCOMPARE(source.error().code, ErrorCode::InvalidArgument);
    }

    void theBackendsNameOpensARecording()
    {
        QTemporaryFile file;
        QVERIFY(file.open() && file.write(curlMoves(0, 1, 1) + curlMoves(100, 1, 1)) > 0 && file.flush());
        for (const auto& suffix : {QString(), QStringLiteral("?loop")}) {
            const auto source = makeTrafficSource(QStringLiteral("replay:") + file.fileName() + suffix);
            QVERIFY2(source, source ? "" : qPrintable(source.error().detail));
            QCOMPARE((*source)->info().backend, QStringLiteral("replay"));
            QCOMPARE((*source)->info().set.bootId, QStringLiteral("replay"));
        }
    }

    void everyOpeningIsASetOfItsOwn()
    {
        const auto one = play(curlMoves(0, 1, 1));
        const auto other = play(curlMoves(0, 1, 1));
        QVERIFY(one && other);
        QVERIFY((*one)->info().set.id != (*other)->info().set.id);
    }

    void unknownBackendIsRefusedInWords()
    {
        const auto source = makeTrafficSource(QStringLiteral("magic"));
        QVERIFY(!source);
        QCOMPARE(source.error().code, ErrorCode::InvalidArgument);
        QVERIFY(source.error().detail.contains(QStringLiteral("magic")));
    }

private:
    Result<std::unique_ptr<TrafficSource>> play(const QByteArray& text, Repeat repeat = Repeat::Once)
    {
        QTemporaryFile file;
        if (!file.open() || file.write(text) != text.size() || !file.flush())
            return failure(ErrorCode::Io, file.errorString());
        m_elapsedMs = 0;
        return ReplaySource::make(file.fileName(), repeat, {startWallMs, [this] { return m_elapsedMs; }});
    }

    std::pair<quint64, quint64> bytes(TrafficSource& source, std::int64_t elapsedMs)
    {
        m_elapsedMs = elapsedMs;
        const auto reading = source.read();
        const FlowCounter* sent = reading ? flowOf(*reading, Direction::Tx) : nullptr;
        const FlowCounter* received = reading ? flowOf(*reading, Direction::Rx) : nullptr;
        return {sent ? sent->bytes : 0, received ? received->bytes : 0};
    }

    quint64 exitNs(TrafficSource& source, std::int64_t elapsedMs)
    {
        m_elapsedMs = elapsedMs;
        const auto reading = source.read();
        return reading && !reading->processes.empty() ? reading->processes.front().exitNs : 0;
    }

    std::int64_t m_elapsedMs = 0;
};

QTEST_GUILESS_MAIN(ReplaySourceTest)
#include "tst_replaysource.moc"
