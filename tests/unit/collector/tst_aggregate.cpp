// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/aggregate.h"

#include <QTest>

#include <algorithm>
#include <random>

using namespace bwt;

namespace {

constexpr std::uint16_t tcp = 6;
constexpr std::uint16_t udp = 17;
constexpr std::uint16_t mptcp = 262;

const QString host = QStringLiteral("203.0.113.7");
const QString otherHost = QStringLiteral("2001:db8::1");

/// firefox of user 1000, sshd of root, curl of user 1001 and one of whom nothing is known.
Snapshot exampleSnapshot()
{
    Snapshot snapshot;
    snapshot.set = {QStringLiteral("boot"), QStringLiteral("set")};
    snapshot.sinceMs = 10'000;
    snapshot.untilMs = 12'000;
    snapshot.bootNs = 12'000'000'000;
    const auto process = [](std::uint32_t pid, const char* name, std::uint32_t uid) {
        const QString text = QString::fromLatin1(name);
        return Process{
            {pid, pid}, pid, uid, text, QStringLiteral("/usr/bin/") + text, QStringLiteral("/usr/bin/") + text, text};
    };
    snapshot.processes = {process(1, "firefox", 1000), process(2, "sshd", 0), process(3, "curl", 1001),
        {{4, 4}, 4, unknownUid, {}, {}, {}, {}}, process(5, "firefox", 1000)};
    return snapshot;
}

void addFlow(Snapshot& snapshot, std::uint32_t process, Direction direction, std::uint64_t bytes,
    const QString& remote = host, std::uint16_t protocol = tcp, std::uint16_t service = 443,
    Scope scope = Scope::Internet)
{
    Flow flow;
    flow.key.pid = snapshot.processes[process].id.pid;
    flow.key.startNs = snapshot.processes[process].id.startNs;
    flow.key.remote = addressFromText(remote).value_or(Address{});
    flow.key.protocol = protocol;
    flow.key.service = service;
    flow.key.direction = direction;
    flow.bytes = bytes;
    flow.calls = 1;
    flow.firstSeenMs = static_cast<std::int64_t>(bytes);
    flow.lastSeenMs = static_cast<std::int64_t>(bytes) * 2;
    flow.process = process;
    flow.scope = scope;
    snapshot.flows.push_back(flow);
    std::ranges::sort(snapshot.flows, {}, &Flow::key);
}

/// As addFlow(), of packets.
void addPackets(Snapshot& snapshot, Direction direction, std::uint64_t bytes, std::uint64_t packets,
    Measure measure = Measure::Wire, std::uint32_t ifindex = 2)
{
    Flow flow;
    flow.key.pid = snapshot.processes[0].id.pid;
    flow.key.startNs = snapshot.processes[0].id.startNs;
    flow.key.remote = addressFromText(host).value_or(Address{});
    flow.key.protocol = tcp;
    flow.key.service = 443;
    flow.key.direction = direction;
    flow.key.measure = measure;
    flow.key.ifindex = ifindex;
    flow.bytes = bytes;
    flow.calls = packets;
    flow.firstSeenMs = flow.lastSeenMs = 100;
    snapshot.flows.push_back(flow);
    std::ranges::sort(snapshot.flows, {}, &Flow::key);
}

/// Has a process call all its remotes so.
void addName(Snapshot& snapshot, std::uint32_t process, const char* text, std::int64_t toldMs)
{
    snapshot.names.push_back({QString::fromLatin1(text), toldMs, dns::Basis::Asked});
    for (Flow& flow : snapshot.flows) {
        if (flow.process == process)
            flow.name = static_cast<std::uint32_t>(snapshot.names.size());
    }
}

/// Each row's remote and what it is called.
QStringList namesOf(const Snapshot& snapshot, Dimensions by, const Filter& filter = {})
{
    QStringList names;
    for (const Row& row : aggregate(snapshot, nullptr, by, filter, Visibility::everyone(), 0))
        names.append(row.remoteIp + QLatin1Char(' ') + row.remoteName);
    return names;
}

Snapshot traffic()
{
    Snapshot snapshot = exampleSnapshot();
    addFlow(snapshot, 0, Direction::Tx, 100);
    addFlow(snapshot, 0, Direction::Rx, 5'000);
    addFlow(snapshot, 0, Direction::Rx, 300, otherHost, udp);
    addFlow(snapshot, 1, Direction::Tx, 40, otherHost, tcp, 22, Scope::Lan);
    addFlow(snapshot, 2, Direction::Tx, 9'000, otherHost);
    addFlow(snapshot, 3, Direction::Tx, 7, {}, 1, 0);
    addFlow(snapshot, 4, Direction::Tx, 1, host, mptcp);
    return snapshot;
}

QList<Row> rowsBy(Dimensions by, const Filter& filter = {}, const Visibility& visibility = Visibility::everyone(),
    quint32 limit = 0)
{
    return aggregate(traffic(), nullptr, by, filter, visibility, limit);
}

quint64 bytesOf(const QList<Row>& rows)
{
    quint64 sum = 0;
    for (const Row& row : rows)
        sum += row.numbers.txBytes + row.numbers.rxBytes;
    return sum;
}

constexpr quint64 allBytes = 100 + 5'000 + 300 + 40 + 9'000 + 7 + 1;

} // namespace

class AggregateTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void withoutDimensionsThereIsOneRow()
    {
        const QList<Row> rows = rowsBy({});
        QCOMPARE(rows.size(), 1);
        QCOMPARE(rows[0].numbers.txBytes, 9'148U);
        QCOMPARE(rows[0].numbers.rxBytes, 5'300U);
        QCOMPARE(rows[0].numbers.txCalls, 5U);
        QCOMPARE(rows[0].numbers.rxCalls, 2U);
        QCOMPARE(rows[0].numbers.firstSeenMs, std::optional<qint64>(1));
        QCOMPARE(rows[0].numbers.lastSeenMs, std::optional<qint64>(18'000));
        QVERIFY(!rows[0].numbers.txPackets && !rows[0].numbers.txWireBytes && !rows[0].numbers.txRate);
        QVERIFY(!rows[0].pid && rows[0].protocol.isNull());
    }

    void packetsStandBesideWhatProgramsMoved()
    {
        Snapshot snapshot = traffic();
        snapshot.wire = WireCounting::On;
        addPackets(snapshot, Direction::Tx, 500, 5);
        addPackets(snapshot, Direction::Tx, 60, 1, Measure::Wire, 3);
        addPackets(snapshot, Direction::Rx, 7'000, 8);
        addPackets(snapshot, Direction::Rx, 99'999, 99, Measure::Forwarded);
        const QList<Row> rows
            = aggregate(snapshot, nullptr, {Dimension::Process, Dimension::Remote}, {}, Visibility::everyone(), 0);
        const auto first
            = std::ranges::find_if(rows, [](const Row& row) { return row.pid == 1U && row.remoteIp == host; });
        QVERIFY(first != rows.end());
        QCOMPARE(first->numbers.txBytes, 100U);
        QCOMPARE(first->numbers.txCalls, 1U);
        QCOMPARE(first->numbers.rxBytes, 5'000U);
        QCOMPARE(first->numbers.txWireBytes, std::optional<quint64>(560));
        QCOMPARE(first->numbers.txPackets, std::optional<quint64>(6));
        QCOMPARE(first->numbers.rxWireBytes, std::optional<quint64>(7'000));
        QCOMPARE(first->numbers.rxPackets, std::optional<quint64>(8));
        const auto other = std::ranges::find_if(rows, [](const Row& row) { return row.pid == 3U; });
        QVERIFY(other != rows.end());
        QCOMPARE(other->numbers.txPackets, std::optional<quint64>(0)); // counted, and there were none
        QCOMPARE(bytesOf(rows), allBytes);
    }

    void ratesAreOfWhatProgramsMoved()
    {
        Snapshot before = traffic();
        before.wire = WireCounting::On;
        Snapshot now = before;
        now.bootNs += 1'000'000'000;
        addPackets(now, Direction::Tx, 500, 5);
        const QList<Row> rows = aggregate(now, &before, {}, {}, Visibility::everyone(), 0);
        QCOMPARE(rows[0].numbers.txRate, std::optional<quint64>(0));
        QCOMPARE(rows[0].numbers.txWireBytes, std::optional<quint64>(500));
    }

    void ratesAreOfTheTimeAwake()
    {
        const Snapshot before = traffic();
        Snapshot now = before;
        now.bootNs += 3'602'000'000'000;
        now.sleptNs += 3'600'000'000'000;
        addFlow(now, 1, Direction::Tx, 2'000, host, tcp, 22);
        const QList<Row> rows = aggregate(now, &before, {}, {}, Visibility::everyone(), 0);
        QCOMPARE(rows[0].numbers.txRate, std::optional<quint64>(1'000));
    }

    void packetsFromBeforeTheyWereSwitchedOffAreNotTold()
    {
        Snapshot snapshot = traffic();
        addPackets(snapshot, Direction::Tx, 500, 5);
        const QList<Row> rows = aggregate(snapshot, nullptr, {}, {}, Visibility::everyone(), 0);
        QVERIFY(!rows[0].numbers.txPackets && !rows[0].numbers.txWireBytes);
        QCOMPARE(bytesOf(rows), allBytes);
    }

    void bothSidesOfAFlowAreOneRow()
    {
        const QList<Row> rows = rowsBy({Dimension::Process});
        QCOMPARE(rows.size(), 5);
        QCOMPARE(rows[0].processName, QStringLiteral("curl"));
        QCOMPARE(rows[1].pid, std::optional<quint32>(1));
        QCOMPARE(rows[1].startTimeMs, std::optional<qint64>(1));
        QCOMPARE(rows[1].exe, QStringLiteral("/usr/bin/firefox"));
        QCOMPARE(rows[1].uid, std::optional<quint32>(1000));
        QCOMPARE(rows[1].numbers.txBytes, 100U);
        QCOMPARE(rows[1].numbers.rxBytes, 5'300U);
        QVERIFY(rows[3].processName.isNull() && !rows[3].uid);
    }

    void everyDimensionYieldsItsKeys()
    {
        QCOMPARE(rowsBy({Dimension::App})[1].appName, QStringLiteral("firefox"));
        QCOMPARE(rowsBy({Dimension::App})[1].numbers.txBytes, 101U);
        QCOMPARE(rowsBy({Dimension::User})[2].userName, QStringLiteral("root"));
        QCOMPARE(rowsBy({Dimension::Protocol}).last().protocol, QStringLiteral("MPTCP"));
        QCOMPARE(rowsBy({Dimension::Remote})[0].remoteIp, otherHost);
        QCOMPARE(rowsBy({Dimension::Scope})[1].scope, QStringLiteral("lan"));
    }

    void appsAreToldAndFoundAsTheUserDecided()
    {
        const QString firefox = QStringLiteral("/usr/bin/firefox");
        const QString sshd = QStringLiteral("/usr/bin/sshd");
        const QString absent = QStringLiteral("/usr/bin/absent");
        AppChoices choices;
        choices.insert(firefox, {QStringLiteral("not told"), sshd}, QStringLiteral("firefox"));
        choices.insert(sshd, {QStringLiteral("Both"), {}}, QStringLiteral("sshd"));
        choices.insertOwnName(absent, QStringLiteral("Absent")); // of which no process is there
        choices.insert(QStringLiteral("/usr/bin/curl"), {{}, absent}, QStringLiteral("curl"));
        const auto told = [&choices](const Filter& filter) {
            QStringList lines;
            for (const Row& row :
                aggregate(traffic(), nullptr, {Dimension::App}, filter, Visibility::everyone(), 0, choices))
                lines.append(QStringLiteral("%1=%2:%3").arg(row.appId, row.appName).arg(bytesOf({row})));
            return lines;
        };
        QCOMPARE(told({}),
            QStringList({QStringLiteral("/usr/bin/absent=Absent:9000"), QStringLiteral("/usr/bin/sshd=Both:5441"),
                QStringLiteral("=:7")}));
        QCOMPARE(told({.app = sshd}), QStringList(QStringLiteral("/usr/bin/sshd=Both:5441")));
        QCOMPARE(told({.app = firefox}), QStringList(QStringLiteral("/usr/bin/sshd=Both:5401")));
        QCOMPARE(told({.app = absent}), QStringList(QStringLiteral("/usr/bin/absent=Absent:9000")));
    }

    void aRemoteHasTheNameThatTheRowsProcessesAskedFor()
    {
        Snapshot snapshot = traffic();
        addName(snapshot, 0, "video.example", 1'000);
        addName(snapshot, 4, "mail.example", 2'000);
        const Dimensions remotes{Dimension::Remote};
        QCOMPARE(namesOf(snapshot, remotes),
            QStringList({otherHost + QStringLiteral(" video.example"), host + QStringLiteral(" mail.example"),
                QStringLiteral(" ")}));
        QCOMPARE(namesOf(snapshot, {Dimension::Process, Dimension::Remote}, {.process = QStringLiteral("firefox")}),
            QStringList({host + QStringLiteral(" video.example"), otherHost + QStringLiteral(" video.example"),
                host + QStringLiteral(" mail.example")}));
        QCOMPARE(namesOf(snapshot, remotes, {.pid = 1}),
            QStringList({host + QStringLiteral(" video.example"), otherHost + QStringLiteral(" video.example")}));
        QCOMPARE(namesOf(snapshot, {Dimension::App}, {.pid = 1}), QStringList{QStringLiteral(" ")});
    }

    void whoMayNotSeeTheProcessSeesNotWhatItAskedFor()
    {
        Snapshot snapshot = traffic();
        addName(snapshot, 2, "secret.example", 1'000);
        const Visibility own = Visibility::ofUids({{1000, 1000}});
        for (const Row& row : aggregate(snapshot, nullptr, {Dimension::Remote}, {}, own, 0))
            QVERIFY(row.remoteName.isNull());
        const Filter secret{.remote = QStringLiteral("secret.example")};
        QVERIFY(aggregate(snapshot, nullptr, {}, secret, own, 0).isEmpty());
        QCOMPARE(bytesOf(aggregate(snapshot, nullptr, {}, secret, Visibility::everyone(), 0)), 9'000U);
    }

    void aRemoteIsFoundByItsName()
    {
        Snapshot snapshot = traffic();
        addName(snapshot, 0, "video.example", 1'000);
        addName(snapshot, 4, "mail.example", 2'000);
        const auto sum = [&](const char* remote) {
            return bytesOf(aggregate(snapshot, nullptr, {Dimension::Process}, {.remote = QString::fromLatin1(remote)},
                Visibility::everyone(), 0));
        };
        QCOMPARE(sum("Mail.Example"), 1U);
        QCOMPARE(sum("video.example"), 5'400U);
        QCOMPARE(sum("example"), 0U);
    }

    void oneServiceNameIsOneRow()
    {
        const QList<Row> rows = rowsBy({Dimension::Service});
        QStringList names;
        for (const Row& row : rows)
            names.append(row.service);
        QCOMPARE(
            names, QStringList({QStringLiteral("https"), QStringLiteral("quic"), QStringLiteral("ssh"), QString()}));
        QCOMPARE(rows[0].numbers.txBytes, 9'101U); // TCP and MPTCP
    }

    void directionsAreRowsWithTheOtherSideZero()
    {
        const QList<Row> rows = rowsBy({Dimension::Direction});
        QCOMPARE(rows.size(), 2);
        QCOMPARE(rows[0].direction, QStringLiteral("tx"));
        QCOMPARE(rows[0].numbers.rxBytes, 0U);
        QCOMPARE(rows[1].direction, QStringLiteral("rx"));
        QCOMPARE(rows[1].numbers.rxBytes, 5'300U);
        QCOMPARE(rows[1].numbers.txCalls, 0U);
    }

    void filtersNarrowByEveryField()
    {
        const auto sum = [](const Filter& filter) { return bytesOf(rowsBy({Dimension::Process}, filter)); };
        QCOMPARE(sum({}), allBytes);
        QCOMPARE(sum({.process = QStringLiteral("firefox")}), 5'401U);
        QCOMPARE(sum({.process = QStringLiteral("5")}), 0U);
        QCOMPARE(sum({.pid = 5}), 1U);
        QCOMPARE(sum({.pid = 5, .startTimeMs = 5}), 1U);
        QCOMPARE(sum({.pid = 5, .startTimeMs = 6}), 0U); // the pid of a process before it
        QCOMPARE(sum({.process = QStringLiteral("sshd"), .pid = 5}), 0U);
        QCOMPARE(sum({.app = QStringLiteral("/usr/bin/curl")}), 9'000U);
        QCOMPARE(sum({.protocol = QStringLiteral("udp")}), 300U);
        QCOMPARE(sum({.protocol = QStringLiteral("nonsense")}), 0U);
        QCOMPARE(sum({.remote = host}), 5'101U);
        QCOMPARE(sum({.remote = QStringLiteral("nonsense")}), 0U);
        QCOMPARE(sum({.scope = QStringLiteral("lan")}), 40U);
        QCOMPARE(sum({.service = QStringLiteral("quic")}), 300U);
        QCOMPARE(sum({.service = QStringLiteral("nonsense")}), 0U);
        QCOMPARE(sum({.uid = 4242}), 0U);
        QCOMPARE(sum({.uid = 1000}) + sum({.uid = 1001}) + sum({.uid = 0}), allBytes - 7);
        QCOMPARE(sum({.network = QStringLiteral("eth0")}), 0U); // no packet tells
    }

    void whatAProgramMovedIsOfTheNetworkThatMostOfItsPacketsTook()
    {
        Snapshot snapshot = traffic();
        snapshot.wire = WireCounting::On;
        snapshot.networks = {{2, QStringLiteral("Home")}, {3, QStringLiteral("eth0")}, {4, QStringLiteral("Home")}};
        addPackets(snapshot, Direction::Tx, 500, 5, Measure::Wire, 3);
        addPackets(snapshot, Direction::Rx, 7'000, 8);
        addPackets(snapshot, Direction::Rx, 20, 1, Measure::Wire, 4);
        addPackets(snapshot, Direction::Rx, 10, 1, Measure::Wire, 5); // nobody knows what that was
        const auto rowOf = [&](const QString& network, const Filter& filter = {}) {
            const QList<Row> rows
                = aggregate(snapshot, nullptr, {Dimension::Network}, filter, Visibility::everyone(), 0);
            const auto row = std::ranges::find(rows, network, &Row::network);
            return row == rows.end() ? Row() : *row;
        };
        QCOMPARE(rowOf(QStringLiteral("Home")).numbers.rxBytes, 5'000U);
        QCOMPARE(rowOf(QStringLiteral("Home")).numbers.txBytes, 100U);
        QCOMPARE(rowOf(QStringLiteral("Home")).numbers.rxWireBytes, std::optional<quint64>(7'020));
        QCOMPARE(rowOf(QStringLiteral("eth0")).numbers.txWireBytes, std::optional<quint64>(500));
        QCOMPARE(rowOf(QStringLiteral("eth0")).numbers.txBytes, 0U);
        QCOMPARE(rowOf({}).numbers.rxWireBytes, std::optional<quint64>(10));
        QCOMPARE(rowOf({}).numbers.txBytes + rowOf({}).numbers.rxBytes, allBytes - 5'100);
        const Filter home{.network = QStringLiteral("Home")};
        QCOMPARE(rowOf(QStringLiteral("Home"), home), rowOf(QStringLiteral("Home")));
        QCOMPARE(rowOf(QStringLiteral("eth0"), home), Row());
    }

    void otherPeoplesTrafficIsOneRowThatNoFilterTakesApart()
    {
        const Visibility own = Visibility::ofUids({{1000, 1000}});
        const QList<Row> rows = rowsBy({Dimension::Process, Dimension::Remote, Dimension::Direction}, {}, own);
        QCOMPARE(std::ranges::count(rows, RowKind::OtherUsers, &Row::kind), 1);
        QCOMPARE(rows[0].kind, RowKind::OtherUsers);
        Row keyless;
        keyless.kind = RowKind::OtherUsers;
        keyless.numbers = rows[0].numbers;
        QCOMPARE(rows[0], keyless);
        QCOMPARE(rows[0].numbers.txBytes, 9'007U);
        QCOMPARE(bytesOf(rows), allBytes);

        for (const Filter& filter : {Filter{.process = QStringLiteral("curl")}, Filter{.pid = 3},
                 Filter{.startTimeMs = 3}, Filter{.app = QStringLiteral("/usr/bin/curl")}, Filter{.uid = 1001}}) {
            QCOMPARE(rowsBy({Dimension::Process}, filter, own).size(), 0);
            QCOMPARE(rowsBy({}, filter, own).size(), 0);
        }
        QCOMPARE(bytesOf(rowsBy({}, {.remote = otherHost}, own)), 340U);
        QCOMPARE(bytesOf(rowsBy({}, {}, own)), allBytes);
    }

    void otherPeoplesTrafficIsOneRowForEachScopeWhereThatIsAskedFor()
    {
        Snapshot snapshot = traffic();
        addFlow(snapshot, 2, Direction::Rx, 600, otherHost, tcp, 22, Scope::Lan);
        const QList<Row> rows = aggregate(
            snapshot, nullptr, {Dimension::Process, Dimension::Scope}, {}, Visibility::ofUids({{1000, 1000}}), 0);
        Row internet;
        internet.kind = RowKind::OtherUsers;
        internet.scope = QStringLiteral("internet");
        internet.numbers = rows[0].numbers;
        QCOMPARE(rows[0], internet);
        QCOMPARE(bytesOf({internet}), 9'007U);
        const auto lan = std::ranges::find_if(rows,
            [](const Row& row) { return row.kind == RowKind::OtherUsers && row.scope == QStringLiteral("lan"); });
        QVERIFY(lan != rows.end());
        QCOMPARE(bytesOf({*lan}), 600U);
        QCOMPARE(std::ranges::count(rows, RowKind::OtherUsers, &Row::kind), 2);
    }

    void theLimitKeepsTheBiggest()
    {
        const QList<Row> rows = rowsBy({Dimension::Process}, {}, Visibility::everyone(), 2);
        QCOMPARE(rows.size(), 3);
        QCOMPARE(rows[0].processName, QStringLiteral("curl"));
        QCOMPARE(rows[1].processName, QStringLiteral("firefox"));
        QCOMPARE(rows[2].kind, RowKind::Rest);
        QVERIFY(rows[2].processName.isNull() && !rows[2].pid);
    }

    void whateverTheLimitTheRowsAddUpToTheWholeInEveryScope()
    {
        const auto byScope = [](const QList<Row>& rows) {
            QMap<QString, quint64> bytes;
            for (const Row& row : rows)
                bytes[row.scope] += bytesOf({row});
            return bytes;
        };
        const Dimensions by{Dimension::Process, Dimension::Scope};
        for (const Visibility& visibility : {Visibility::everyone(), Visibility::ofUids({{1000, 1000}})}) {
            const auto whole = byScope(rowsBy(by, {}, visibility));
            for (quint32 limit = 1; limit < 8; ++limit) {
                const QList<Row> rows = rowsBy(by, {}, visibility, limit);
                QCOMPARE(byScope(rows), whole);
                QVERIFY(std::ranges::count(rows, RowKind::Named, &Row::kind) <= limit);
                QCOMPARE(
                    std::ranges::count(rows, RowKind::OtherUsers, &Row::kind), visibility.seesEveryone() ? 0 : 1);
            }
        }
    }

    void ratesAreTheGrowthOverTheTimeBetween_data()
    {
        QTest::addColumn<qint64>("clockSetByMs");
        QTest::newRow("steady clock") << qint64(0);
        QTest::newRow("set back") << qint64(-3'600'000);
        QTest::newRow("set forward") << qint64(3'600'000);
    }
    void ratesAreTheGrowthOverTheTimeBetween()
    {
        QFETCH(const qint64, clockSetByMs);
        const Snapshot before = traffic();
        Snapshot now = traffic();
        now.bootNs += 2'000'000'000;
        now.untilMs += clockSetByMs;
        now.sinceMs = std::min(now.sinceMs, now.untilMs);
        for (Flow& flow : now.flows) {
            if (flow.key.direction == Direction::Rx)
                flow.bytes += 500;
        }
        addFlow(now, 1, Direction::Tx, 2'000, host, tcp, 22);
        QList<Row> rows = aggregate(now, &before, {}, {}, Visibility::everyone(), 0);
        QCOMPARE(rows[0].numbers.rxRate, std::optional<quint64>(500)); // 2 flows grew by 500 in 2 s
        QCOMPARE(rows[0].numbers.txRate, std::optional<quint64>(1'000));
        rows = aggregate(
            now, &before, {Dimension::Process}, {.process = QStringLiteral("sshd")}, Visibility::everyone(), 0);
        QCOMPARE(rows[0].numbers.txRate, std::optional<quint64>(1'000));

        Snapshot otherSet = before;
        otherSet.set.id = QStringLiteral("other");
        QVERIFY(!aggregate(now, &otherSet, {}, {}, Visibility::everyone(), 0)[0].numbers.txRate);
        now.bootNs = before.bootNs;
        QVERIFY(aggregate(now, &before, {}, {}, Visibility::everyone(), 0)[0].numbers.txRate);
    }

    void anySumsByAnyDimensionsAreTheWhole()
    {
        std::mt19937 random(7);
        Snapshot snapshot = exampleSnapshot();
        quint64 whole = 0;
        for (int i = 0; i < 300; ++i) {
            const std::uint64_t bytes = random() % 100'000;
            whole += bytes;
            addFlow(snapshot, random() % 5, random() % 2 ? Direction::Tx : Direction::Rx, bytes,
                QStringLiteral("203.0.113.%1").arg(i % 250), random() % 2 ? tcp : udp, random() % 1'024,
                static_cast<Scope>(random() % 3));
        }
        for (quint32 bits = 0; bits < 256; ++bits) {
            Dimensions by;
            for (quint32 i = 0; i < 8; ++i) {
                if (bits >> i & 1)
                    by.insert(static_cast<Dimension>(i));
            }
            for (const Visibility& visibility : {Visibility::everyone(), Visibility::ofUids({{1000, 1000}})}) {
                const QList<Row> rows = aggregate(snapshot, nullptr, by, {}, visibility, 0);
                QCOMPARE(bytesOf(rows), whole);
                QVERIFY(std::ranges::is_sorted(rows, std::greater<>(),
                    [](const Row& row) { return row.numbers.txBytes + row.numbers.rxBytes; }));
            }
        }
    }
};

QTEST_GUILESS_MAIN(AggregateTest)
#include "tst_aggregate.moc"
