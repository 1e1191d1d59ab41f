// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/collector.h"
#include "helper/collector/naming.h"
#include "helper/source/addup.h"
#include "tests/unit/dns/packet.h"
#include "tests/unit/heapbytes.h"

#include <QTest>

using namespace bwt;
using namespace bwt::test;
using dns::Basis;

namespace {

constexpr std::uint64_t nsPerMs = 1'000'000;
constexpr std::int64_t bootMs = 1'773'000'000'000;
constexpr std::uint32_t here = 4026531840;
constexpr ProcessId browser{100, 7'000 * nsPerMs};
constexpr ProcessId mailer{200, 8'000 * nsPerMs};

/// Looks one after another, at milliseconds since boot.
class Looks {
public:
    void tell(std::int64_t atMs, const ProcessId& asker, const char* name, const char* address)
    {
        m_answers.push_back(
            {static_cast<std::uint64_t>(atMs) * nsPerMs, asker, here, false, simpleAnswer(name, address).bytes()});
    }
    void count(std::int64_t atMs, const ProcessId& process, const char* remote, Direction direction = Direction::Tx)
    {
        FlowCounter counter;
        counter.key.pid = process.pid;
        counter.key.startNs = process.startNs;
        counter.key.netns = here;
        counter.key.remote = address(remote);
        counter.key.direction = direction;
        counter.bytes = counter.calls = 1;
        counter.lastNs = static_cast<std::uint64_t>(atMs) * nsPerMs;
        m_flows.push_back(counter);
    }
    void resume(const Past& past) { m_collector.resume(past); }
    void begin(std::int64_t atMs) { m_collector.begin(reading(atMs)); }
    const Snapshot& at(std::int64_t atMs)
    {
        m_snapshot = m_collector.take(reading(atMs));
        return *m_snapshot;
    }
    /// What a process calls a remote in the newest snapshot.
    [[nodiscard]] RemoteName nameOf(const ProcessId& process, const char* remote) const
    {
        for (const Flow& flow : m_snapshot->flows) {
            const RemoteName* const name = bwt::nameOf(*m_snapshot, flow);
            if (name && flow.key.process() == process && flow.key.remote == address(remote))
                return *name;
        }
        return {};
    }

private:
    Reading reading(std::int64_t atMs)
    {
        Reading reading;
        reading.wallMs = bootMs + atMs;
        reading.bootNs = static_cast<std::uint64_t>(atMs) * nsPerMs;
        addUp(m_flows);
        reading.flows = m_flows;
        reading.answers = std::exchange(m_answers, {});
        return reading;
    }

    Collector m_collector{{QStringLiteral("replay"), {}, {}, bootMs, {}}, bootMs, [] { return HostAddresses(); }};
    std::vector<FlowCounter> m_flows;
    std::vector<NameAnswer> m_answers;
    SnapshotPtr m_snapshot;
};

RemoteName name(const char* text, std::int64_t toldMs, Basis basis)
{
    return {QString::fromLatin1(text), bootMs + toldMs, basis};
}

constexpr auto shared = "192.0.2.20";

} // namespace

class RemoteNamesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void eachProcessHasTheNameThatItAskedFor();
    void bothDirectionsHaveOneName();
    void aFlowKeepsItsFirstNameWhateverItsProcessAsksForLater();
    void aGuessGivesWayToWhatTheProcessIsToldItself();
    void othersAnswersNameYoungFlowsOnly();
    void anAnswerThatIsReadAfterItsFlowNamesItStill();
    void whatWasToldBeforeTheFirstSnapshotCounts();
    void theHistoryNamesWhatGoesOnOverARestart();
    void aTextIsHeldOnce();
    void noMoreAreNamedThanThereIsRoomFor();
};

void RemoteNamesTest::eachProcessHasTheNameThatItAskedFor()
{
    Looks looks;
    looks.tell(20'000, browser, "video.example", shared);
    looks.tell(20'100, mailer, "mail.example", shared);
    looks.count(20'200, browser, shared);
    looks.count(20'300, mailer, shared);
    looks.count(20'300, mailer, "192.0.2.99");
    looks.at(21'000);
    QCOMPARE(looks.nameOf(browser, shared), name("video.example", 20'000, Basis::Asked));
    QCOMPARE(looks.nameOf(mailer, shared), name("mail.example", 20'100, Basis::Asked));
    QCOMPARE(looks.nameOf(mailer, "192.0.2.99"), RemoteName());
}

void RemoteNamesTest::bothDirectionsHaveOneName()
{
    Looks looks;
    looks.tell(20'000, browser, "video.example", shared);
    looks.count(20'200, browser, shared);
    looks.at(21'000);
    looks.count(22'000, browser, shared, Direction::Rx);
    const Snapshot& snapshot = looks.at(60'000);
    QCOMPARE(snapshot.names.size(), 1U);
    QCOMPARE(snapshot.flows.size(), 2U);
    QCOMPARE(snapshot.flows[0].name, 1U);
    QCOMPARE(snapshot.flows[1].name, 1U);
}

void RemoteNamesTest::aFlowKeepsItsFirstNameWhateverItsProcessAsksForLater()
{
    Looks looks;
    looks.tell(20'000, browser, "video.example", shared);
    looks.count(20'200, browser, shared);
    looks.at(21'000);
    looks.tell(21'500, browser, "mail.example", shared);
    looks.at(22'000);
    QCOMPARE(looks.nameOf(browser, shared).text, QStringLiteral("video.example"));
}

void RemoteNamesTest::aGuessGivesWayToWhatTheProcessIsToldItself()
{
    Looks looks;
    looks.tell(20'000, mailer, "mail.example", shared);
    looks.count(20'200, browser, shared);
    looks.at(21'000);
    QCOMPARE(looks.nameOf(browser, shared), name("mail.example", 20'000, Basis::Fresh));
    looks.tell(90'000, browser, "video.example", shared);
    looks.at(91'000);
    QCOMPARE(looks.nameOf(browser, shared), name("video.example", 90'000, Basis::Asked));
}

void RemoteNamesTest::othersAnswersNameYoungFlowsOnly()
{
    Looks looks;
    looks.count(20'000, browser, shared);
    looks.at(21'000);
    looks.tell(29'000, mailer, "mail.example", "192.0.2.1");
    looks.at(29'500);
    looks.tell(31'000, mailer, "mail.example", shared);
    looks.count(31'200, browser, "192.0.2.1");
    looks.at(31'500);
    QCOMPARE(looks.nameOf(browser, shared), RemoteName());
    QCOMPARE(looks.nameOf(browser, "192.0.2.1"), name("mail.example", 29'000, Basis::Fresh));
    looks.tell(32'000, browser, "video.example", shared);
    looks.at(33'000);
    QCOMPARE(looks.nameOf(browser, shared).text, QStringLiteral("video.example"));
}

void RemoteNamesTest::anAnswerThatIsReadAfterItsFlowNamesItStill()
{
    Looks looks;
    looks.count(20'200, browser, shared);
    looks.at(21'000);
    looks.tell(20'000, mailer, "mail.example", shared);
    looks.at(26'000);
    QCOMPARE(looks.nameOf(browser, shared), name("mail.example", 20'000, Basis::Fresh));
}

void RemoteNamesTest::whatWasToldBeforeTheFirstSnapshotCounts()
{
    Looks looks;
    looks.tell(10'000, browser, "video.example", shared);
    looks.begin(11'000);
    looks.count(20'000, browser, shared);
    looks.at(21'000);
    QCOMPARE(looks.nameOf(browser, shared), name("video.example", 10'000, Basis::Asked));
}

void RemoteNamesTest::theHistoryNamesWhatGoesOnOverARestart()
{
    Looks looks;
    Past past;
    past.names = {{browser, address(shared), QStringLiteral("video.example"), bootMs + 5'000}};
    looks.resume(past);
    looks.count(20'000, browser, shared);
    looks.count(20'000, mailer, shared);
    looks.at(50'000);
    looks.at(51'000);
    QCOMPARE(looks.nameOf(browser, shared), name("video.example", 5'000, Basis::Host));
    QCOMPARE(looks.nameOf(mailer, shared), RemoteName());
    looks.tell(60'000, browser, "mail.example", shared);
    looks.at(61'000);
    QCOMPARE(looks.nameOf(browser, shared).text, QStringLiteral("mail.example"));
}

void RemoteNamesTest::aTextIsHeldOnce()
{
    Looks looks;
    looks.tell(20'000, browser, "video.example", shared);
    looks.tell(20'000, mailer, "video.example", "192.0.2.21");
    looks.count(20'200, browser, shared);
    looks.at(20'500);
    looks.count(20'200, mailer, "192.0.2.21");
    const Snapshot& snapshot = looks.at(21'000);
    QCOMPARE(snapshot.names.size(), 2U);
    QCOMPARE(snapshot.names[0].text.constData(), snapshot.names[1].text.constData());
}

void RemoteNamesTest::noMoreAreNamedThanThereIsRoomFor()
{
    constexpr int perLook = 1'024;
    constexpr int looksInAll = int(RemoteNames::mostNamed) / perLook + 4;
    const auto heap = [] { return static_cast<qint64>(heapBytes()); };
    qint64 named = 0;
    qint64 unnamed = 0;
    for (const bool isTold : {true, false}) {
        const qint64 before = heap();
        Looks looks;
        for (int look = 0; look < looksInAll; ++look) {
            for (int i = 0; i < perLook; ++i) {
                const QByteArray remote = "198." + QByteArray::number(look) + '.' + QByteArray::number(i / 256) + '.'
                    + QByteArray::number(i % 256);
                const QByteArray text = "node" + QByteArray::number(look * perLook + i) + ".region.cdn.example";
                if (isTold)
                    looks.tell(20'000 + look * 100, browser, text.constData(), remote.constData());
                looks.count(20'000 + look * 100, browser, remote.constData());
            }
            const Snapshot& snapshot = looks.at(20'050 + look * 100);
            QVERIFY(snapshot.names.size() <= RemoteNames::mostNamed);
        }
        QCOMPARE(looks.at(90'000).names.size(), isTold ? RemoteNames::mostNamed : 0);
        (isTold ? named : unnamed) = heap() - before;
    }
    QVERIFY2(named - unnamed < 3'000'000, qPrintable(QString::number(named - unnamed)));
}

QTEST_GUILESS_MAIN(RemoteNamesTest)
#include "tst_remotenames.moc"
