// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/livebook.h"
#include "helper/collector/aggregate.h"
#include "helper/collector/collector.h"

#include <QTest>

using namespace bwt;

namespace {

constexpr std::int64_t bootMs = 1'700'000'000'000;
constexpr std::int64_t hourMs = 3'600'000;

/// One program that receives 1000 bytes each second, seen by a clock that was set by so much.
Reading readingAt(std::uint64_t second, std::int64_t clockSetByMs)
{
    constexpr std::uint64_t nsPerSecond = 1'000'000'000;
    Reading reading;
    reading.bootNs = second * nsPerSecond;
    reading.wallMs = bootMs + static_cast<std::int64_t>(second) * 1000 + clockSetByMs;
    FlowKey key;
    key.pid = 42;
    key.startNs = 1;
    key.protocol = 6;
    key.direction = Direction::Rx;
    reading.flows = {{key, second * 1000, second, reading.bootNs}};
    reading.processes = {{key.process(), 1000, "curl", {"/usr/bin/curl"}}};
    return reading;
}

} // namespace

/// A clock that is set, from the counters to the rows that a live view keeps.
class ClockStepTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aLiveViewKeepsItsRowsAndRates_data()
    {
        QTest::addColumn<qint64>("stepMs");
        QTest::newRow("back") << qint64(-hourMs);
        QTest::newRow("forward") << qint64(hourMs);
    }
    void aLiveViewKeepsItsRowsAndRates()
    {
        QFETCH(const qint64, stepMs);
        Collector collector(
            {QStringLiteral("replay"), {}, {QStringLiteral("boot"), QStringLiteral("set")}, bootMs, {}}, bootMs,
            [] { return HostAddresses(); });
        LiveBook book;
        SnapshotPtr before = collector.take(readingAt(10, 0));
        for (std::uint64_t second = 11; second < 15; ++second) {
            const SnapshotPtr now = collector.take(readingAt(second, second < 13 ? 0 : stepMs));
            Frame frame;
            frame.rows
                = aggregate(*now, before.get(), LiveBook::dimensions(book.grouping()), {}, Visibility::everyone(), 0);
            book.apply(frame, second == 11);
            QCOMPARE(book.rows().size(), 1);
            QCOMPARE(book.rows().constFirst().numbers.rxRate, std::optional<quint64>(1000));
            QCOMPARE(book.rows().constFirst().numbers.txRate, std::optional<quint64>(0));
            before = now;
        }
    }
};

QTEST_GUILESS_MAIN(ClockStepTest)
#include "tst_clockstep.moc"
