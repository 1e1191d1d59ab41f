// SPDX-License-Identifier: GPL-3.0-or-later
// When recording went on and what happened meanwhile; and on which network traffic passed.
#include "tests/unit/store/testkit.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bwt;
using namespace bwt::test;

namespace {

const Process firefox = makeProcess(100, QStringLiteral("firefox"));
const QString host = QStringLiteral("203.0.113.7");

FlowKey wireKey(FlowKey key, std::uint32_t ifindex)
{
    key.measure = Measure::Wire;
    key.ifindex = ifindex;
    return key;
}

} // namespace

class CoverageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        setZone("UTC");
        m_directory = std::make_unique<QTemporaryDir>();
        m_store = openStore(m_directory->path());
        m_counters = Counters();
        m_at = noonMs;
        m_setByMs = 0;
    }

    void sleepIsAGapAndZeroTrafficIsNot()
    {
        insert(2 * minuteMs);
        // Slept from the third minute's middle to the tenth's, within one commit.
        const std::int64_t from = m_at + minuteMs / 2;
        const std::int64_t until = from + 7 * minuteMs;
        insert(10 * minuteMs, {{EventKind::Sleep, from, until, {}}});
        insert(2 * minuteMs);
        QCOMPARE(gapsIn(14), QStringLiteral("...xxxxxx....."));
    }

    void aClockThatLeaptAheadLeavesAGap()
    {
        insert(2 * minuteMs);
        // What is recorded is as long as it was, and ends now.
        const std::int64_t from = m_at + minuteMs;
        insert(20 * minuteMs, {{EventKind::Clock, from, from + 15 * minuteMs, {}}});
        QCOMPARE(gapsIn(22), QStringLiteral("..xxxxxxxxxxxxxxx....."));
    }

    void aClockThatWasSetBackLeavesNone()
    {
        insert(10 * minuteMs);
        const std::int64_t from = m_at;
        m_at -= 5 * minuteMs;
        insert(3 * minuteMs, {{EventKind::Clock, from, m_at, {}}});
        insert(5 * minuteMs);
        QCOMPARE(gapsIn(14), QStringLiteral(".............x"));
    }

    void manyAbsencesInOneCommitAreManyGaps()
    {
        const auto sleep = [this](int from, int until) {
            return Event{EventKind::Sleep, m_at + from * minuteMs, m_at + until * minuteMs, {}};
        };
        insert(12 * minuteMs, {sleep(1, 3), sleep(4, 5), sleep(4, 6), sleep(8, 20)});
        QCOMPARE(gapsIn(13), QStringLiteral(".xx.xx..xxxxx"));
    }

    void whatIsCarriedTwiceIsOneGap()
    {
        const Event sleep{EventKind::Sleep, m_at + minuteMs, m_at + 2 * minuteMs, {}};
        insert(3 * minuteMs, {sleep});
        insert(3 * minuteMs, {sleep});
        QCOMPARE(gapsIn(7), QStringLiteral(".x....x"));
        QCOMPARE(valueOf(m_store->events(noonMs, noonMs + hourMs)), QList<Event>({sleep}));
    }

    void eventsWithoutALengthAreNoGaps()
    {
        insert(3 * minuteMs,
            {{EventKind::Restart, m_at + minuteMs, m_at + minuteMs, QStringLiteral("0.1.0")},
                {EventKind::Network, m_at + minuteMs, m_at + minuteMs, QStringLiteral("eth0")}});
        QCOMPARE(gapsIn(3), QStringLiteral("..."));
    }

    void pausesAreGapsWithTheirEvents()
    {
        insert(2 * minuteMs);
        const Event network{EventKind::Network, m_at + minuteMs, m_at + minuteMs, QStringLiteral("wlan0")};
        m_counters.add(firefox, makeKey(firefox, host, Direction::Tx), 5'000);
        Snapshot snapshot = m_counters.snapshot(m_at, m_at + 3 * minuteMs);
        snapshot.events = {network};
        QVERIFY(m_store->skip(snapshot));
        m_at += 3 * minuteMs;
        insert(minuteMs);
        QCOMPARE(gapsIn(6), QStringLiteral("..xxx."));
        QCOMPARE(bytesIn(*m_store), 0U);
        QCOMPARE(valueOf(m_store->events(noonMs, noonMs + hourMs)), QList<Event>({network}));
    }

    void timeWithoutAHelperIsAGapOnlyWhereNothingCounted()
    {
        insert(2 * minuteMs);
        m_store.reset();
        m_store = openStore(m_directory->path());
        m_at += 3 * minuteMs; // the counters went on: the next commit covers the time
        insert(minuteMs);
        QCOMPARE(gapsIn(6), QStringLiteral("......"));
        m_at += 3 * minuteMs;
        m_counters = Counters(QStringLiteral("set-2")); // made just now
        Snapshot snapshot = m_counters.snapshot(m_at, m_at + minuteMs);
        snapshot.countingSinceMs = m_at;
        valueOf(m_store->insert(snapshot));
        QCOMPARE(gapsIn(10), QStringLiteral("......xxx."));
    }

    void eventsComeBackOnceInOrderOfTime()
    {
        const Event boot{EventKind::Boot, noonMs - hourMs, noonMs - hourMs, {}};
        const Event restart{EventKind::Restart, noonMs, noonMs, QStringLiteral("0.1.0")};
        const Event sleep{EventKind::Sleep, noonMs + minuteMs, noonMs + 5 * minuteMs, {}};
        const Event network{EventKind::Network, noonMs + minuteMs, noonMs + minuteMs, QStringLiteral("eth0 wlan0")};
        const Event full{EventKind::Alert, noonMs + hourMs, noonMs + hourMs, QStringLiteral("plan-full")};
        const Event near{EventKind::Alert, noonMs + hourMs, noonMs + hourMs, QStringLiteral("plan-near")};
        insert(minuteMs, {boot, restart});
        insert(10 * minuteMs, {restart, sleep, network});
        insert(hourMs, {sleep, network, full, near});
        m_store.reset();
        m_store = openStore(m_directory->path());
        insert(minuteMs, {full, near});
        const auto events = [this](std::int64_t sinceMs, std::int64_t untilMs) {
            return valueOf(m_store->events(sinceMs, untilMs));
        };
        QCOMPARE(events(0, noonMs + dayMs), QList<Event>({boot, restart, sleep, network, full, near}));
        QCOMPARE(events(noonMs, noonMs + 1), QList<Event>({restart}));
        QCOMPARE(events(noonMs + 3 * minuteMs, noonMs + 4 * minuteMs), QList<Event>({sleep})); // it reaches in
        QCOMPARE(events(noonMs + 5 * minuteMs, noonMs + hourMs), QList<Event>());
        QVERIFY(m_store->clear({noonMs, noonMs + minuteMs}));
        QCOMPARE(events(0, noonMs + dayMs), QList<Event>({boot, sleep, network, full, near}));
    }

    void programsBytesGoWhereTheSameFlowsPacketsWent()
    {
        const FlowKey sent = makeKey(firefox, host, Direction::Tx);
        const FlowKey received = makeKey(firefox, host, Direction::Rx);
        const FlowKey other = makeKey(firefox, QStringLiteral("192.0.2.1"), Direction::Tx);
        m_counters.add(firefox, sent, 100);
        m_counters.add(firefox, received, 1'000);
        m_counters.add(firefox, wireKey(sent, 2), 200);
        m_counters.add(firefox, wireKey(received, 2), 1'500);
        m_counters.add(firefox, other, 7);
        m_counters.add(firefox, wireKey(other, 3), 70);
        insertWire();
        QCOMPARE(networks(), (QStringList{QStringLiteral("eth0 1100 1700"), QStringLiteral("wlan0 7 70")}));

        // The cable is pulled: the same flow goes on by air.
        m_counters.add(firefox, sent, 10);
        m_counters.add(firefox, wireKey(sent, 3), 62);
        insertWire();
        QCOMPARE(networks(), (QStringList{QStringLiteral("eth0 1100 1700"), QStringLiteral("wlan0 17 132")}));
        // What the program takes now came by air as what it acknowledges shows, though most ever came by cable.
        m_counters.add(firefox, wireKey(sent, 3), 52);
        m_counters.add(firefox, received, 30);
        insertWire();
        QCOMPARE(networks(), (QStringList{QStringLiteral("eth0 1100 1700"), QStringLiteral("wlan0 47 184")}));
        // Packets of another interval: where most of the flow ever went.
        m_counters.add(firefox, received, 5);
        insertWire();
        QCOMPARE(networks(), (QStringList{QStringLiteral("eth0 1105 1700"), QStringLiteral("wlan0 47 184")}));
    }

    void networksOfAnIntervalAreThoseOfMostOfItsPackets()
    {
        const FlowKey sent = makeKey(firefox, host, Direction::Tx);
        m_counters.add(firefox, sent, 100);
        m_counters.add(firefox, wireKey(sent, 2), 50);
        m_counters.add(firefox, wireKey(sent, 3), 90);
        insertWire();
        QCOMPARE(networks(), (QStringList{QStringLiteral("wlan0 100 90"), QStringLiteral("eth0 0 50")}));
    }

    void whatGrowsIsOfTheNetworkThatTheInterfaceIsOnThen()
    {
        const FlowKey sent = makeKey(firefox, host, Direction::Tx);
        const auto send = [&](std::uint64_t bytes, const char* network) {
            m_counters.add(firefox, sent, bytes);
            m_counters.add(firefox, wireKey(sent, 3), 2 * bytes);
            insertWire(QString::fromLatin1(network));
        };
        send(100, "Home");
        send(3, "Phone");
        send(50, "Home");
        QCOMPARE(networks(), (QStringList{QStringLiteral("Home 150 300"), QStringLiteral("Phone 3 6")}));
    }

    void whatNoPacketTellsIsOfAnUnknownNetwork()
    {
        const FlowKey sent = makeKey(firefox, host, Direction::Tx);
        m_counters.add(firefox, sent, 100);
        insert(minuteMs); // packets are not counted
        FlowKey container = makeKey(firefox, host, Direction::Rx);
        container.netns = 77; // whose interfaces are not looked at
        m_counters.add(firefox, container, 20);
        m_counters.add(firefox, wireKey(container, 2), 40);
        FlowKey gone = makeKey(firefox, QStringLiteral("192.0.2.1"), Direction::Tx);
        m_counters.add(firefox, gone, 3);
        m_counters.add(firefox, wireKey(gone, 9), 60); // an interface without a name
        insertWire();
        QCOMPARE(networks(), QStringList(QStringLiteral("? 123 100")));
    }

    void loopbackIsANetworkOfItsOwn()
    {
        const FlowKey sent = makeKey(firefox, QStringLiteral("127.0.0.1"), Direction::Tx);
        m_counters.add(firefox, sent, 100, Scope::Loopback);
        m_counters.add(firefox, wireKey(sent, 1), 152, Scope::Loopback);
        insertWire();
        QCOMPARE(networks(), QStringList(QStringLiteral("lo 100 152")));
    }

private:
    void insert(std::int64_t lengthMs, std::vector<Event> events = {})
    {
        Snapshot snapshot = m_counters.snapshot(m_at, m_at + lengthMs);
        snapshot.countingSinceMs = noonMs;
        for (const Event& event : events) {
            if (event.kind == EventKind::Clock)
                m_setByMs += event.untilMs - event.timeMs;
        }
        constexpr std::int64_t nsPerMs = 1'000'000;
        snapshot.bootNs -= static_cast<std::uint64_t>(m_setByMs * nsPerMs); // nobody sets that clock
        snapshot.events = std::move(events);
        m_at += lengthMs;
        valueOf(m_store->insert(snapshot));
    }

    void insertWire(const QString& wireless = QStringLiteral("wlan0"))
    {
        Snapshot snapshot = m_counters.snapshot(m_at, m_at + 1000);
        snapshot.wire = WireCounting::On;
        snapshot.netns = 1;
        snapshot.networks = {{1, QStringLiteral("lo")}, {2, QStringLiteral("eth0")}, {3, wireless}};
        m_at += 1000;
        valueOf(m_store->insert(snapshot));
    }

    /// A sign for each minute since noon: x for a gap.
    QString gapsIn(int minutes)
    {
        HistoryQuery query;
        query.sinceMs = noonMs;
        query.untilMs = noonMs + minutes * minuteMs;
        QString gaps;
        for (const SeriesBucket& bucket : valueOf(m_store->history(query, Bucket::Minute)).buckets)
            gaps += bucket.gap ? QLatin1Char('x') : QLatin1Char('.');
        return gaps;
    }

    /// Name, programs' and wire bytes of each network, those of most programs' bytes first.
    QStringList networks()
    {
        QStringList lines;
        for (const Row& row : rowsOf(*m_store, noonMs, noonMs + dayMs, {Dimension::Network}))
            lines.append(QStringLiteral("%1 %2 %3")
                    .arg(row.network.isNull() ? QStringLiteral("?") : row.network)
                    .arg(row.numbers.txBytes + row.numbers.rxBytes)
                    .arg(row.numbers.txWireBytes.value_or(0) + row.numbers.rxWireBytes.value_or(0)));
        return lines;
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Store> m_store;
    Counters m_counters;
    std::int64_t m_at = noonMs;
    std::int64_t m_setByMs = 0; ///< by which the clock was set
};

QTEST_GUILESS_MAIN(CoverageTest)
#include "tst_coverage.moc"
