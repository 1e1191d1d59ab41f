// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/collector.h"

#include <QTest>

#include <net/if_arp.h>

using namespace bwt;

namespace {

constexpr std::int64_t nsPerMs = 1'000'000;
constexpr std::int64_t bootMs = 1'773'000'000'000;
constexpr std::int64_t hourMs = 3'600'000;
constexpr std::int64_t openedMs = 20'000; ///< since the boot

/// A machine that somebody looks at. Its clocks go on only where it is told to.
class Machine {
public:
    void work(std::int64_t ms)
    {
        m_wallMs += ms;
        m_boot += ms * nsPerMs;
    }
    void sleep(std::int64_t ms)
    {
        work(ms);
        m_slept += ms * nsPerMs;
    }
    void setClock(std::int64_t byMs) { m_wallMs += byMs; }
    [[nodiscard]] std::int64_t wallMs() const { return m_wallMs; }

    [[nodiscard]] Reading look() const
    {
        Reading reading;
        reading.wallMs = m_wallMs;
        reading.bootNs = static_cast<std::uint64_t>(m_boot);
        reading.sleptNs = m_slept;
        return reading;
    }
    [[nodiscard]] Reading look(std::vector<Interface> interfaces) const
    {
        Reading reading = look();
        reading.interfaces = Interfaces{7, std::move(interfaces)};
        return reading;
    }

private:
    std::int64_t m_wallMs = bootMs + openedMs;
    std::int64_t m_boot = openedMs * nsPerMs;
    std::int64_t m_slept = 0;
};

Collector newCollector(std::int64_t bootTimeMs = bootMs)
{
    return {{QStringLiteral("made up"), {}, {QStringLiteral("boot"), QStringLiteral("set")}, bootMs + openedMs, {}},
        bootTimeMs, [] { return HostAddresses(); }};
}

/// What happened since the snapshot before, in words: kind, begin and length, both in seconds, and detail.
QStringList told(const std::vector<Event>& events, std::size_t known = 0)
{
    QStringList lines;
    for (std::size_t i = known; i < events.size(); ++i) {
        const Event& event = events[i];
        lines.append(QStringLiteral("%1 %2 %3 %4")
                .arg(eventKindName(event.kind))
                .arg((event.timeMs - bootMs) / 1000)
                .arg((event.untilMs - event.timeMs) / 1000)
                .arg(event.detail)
                .trimmed());
    }
    return lines;
}

Interface device(std::uint32_t index, const char* name, bool isUp = true)
{
    Interface interface;
    interface.index = index;
    interface.name = name;
    interface.type = ARPHRD_ETHER;
    interface.isUp = isUp;
    return interface;
}

Interface virtualOne(std::uint32_t index, const char* name, const char* kind)
{
    Interface interface = device(index, name);
    interface.kind = kind;
    return interface;
}

} // namespace

/// What explains a history: from looks to events and intervals.
class ChronicleTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aHelperBeginsWithTheBootAndItself()
    {
        Machine machine;
        Collector collector = newCollector();
        const SnapshotPtr first = collector.take(machine.look());
        QCOMPARE(told(first->events),
            (QStringList{QStringLiteral("boot 0 0"), QStringLiteral("restart 20 0 " BWT_VERSION)}));
        machine.work(1'000);
        QCOMPARE(collector.take(machine.look())->events, first->events); // until the history has them
    }

    void aRecordingHasNoBoot()
    {
        Collector collector = newCollector(0);
        QCOMPARE(
            told(collector.take(Machine().look())->events), QStringList(QStringLiteral("restart 20 0 " BWT_VERSION)));
    }

    void whatMovesClocksIsToldAndNoIntervalIsLongerThanItWas_data()
    {
        QTest::addColumn<qint64>("setByMs");
        QTest::addColumn<qint64>("sleptMs");
        QTest::addColumn<qint64>("workedMs");
        QTest::addColumn<QStringList>("events");
        QTest::addColumn<qint64>("lengthMs");
        const auto row
            = [](const char* name, qint64 setByMs, qint64 sleptMs, qint64 workedMs, const QStringList& events,
                  qint64 lengthMs) { QTest::newRow(name) << setByMs << sleptMs << workedMs << events << lengthMs; };
        const auto line = [](const char* text) { return QStringList(QString::fromLatin1(text)); };
        row("nothing", 0, 0, 1'000, {}, 1'000);
        row("a helper that stood still for an hour", 0, 0, hourMs, {}, hourMs);
        row("a nap", 0, 2'000, 1'000, {}, 3'000);
        row("sleep", 0, hourMs, 1'000, line("sleep 21 3600"), hourMs + 1'000);
        row("sleep alone", 0, hourMs, 0, line("sleep 20 3600"), hourMs);
        row("a clock put right", 2'000, 0, 1'000, {}, 3'000);
        row("a clock put right, backwards", -900, 0, 1'000, {}, 100);
        row("a clock put back by more than passed", -2'000, 0, 1'000, {}, 0);
        row("set forward", hourMs, 0, 1'000, line("clock 21 3600"), 1'000);
        row("set forward a little", 2'001, 0, 1'000, line("clock 21 2"), 1'000);
        row("set back", -hourMs, 0, 1'000, line("clock 21 -3600"), 1'000);
        row("set back within the interval", -hourMs, 0, 2 * hourMs, line("clock 7220 -3600"), 2 * hourMs);
        row("set forward and slept", hourMs, 2 * hourMs, 1'000,
            {QStringLiteral("clock 7221 3600"), QStringLiteral("sleep 3621 7200")}, 2 * hourMs + 1'000);
        row("set back and slept", -hourMs, 2 * hourMs, 0,
            {QStringLiteral("clock 7220 -3600"), QStringLiteral("sleep -3580 7200")}, 2 * hourMs);
    }
    void whatMovesClocksIsToldAndNoIntervalIsLongerThanItWas()
    {
        QFETCH(const qint64, setByMs);
        QFETCH(const qint64, sleptMs);
        QFETCH(const qint64, workedMs);
        QFETCH(const QStringList, events);
        QFETCH(const qint64, lengthMs);
        Machine machine;
        Collector collector = newCollector();
        const SnapshotPtr before = collector.take(machine.look());
        machine.work(workedMs);
        machine.sleep(sleptMs);
        machine.setClock(setByMs);
        const SnapshotPtr after = collector.take(machine.look());
        QCOMPARE(told(after->events, before->events.size()), events);
        QCOMPARE(after->untilMs, machine.wallMs());
        QCOMPARE(after->untilMs - after->sinceMs, lengthMs);
        machine.work(1'000);
        const SnapshotPtr next = collector.take(machine.look());
        QCOMPARE(next->events, after->events);
        QCOMPARE(next->sinceMs, after->untilMs);
    }

    void aSleepBeginsAfterTheLookBefore()
    {
        Machine machine;
        Collector collector = newCollector();
        const SnapshotPtr before = collector.take(machine.look());
        machine.sleep(10'000);
        machine.setClock(-1'500); // put right meanwhile: too little for an event
        const SnapshotPtr after = collector.take(machine.look());
        QCOMPARE(after->events.back().kind, EventKind::Sleep);
        QCOMPARE(after->events.back().timeMs, before->untilMs);
        QCOMPARE(after->events.back().untilMs, after->untilMs);
    }

    void aClockSetWhileTheSourceOpenedMovesTheFirstIntervalToo()
    {
        Machine machine;
        Collector collector = newCollector();
        collector.begin(machine.look());
        machine.work(1'000);
        machine.setClock(100 * 24 * hourMs); // as machines do that keep no time while they are off
        const SnapshotPtr first = collector.take(machine.look());
        QCOMPARE(first->untilMs - first->sinceMs, 1'000);
        QCOMPARE(told(first->events),
            (QStringList{QStringLiteral("boot 0 0"), QStringLiteral("restart 20 0 " BWT_VERSION),
                QStringLiteral("clock 21 8640000")}));
    }

    void aPastThatComesLateIsPutOnTheClockAsItIs()
    {
        Machine machine;
        Collector collector = newCollector();
        static_cast<void>(collector.take(machine.look()));
        machine.setClock(hourMs);
        static_cast<void>(collector.take(machine.look()));
        collector.resume({});
        machine.work(1'000);
        const SnapshotPtr after = collector.take(machine.look());
        QCOMPARE(after->untilMs - after->sinceMs, 1'000);
    }

    void theWaysOutAreToldWhenTheyChange()
    {
        Machine machine;
        Collector collector = newCollector();
        std::vector<Event> known = collector.take(machine.look())->events;
        const auto toldBy = [&](std::optional<std::vector<Interface>> interfaces) {
            machine.work(1'000);
            const SnapshotPtr snapshot
                = collector.take(interfaces ? machine.look(std::move(*interfaces)) : machine.look());
            const QStringList lines = told(snapshot->events, known.size());
            known = snapshot->events;
            return lines;
        };
        const Interface wlan = device(3, "wlan0");
        const Interface bridge = virtualOne(5, "docker0", "bridge");
        const Interface tunnel = virtualOne(6, "wg0", "wireguard");
        QCOMPARE(toldBy({{device(2, "eth0", false), wlan}}), QStringList(QStringLiteral("network 21 0 wlan0")));
        QCOMPARE(toldBy({{wlan, bridge, tunnel}}), QStringList()); // none that leads out came or went
        QCOMPARE(toldBy(std::nullopt), QStringList()); // could not be read
        QCOMPARE(toldBy({{wlan, device(2, "eth0")}}), QStringList(QStringLiteral("network 24 0 eth0, wlan0")));
        QCOMPARE(toldBy({{}}), QStringList(QStringLiteral("network 25 0")));
        QCOMPARE(toldBy({{wlan}}), QStringList(QStringLiteral("network 26 0 wlan0")));
        Interface again = wlan;
        again.carrierChanges += 2; // between two looks
        QCOMPARE(toldBy({{again}}), QStringList(QStringLiteral("network 27 0 wlan0")));
        QCOMPARE(toldBy({{again}}), QStringList());
    }

    void anotherConnectionIsAChangeAndHearingOfTheFirstIsNone()
    {
        Machine machine;
        Collector collector = newCollector();
        std::vector<Event> known = collector.take(machine.look({device(3, "wlan0"), device(4, "wlan1")}))->events;
        const auto toldBy = [&](const NetworkList& connections) {
            machine.work(1'000);
            static_cast<void>(collector.take(machine.look({device(3, "wlan0"), device(4, "wlan1")})));
            collector.setConnections(connections);
            machine.work(1'000);
            const SnapshotPtr snapshot = collector.take(machine.look({device(3, "wlan0"), device(4, "wlan1")}));
            const QStringList lines = told(snapshot->events, known.size());
            known = snapshot->events;
            return lines;
        };
        const Network home{QStringLiteral("wlan0"), QStringLiteral("At home"), QStringLiteral("wifi"), Metered::No};
        Network phone = home;
        phone.name = QStringLiteral("Phone");
        const Network cable{QStringLiteral("eth7"), QStringLiteral("Cable"), QStringLiteral("wired"), Metered::No};
        QCOMPARE(toldBy({home}), QStringList());
        QCOMPARE(told(known).last(), QStringLiteral("network 20 0 wlan0 (At home), wlan1"));
        QCOMPARE(toldBy({home, cable}), QStringList()); // which leads nowhere
        QCOMPARE(toldBy({phone, cable}), QStringList(QStringLiteral("network 25 0 wlan0 (Phone), wlan1")));
        QCOMPARE(toldBy({}), QStringList(QStringLiteral("network 27 0 wlan0, wlan1")));
    }

    void whatARecordingTellsIsPassedOn()
    {
        Machine machine;
        Collector collector = newCollector(0);
        Reading reading = machine.look();
        const Event network{EventKind::Network, bootMs + 1'000, bootMs + 1'000, QStringLiteral("wwan0")};
        reading.events = {network};
        QCOMPARE(collector.take(reading)->events.back(), network);
    }

    void anEventStaysUntilTheHistoryHasIt()
    {
        Machine machine;
        Collector collector = newCollector();
        const SnapshotPtr first = collector.take(machine.look());
        machine.sleep(hourMs);
        const SnapshotPtr second = collector.take(machine.look());
        collector.noteRecorded(*first); // an older one than the newest
        const SnapshotPtr third = collector.take(machine.look());
        QCOMPARE(told(third->events), QStringList(QStringLiteral("sleep 20 3600")));
        collector.noteRecorded(*second);
        QVERIFY(collector.take(machine.look())->events.empty());
        machine.sleep(hourMs);
        const SnapshotPtr last = collector.take(machine.look());
        collector.noteRecorded(*third); // once more
        QCOMPARE(collector.take(machine.look())->events, last->events);
    }

    void theOldestGoWhenNobodyRecords()
    {
        Machine machine;
        Collector collector = newCollector();
        SnapshotPtr early;
        SnapshotPtr newest = collector.take(machine.look());
        for (std::size_t i = 0; i < Chronicle::mostEvents + 10; ++i) {
            machine.sleep(5'000);
            newest = collector.take(machine.look());
            if (i == 4)
                early = newest;
        }
        QCOMPARE(newest->events.size(), Chronicle::mostEvents);
        QCOMPARE(newest->events.back().untilMs, machine.wallMs());
        collector.noteRecorded(*early); // all of it is gone already
        QCOMPARE(collector.take(machine.look())->events, newest->events);
        collector.noteRecorded(*newest);
        QVERIFY(collector.take(machine.look())->events.empty());
    }
};

QTEST_GUILESS_MAIN(ChronicleTest)
#include "tst_chronicle.moc"
