// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/aggregate.h"
#include "helper/collector/collector.h"
#include "helper/store/store.h"

#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <random>

/// What a full map costs in each tick and each commit.
namespace {

using namespace bwt;

constexpr std::uint32_t flowCount = 65'536;
constexpr std::uint32_t processCount = 1'000;
constexpr std::uint32_t changedCount = 10'000;
constexpr std::int64_t tickMs = 1'000;
constexpr std::uint64_t nsPerMs = 1'000'000;

Reading fullMap()
{
    Reading reading;
    reading.wallMs = 1'773'144'000'000;
    reading.bootNs = 3'600'000'000'000;
    for (std::uint32_t pid = 1; pid <= processCount; ++pid) {
        reading.processes.push_back(
            {{pid, pid * nsPerMs}, 1000 + pid % 5, QByteArray("process-") + QByteArray::number(pid % 200),
                {QByteArray("/usr/bin/program-") + QByteArray::number(pid % 200)}});
    }
    for (std::uint32_t i = 0; i < flowCount; ++i) {
        FlowCounter counter;
        counter.key.pid = i / 2 % processCount + 1;
        counter.key.startNs = counter.key.pid * nsPerMs;
        counter.key.remote = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(i >> 17),
            static_cast<std::uint8_t>(i >> 9), static_cast<std::uint8_t>(i >> 1)};
        counter.key.protocol = 6;
        counter.key.service = 443;
        counter.key.direction = i % 2 == 0 ? Direction::Tx : Direction::Rx;
        counter.bytes = 1000 + i;
        counter.calls = 1;
        counter.lastNs = reading.bootNs;
        reading.flows.push_back(counter);
    }
    return reading;
}

/// A tick later, some flows have grown on both sides.
void advance(Reading& reading, std::uint32_t changed)
{
    static std::mt19937 random(1);
    reading.wallMs += tickMs;
    reading.bootNs += tickMs * nsPerMs;
    for (std::uint32_t i = 0; i < changed; i += 2) {
        const std::uint32_t tx = random() % (flowCount / 2) * 2;
        reading.flows[tx].bytes += 150;
        reading.flows[tx + 1].bytes += 15'000;
    }
}

/// Processor time of this thread: what else the machine does is not ours.
double cpuMs()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / nsPerMs;
}

void measure(const char* what, int repeats, const std::function<void()>& prepare, const std::function<void()>& action)
{
    std::vector<double> ms;
    for (int i = 0; i < repeats; ++i) {
        prepare();
        const double before = cpuMs();
        action();
        ms.push_back(cpuMs() - before);
    }
    std::ranges::sort(ms);
    std::printf("%-60s %8.1f ms median %8.1f ms worst\n", what, ms[ms.size() / 2], ms.back());
}

} // namespace

int main()
{
    const QTemporaryDir directory;
    auto store = Store::open(directory.path(), Store::Mode::Writer);
    if (!store)
        return 1;
    Reading reading = fullMap();
    Collector collector(
        {QStringLiteral("bench"), {}, {QStringLiteral("boot"), QStringLiteral("set")}, reading.wallMs, {}},
        reading.wallMs - 3'600'000);
    SnapshotPtr before;
    SnapshotPtr now;
    const auto nothing = [] { };
    const auto tick = [&] {
        before = now;
        now = collector.take(reading);
    };

    measure("snapshot of 65,536 counters", 10, [&] { advance(reading, changedCount); }, tick);
    const Dimensions finest{Dimension::Process, Dimension::Protocol, Dimension::Service, Dimension::Remote};
    measure("sum by process, 50 rows", 10, nothing, [&] {
        static_cast<void>(aggregate(*now, before.get(), {Dimension::Process}, {}, Visibility::everyone(), 50));
    });
    measure("sum by process, protocol, service and remote, 50 rows", 10, nothing,
        [&] { static_cast<void>(aggregate(*now, before.get(), finest, {}, Visibility::everyone(), 50)); });
    bool stored = true;
    measure("first commit of 65,536 counters", 1, nothing, [&] { stored = stored && (*store)->insert(*now); });
    const auto nextTick = [&] {
        advance(reading, changedCount);
        tick();
    };
    measure("commit of 10,000 changed counters", 10, nextTick, [&] { stored = stored && (*store)->insert(*now); });
    return stored ? 0 : 1;
}
