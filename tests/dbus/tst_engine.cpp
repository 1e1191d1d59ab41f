// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/engine.h"
#include "tests/unit/store/traffic.h"

#include <QDateTime>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>

using namespace bwt;
using namespace bwt::test;
using namespace std::chrono_literals;

namespace {

std::int64_t nowMs()
{
    return QDateTime::currentMSecsSinceEpoch();
}

const Process firefox = makeProcess(100, QStringLiteral("firefox"));

/// One counter that stands still, on a machine that may have slept.
class QuietSource : public TrafficSource {
public:
    explicit QuietSource(const std::atomic<std::int64_t>& sleptMs)
        : m_sleptMs(sleptMs)
    {
    }
    [[nodiscard]] SourceInfo info() const override
    {
        return {QStringLiteral("quiet"), {}, {QStringLiteral("boot-2"), QStringLiteral("set-2")}, m_sinceMs, {}};
    }
    [[nodiscard]] Result<Reading> read() override
    {
        Reading reading;
        const std::int64_t sleptMs = m_sleptMs;
        reading.wallMs = nowMs() + sleptMs;
        reading.sleptNs = sleptMs * 1'000'000;
        reading.bootNs = 1'000'000'000ULL + static_cast<std::uint64_t>(reading.wallMs - m_sinceMs) * 1'000'000ULL;
        reading.flows.push_back({{}, 1, 1, reading.bootNs});
        return reading;
    }
    void noteRecorded(std::uint32_t /*generation*/) override { }
    void end() override { }

private:
    const std::atomic<std::int64_t>& m_sleptMs;
    std::int64_t m_sinceMs = nowMs();
};

/// Rows of the last 30 days that know their process: those of minutes.
qsizetype knownProcesses(const QString& stateDir)
{
    const auto reader = Store::open(stateDir, Store::Mode::Reader);
    if (!reader)
        return -1;
    HistoryQuery query;
    query.sinceMs = nowMs() - 30 * dayMs;
    query.untilMs = nowMs();
    query.by = {Dimension::Process};
    query.filter.process = firefox.name;
    const auto rows = (*reader)->top(query);
    return rows ? std::ranges::count_if(rows->rows, [](const Row& row) { return row.pid.has_value(); }) : -1;
}

} // namespace

/// The engine in this process, without a bus.
class EngineTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        m_path = m_directory->path() + QStringLiteral("/state");
        m_sleptMs = 0;
    }

    void theStartDoesNotWaitForTheCleanUp()
    {
        {
            auto store = Store::open(m_path, Store::Mode::Writer);
            QVERIFY(store);
            Counters counters;
            counters.add(firefox, makeKey(firefox, QStringLiteral("192.0.2.1"), Direction::Tx), 100);
            QVERIFY((*store)->insert(counters.snapshot(nowMs() - 20 * dayMs, nowMs() - 20 * dayMs + 1000)));
            QVERIFY((*store)->insert(counters.snapshot(nowMs() - 1000, nowMs())));
        }
        Engine engine(settings());
        QVERIFY(engine.start());
        QCOMPARE(knownProcesses(m_path), 1);

        HistoryQuery query;
        query.sinceMs = 1;
        query.untilMs = nowMs() + minuteMs; // what is pending is stored first
        bool isAnswered = false;
        engine.top(query, [&](const Result<Frame>& frame) { isAnswered = frame.has_value(); });
        QTRY_VERIFY(isAnswered);
        QTRY_COMPARE(knownProcesses(m_path), 0);
    }

    void theStatusKnowsTheHistoryWithoutAskingIt()
    {
        {
            auto store = Store::open(m_path, Store::Mode::Writer);
            QVERIFY(store);
            Counters counters;
            counters.add(firefox, makeKey(firefox, QStringLiteral("192.0.2.1"), Direction::Tx), 100);
            QVERIFY((*store)->insert(counters.snapshot(noonMs, noonMs + 1000)));
        }
        Engine engine(settings());
        QVERIFY(engine.start());
        QCOMPARE(engine.status().historySinceMs, noonMs);
        QVERIFY(engine.status().databaseBytes > 0);

        std::optional<Result<quint64>> cleared;
        engine.clear({0, noonMs + dayMs}, [&](const Result<quint64>& outcome) { cleared = outcome; });
        QTRY_VERIFY(cleared);
        QVERIFY(*cleared);
        QVERIFY(engine.status().historySinceMs > noonMs);
    }

    void aLiveFrameIsWithoutTheTimeThatTheMachineSlept()
    {
        constexpr std::int64_t hourMs = 3'600'000;
        Engine engine(settings());
        QVERIFY(engine.start());
        engine.setInterval(50ms);
        QList<Frame> frames;
        connect(&engine, &Engine::ticked, this, [&] { frames.append(*engine.liveFrame({})); });
        QTRY_VERIFY(!frames.isEmpty());
        const std::int64_t awakeMs = frames.constLast().untilMs;
        m_sleptMs = hourMs;
        const auto woken = [&] {
            return std::ranges::find_if(
                frames, [&](const Frame& frame) { return frame.untilMs >= awakeMs + hourMs; });
        };
        QTRY_VERIFY(woken() != frames.end());
        QVERIFY(woken()->sinceMs >= awakeMs + hourMs);
        QVERIFY(woken()->sinceMs <= woken()->untilMs);
    }

private:
    [[nodiscard]] Engine::Settings settings() const { return {m_path, std::make_unique<QuietSource>(m_sleptMs), 1s}; }

    std::atomic<std::int64_t> m_sleptMs = 0;
    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_path;
};

QTEST_GUILESS_MAIN(EngineTest)
#include "tst_engine.moc"
