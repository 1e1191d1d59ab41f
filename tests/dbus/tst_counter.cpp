// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/counter.h"

#include <QSignalSpy>
#include <QTest>

using namespace bwt;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t nsPerMs = 1'000'000;
constexpr std::int64_t bootMs = 1'773'000'000'000;
constexpr std::int64_t openedMs = 20'000; ///< since the boot
constexpr std::int64_t hourMs = 3'600'000;

/// A machine whose clocks go on only where they are told to.
struct Clocks {
    std::int64_t wallMs = bootMs + openedMs;
    std::int64_t sinceBootMs = openedMs;
    std::int64_t sleptMs = 0;

    void work(std::int64_t ms)
    {
        wallMs += ms;
        sinceBootMs += ms;
    }
    void sleep(std::int64_t ms)
    {
        work(ms);
        sleptMs += ms;
    }
};

class ClockedSource : public TrafficSource {
public:
    explicit ClockedSource(const Clocks& clocks)
        : m_clocks(clocks)
    {
    }
    [[nodiscard]] SourceInfo info() const override
    {
        return {QStringLiteral("clocks"), {}, {QStringLiteral("boot"), QStringLiteral("set")}, bootMs + openedMs, {}};
    }
    [[nodiscard]] Result<Reading> read() override
    {
        Reading reading;
        reading.wallMs = m_clocks.wallMs;
        reading.bootNs = static_cast<std::uint64_t>(m_clocks.sinceBootMs * nsPerMs);
        reading.sleptNs = m_clocks.sleptMs * nsPerMs;
        return reading;
    }
    void noteRecorded(std::uint32_t /*generation*/) override { }
    void end() override { }

private:
    const Clocks& m_clocks;
};

QList<EventKind> kindsOf(const SnapshotPtr& snapshot)
{
    QList<EventKind> kinds;
    for (const Event& event : snapshot->events)
        kinds.append(event.kind);
    return kinds;
}

} // namespace

/// Looks and ticks in this process, of a machine whose clocks are made up.
class CounterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_clocks = Clocks();
        m_counter = std::make_unique<Counter>();
        const auto opened = m_counter->open(std::make_unique<ClockedSource>(m_clocks));
        QVERIFY(opened);
        QCOMPARE(opened->bootTimeGuessMs, bootMs);
    }

    void aTickIsAsLongAsItWasWhateverTheClockWasSetTo_data()
    {
        QTest::addColumn<qint64>("setByMs");
        QTest::newRow("forward") << qint64(hourMs);
        QTest::newRow("back") << qint64(-hourMs);
    }
    void aTickIsAsLongAsItWasWhateverTheClockWasSetTo()
    {
        QFETCH(const qint64, setByMs);
        m_counter->begin(bootMs, interval);
        QCOMPARE(nextTick()->untilMs, m_clocks.wallMs);
        m_clocks.work(1'000);
        m_clocks.wallMs += setByMs;
        QVERIFY(m_counter->look()); // sees it first
        m_clocks.work(500);
        const SnapshotPtr tick = nextTick();
        QCOMPARE(tick->untilMs - tick->sinceMs, 1'500);
        QCOMPARE(kindsOf(tick), QList({EventKind::Boot, EventKind::Restart, EventKind::Clock}));
    }

    void theFirstTickBeginsWhereTheSourceDid()
    {
        m_clocks.work(700);
        m_clocks.wallMs += hourMs;
        m_counter->begin(bootMs, interval);
        const SnapshotPtr tick = nextTick();
        QCOMPARE(tick->untilMs - tick->sinceMs, 700);
        QCOMPARE(kindsOf(tick), QList({EventKind::Boot, EventKind::Restart, EventKind::Clock}));
    }

    void whatALookHasSeenTheTicksTellUntilItIsRecorded()
    {
        m_counter->begin(bootMs, interval);
        m_clocks.sleep(hourMs);
        const auto look = m_counter->look();
        QVERIFY(look);
        QCOMPARE(kindsOf(*look), QList({EventKind::Boot, EventKind::Restart, EventKind::Sleep}));
        m_clocks.work(1'000);
        QCOMPARE(nextTick()->events, (*look)->events);
        m_counter->noteRecorded(**look);
        QCOMPARE(kindsOf(nextTick()), QList<EventKind>());
    }

private:
    static constexpr std::chrono::milliseconds interval = 20ms;

    /// The next one that saw the clocks as they are now.
    SnapshotPtr nextTick()
    {
        QSignalSpy ticks(m_counter.get(), &Counter::ticked);
        return ticks.wait() ? ticks.takeFirst().at(0).value<Result<Tick>>().value().now : nullptr;
    }

    Clocks m_clocks;
    std::unique_ptr<Counter> m_counter;
};

QTEST_GUILESS_MAIN(CounterTest)
#include "tst_counter.moc"
