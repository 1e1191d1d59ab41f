// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/chronicle.h"
#include "helper/collector/networks.h"

#include <QProcess>
#include <QTest>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bwt;

namespace {

constexpr std::int64_t hourMs = 3'600'000;

/// In a child process: the clocks of a machine that has slept for an hour more, written to `to`.
[[noreturn]] void tellClocksAfterAnHour(int to)
{
    constexpr std::string_view offset = "boottime 3600 0";
    constexpr int newTime = 0x80; // CLONE_NEWTIME, which takes hold in the children alone
    if (unshare(newTime) != 0)
        _exit(1);
    const int offsets = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    if (write(offsets, offset.data(), offset.size()) != ssize_t(offset.size()))
        _exit(2);
    if (const pid_t child = fork(); child != 0) {
        int status = 3;
        waitpid(child, &status, 0);
        _exit(status);
    }
    const Moment moment = readClocks();
    _exit(write(to, &moment, sizeof moment) == ssize_t{sizeof moment} ? 0 : 4);
}

std::optional<Moment> clocksAfterAnHour()
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return std::nullopt;
    const pid_t child = fork();
    if (child == 0)
        tellClocksAfterAnHour(ends[1]);
    close(ends[1]);
    Moment moment;
    const bool isTold = read(ends[0], &moment, sizeof moment) == ssize_t{sizeof moment};
    close(ends[0]);
    waitpid(child, nullptr, 0);
    return isTold ? std::optional(moment) : std::nullopt;
}

bool ip(const char* arguments)
{
    return QProcess::execute(QStringLiteral("ip"), QString::fromLatin1(arguments).split(QLatin1Char(' '))) == 0;
}

} // namespace

/// What happens to a machine, as its kernel tells it.
class HappeningsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void clocksThatGoOnTellOfNothing()
    {
        Chronicle chronicle(0);
        look(chronicle, readClocks());
        const std::size_t known = chronicle.events().size();
        const Moment later = readClocks();
        look(chronicle, later);
        QCOMPARE(chronicle.events().size(), known);
        QVERIFY(std::abs(later.wallMs - QDateTime::currentMSecsSinceEpoch()) < 1'000);
    }

    void aClockOfTheBootThatRunsAheadIsSleep()
    {
        Chronicle chronicle(0);
        Moment before = readClocks();
        // What the namespace can't do: in an hour's sleep the wall clock goes on, too.
        before.wallMs -= hourMs;
        look(chronicle, before);
        const std::size_t known = chronicle.events().size();
        const auto after = clocksAfterAnHour();
        QVERIFY(after);
        look(chronicle, *after);
        QCOMPARE(chronicle.events().size(), known + 1);
        const Event& sleep = chronicle.events().back();
        QCOMPARE(sleep.kind, EventKind::Sleep);
        QCOMPARE(sleep.untilMs, after->wallMs);
        QVERIFY(std::abs(sleep.untilMs - sleep.timeMs - hourMs) <= 1);
    }

    void aCableThatIsPulledChangesTheNetwork()
    {
        QCOMPARE(unshare(CLONE_NEWNET), 0);
        Chronicle chronicle(0);
        // Of what namespaces have only others look: none is a device's, so both ends lead out.
        QVERIFY(ip("link add left type veth peer name right"));
        QCOMPARE(waysOut(chronicle), QString());
        QVERIFY(ip("link set left up") && ip("link set right up"));
        QTRY_COMPARE(waysOut(chronicle), QStringLiteral("left, right"));
        QVERIFY(ip("link set right down"));
        QTRY_COMPARE(waysOut(chronicle), QString());
        QVERIFY(ip("link set right up"));
        QTRY_COMPARE(waysOut(chronicle), QStringLiteral("left, right"));
        const std::size_t known = chronicle.events().size();
        QCOMPARE(waysOut(chronicle), QStringLiteral("left, right"));
        QCOMPARE(chronicle.events().size(), known);
        QVERIFY(ip("link set right down") && ip("link set right up")); // both between two looks
        QTRY_VERIFY(waysOut(chronicle) == QStringLiteral("left, right") && chronicle.events().size() > known);
    }

private:
    static void look(Chronicle& chronicle, const Moment& moment)
    {
        Reading reading;
        static_cast<Moment&>(reading) = moment;
        static_cast<void>(chronicle.take(reading, Networks()));
    }

    /// As the newest event has them.
    static QString waysOut(Chronicle& chronicle)
    {
        Reading reading;
        reading.interfaces = readInterfaces();
        static_cast<void>(chronicle.take(reading, Networks()));
        const Event& newest = chronicle.events().back();
        return newest.kind == EventKind::Network ? newest.detail : QStringLiteral("no event");
    }
};

QTEST_GUILESS_MAIN(HappeningsTest)
#include "tst_happenings.moc"
