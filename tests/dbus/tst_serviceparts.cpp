// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/request.h"
#include "helper/service/rounds.h"
#include "helper/service/rowchanges.h"
#include "helper/service/tickclock.h"
#include "helper/service/turns.h"
#include "helper/service/worker.h"

#include <QTest>

#include <thread>

using namespace bwt;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t minuteMs = 60'000;
constexpr std::int64_t someMinute = 29'453'760 * minuteMs;

Row row(const char* name, quint64 txBytes, std::optional<quint64> txRate)
{
    Row made;
    made.pid = 1;
    made.processName = QString::fromLatin1(name);
    made.numbers.txBytes = txBytes;
    made.numbers.txRate = txRate;
    made.numbers.rxRate = txRate;
    return made;
}

} // namespace

/// The small parts of the service, which need no bus.
class ServicePartsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void ticksAreWholeIntervalsOfTheMinute_data()
    {
        QTest::addColumn<int>("intervalMs");
        for (const int intervalMs : {1000, 1700, 2000, 3000, 4500, 5000})
            QTest::addRow("%d ms", intervalMs) << intervalMs;
    }
    void ticksAreWholeIntervalsOfTheMinute()
    {
        QFETCH(const int, intervalMs);
        const std::chrono::milliseconds interval(intervalMs);
        bool meetsTheMinute = false;
        for (std::int64_t now = someMinute + 1; now < someMinute + minuteMs; now += 13) {
            const std::int64_t next = tickclock::nextTickMs(now, interval);
            QVERIFY(next > now && next - now <= interval.count());
            const std::int64_t inMinute = next - someMinute;
            QVERIFY(inMinute % interval.count() == 0 || inMinute == minuteMs);
            meetsTheMinute = meetsTheMinute || inMinute == minuteMs;
        }
        QVERIFY(meetsTheMinute);
        QCOMPARE(tickclock::nextTickMs(someMinute, interval), someMinute + interval.count());
    }

    /// A minute of ticks, by a clock that nobody sets and a wall clock that is set in its middle.
    void aClockThatIsSetNeitherDelaysTicksNorBringsManyAtOnce_data()
    {
        QTest::addColumn<qint64>("setByMs");
        for (const qint64 setByMs : {-86'400'000, -3'600'000, -4'321, -60, -40, -1, 1, 40, 60, 4'321, 3'600'000})
            QTest::addRow("%lld ms", setByMs) << setByMs;
    }
    void aClockThatIsSetNeitherDelaysTicksNorBringsManyAtOnce()
    {
        QFETCH(const qint64, setByMs);
        constexpr std::int64_t firesEarlyMs = 1;
        constexpr std::chrono::milliseconds interval = 5s;
        for (std::int64_t setAtMs = 30'000; setAtMs < 35'000; setAtMs += 37) {
            std::int64_t steadyMs = 0;
            const auto wallMs = [&] { return someMinute + 123 + steadyMs + (steadyMs >= setAtMs ? setByMs : 0); };
            std::int64_t lastTickMs = 0;
            int ticks = 0;
            while (steadyMs < minuteMs) {
                const std::int64_t dueMs = tickclock::nextTickMs(wallMs(), interval);
                steadyMs += dueMs - wallMs() - firesEarlyMs;
                for (auto early = tickclock::earlyBy(dueMs, wallMs()); early > 0ms;
                    early = tickclock::earlyBy(dueMs, wallMs()))
                    steadyMs += early.count();
                QVERIFY(steadyMs - lastTickMs <= interval.count() + 50);
                lastTickMs = steadyMs;
                ++ticks;
            }
            QVERIFY(ticks >= 12 && ticks <= 14);
        }
    }

    void aCommitIsDueInEveryTenSecondsAndWhenTheClockWentBack()
    {
        QVERIFY(!tickclock::isCommitDue(someMinute, someMinute + 9'999));
        QVERIFY(tickclock::isCommitDue(someMinute, someMinute + 10'000));
        QVERIFY(tickclock::isCommitDue(someMinute + 59'999, someMinute + minuteMs));
        QVERIFY(tickclock::isCommitDue(someMinute, someMinute - 3'600'000));
    }

    void whatDidNotChangeIsNotSentAgain()
    {
        const QList<Row> before{row("still", 10, 0), row("busy", 10, 5), row("slowing", 10, 5)};
        const QList<Row> now{row("busy", 20, 10), row("new", 1, 1), row("slowing", 10, 0), row("still", 10, 0)};
        QCOMPARE(
            changedRows(before, now), QList<Row>({row("busy", 20, 10), row("new", 1, 1), row("slowing", 10, 0)}));
    }

    void whatLeftIsSentOnceMoreWithoutRates()
    {
        QCOMPARE(changedRows({row("gone", 10, 5)}, {}), QList<Row>{row("gone", 10, std::nullopt)});
        QCOMPARE(changedRows({}, {}), QList<Row>());
    }

    void anAppThatIsCalledOtherwiseStays()
    {
        Row before = row("app", 10, 5);
        before.appId = QStringLiteral("/usr/bin/app");
        before.appName = QStringLiteral("app");
        Row now = before;
        now.appName = QStringLiteral("My App");
        QCOMPARE(changedRows({before}, {now}), QList<Row>{now});
        QCOMPARE(changedRows({now}, {now}), QList<Row>());
    }

    void aRowWhoseRemoteGotANameIsSentAndDidNotLeave()
    {
        Row named = row("asked", 10, 5);
        named.remoteName = QStringLiteral("www.example.net");
        QCOMPARE(changedRows({row("asked", 10, 5)}, {named}), QList<Row>{named});
        QList<Row> totals{named};
        takeRates(totals, {row("asked", 10, 5)});
        QCOMPARE(totals, QList<Row>{named});
    }

    void aRemoteThatIsToldOtherwiseIsSentOnceAndDoesNotLeave()
    {
        Row before = row("", 10, 0);
        before.remoteIp = QStringLiteral("192.0.2.1");
        Row now = before;
        now.country = QStringLiteral("DE");
        now.asn = 3320;
        now.asName = QStringLiteral("Operator");
        QCOMPARE(changedRows({before}, {now}), QList<Row>{now});
        QCOMPARE(changedRows({now}, {now}), QList<Row>());
        now.numbers.txRate.reset();
        QList<Row> totals{now};
        takeRates(totals, {before});
        QCOMPARE(totals[0].numbers.txRate, before.numbers.txRate);
    }

    void ofCountriesTheCountryIsTheKey()
    {
        Row german = row("", 10, 1);
        german.country = QStringLiteral("DE");
        Row japanese = german;
        japanese.country = QStringLiteral("JP");
        Row gone = german;
        gone.numbers.txRate = gone.numbers.rxRate = std::nullopt;
        QCOMPARE(changedRows({german}, {japanese}), QList<Row>({japanese, gone}));
    }

    void ratesComeFromTheLastTickAndAreZeroForWhatItDidNotHave()
    {
        QList<Row> totals{row("ticked", 100, std::nullopt), row("newer", 7, std::nullopt)};
        takeRates(totals, {row("ticked", 90, 45)});
        QCOMPARE(totals, QList<Row>({row("ticked", 100, 45), row("newer", 7, 0)}));
    }

    void aSumOfTheRestHasTheRatesOfAllThatIsNotListed()
    {
        const auto rest = [](std::optional<quint64> rate) {
            Row sum = row("", 9, rate);
            sum.kind = RowKind::Rest;
            sum.pid.reset();
            sum.processName.clear();
            return sum;
        };
        QList<Row> totals{row("listed", 100, std::nullopt), rest(std::nullopt)};
        takeRates(totals, {row("listed", 90, 45), row("small", 5, 3), row("smaller", 4, 2)});
        QCOMPARE(totals, QList<Row>({row("listed", 100, 45), rest(5)}));
        takeRates(totals, {row("listed", 90, 45)});
        QCOMPARE(totals, QList<Row>({row("listed", 100, 45), rest(0)}));
        takeRates(totals, {row("small", 5, std::nullopt)});
        QCOMPARE(totals, QList<Row>({row("listed", 100, 0), rest(std::nullopt)}));
    }

    void whoAsksDuringARoundIsServedByTheNextOne()
    {
        std::vector<Rounds<int>::Reply> begun;
        Rounds<int> rounds([&](Rounds<int>::Reply reply) { begun.push_back(std::move(reply)); });
        QList<int> answers;
        const auto note = [&](int answer) { answers.append(answer); };
        rounds.join(note);
        QCOMPARE(begun.size(), size_t(1));
        rounds.join(note);
        rounds.join(note);
        QCOMPARE(begun.size(), size_t(1));
        begun.at(0)(1);
        QCOMPARE(answers, QList<int>{1});
        QCOMPARE(begun.size(), size_t(2));
        begun.at(1)(2);
        QCOMPARE(answers, QList<int>({1, 2, 2}));
        QCOMPARE(begun.size(), size_t(2));
    }

    void twoOfAUsersQuestionsAreUnderWayAndTheOthersWaitInLine()
    {
        Turns turns;
        QStringList begun;
        QHash<QString, Turns::Turn> underWay;
        const auto ask = [&](quint32 uid, const QString& name) {
            turns.take(uid, [&, name](Turns::Turn turn) {
                begun.append(name);
                underWay.insert(name, turn);
            });
        };
        const QStringList names{QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c"), QStringLiteral("d")};
        for (const QString& name : names)
            ask(1000, name);
        QCOMPARE(begun, names.mid(0, 2));
        ask(1001, QStringLiteral("other"));
        QCOMPARE(begun.takeLast(), QStringLiteral("other"));
        underWay.take(QStringLiteral("b")).reset();
        QCOMPARE(begun, names.mid(0, 3));
        underWay.take(QStringLiteral("a")).reset();
        QCOMPARE(begun, names);
        underWay.clear();
        for (int i = 0; i < 3; ++i) // over as soon as they begin
            turns.take(1000, [&](const Turns::Turn&) { begun.append(QStringLiteral("short")); });
        QCOMPARE(begun.size(), 7);
    }

    void aWorkersJobsAndAnswersKeepTheirOrderAndTheirThreads()
    {
        QObject home;
        const auto mainThread = std::this_thread::get_id();
        QList<int> answers;
        bool isApart = true;
        {
            Worker<int> worker(QStringLiteral("test"), &home, [] { return std::make_unique<int>(0); });
            for (int i = 0; i < 100; ++i)
                worker.run(
                    [mainThread](int& count) { return std::pair(++count, std::this_thread::get_id() != mainThread); },
                    [&](const std::pair<int, bool>& answer) {
                        answers.append(answer.first);
                        isApart = isApart && answer.second && std::this_thread::get_id() == mainThread;
                    });
            QCOMPARE(worker.ask([](int& count) { return count; }), 100);
        }
        QVERIFY(answers.isEmpty()); // answers wait for the event loop
        QCoreApplication::sendPostedEvents(&home);
        QCOMPARE(answers.size(), 100);
        QVERIFY(std::ranges::is_sorted(answers));
        QVERIFY(isApart);
    }

    void aQuotaGivesBackWhatIsDropped()
    {
        RequestQuota quota;
        const QString sender = QStringLiteral(":1.1");
        std::vector<RequestQuota::Place> places;
        places.reserve(120);
        for (int i = 0; i < 16; ++i)
            places.push_back(quota.take(sender));
        QVERIFY(places.back());
        QVERIFY(!quota.take(sender));
        places.pop_back();
        QVERIFY(quota.take(sender));
        for (int other = 0; places.size() < 120; ++other)
            places.push_back(quota.take(QStringLiteral(":2.%1").arg(other)));
        QVERIFY(places.back());
        QVERIFY(!quota.take(QStringLiteral(":3.1")));
        places.clear();
        QVERIFY(quota.take(QStringLiteral(":3.1")));

        for (int i = 0; i < 32; ++i)
            places.push_back(quota.takeForUser(4242));
        QVERIFY(places.back());
        QVERIFY(!quota.takeForUser(4242));
        QVERIFY(quota.takeForUser(4243));
        places.clear();
        QVERIFY(quota.takeForUser(4242));
    }
};

QTEST_GUILESS_MAIN(ServicePartsTest)
#include "tst_serviceparts.moc"
