// SPDX-License-Identifier: GPL-3.0-or-later
// Every byte once: programs that share nothing with the product move bytes in every way that a program can, and the
// counters must equal what their system calls returned. BWT_TEST_BACKEND names the backend ("auto" otherwise);
// BWT_TEST_DIVISOR shortens the long loops, for emulated machines; BWT_TEST_GAPS lists the gaps that the backend must
// declare, and no other, where it is known what the kernel takes.
#include "dbus/gaps.h"
#include "flows.h"
#include "generatorrun.h"
#include "helper/source/trafficsource.h"
#include "sums.h"

#include <QFile>
#include <QJsonDocument>
#include <QTest>

#include <algorithm>
#include <array>
#include <sys/utsname.h>
#include <unistd.h>

using namespace bwt;

namespace {

/// The crowd last: its thousands of processes are in every reading after it.
constexpr std::array programs{"calls", "failures", "files", "flags", "handover", "kernel", "ktls", "loss", "peers",
    "protocols", "uring", "zerocopy", "crowd"};
/// Its cases begin before counting does.
constexpr const char* early = "before";

/// What a gap makes of the lines that it concerns.
enum class Effect { HidesTx, HidesRx, HidesRemote, MixesRemotes };

/// The only ways in which a case may differ from what its calls returned: exactly so if the backend declares the gap,
/// and not at all if it doesn't.
struct KnownGap {
    QLatin1StringView code;
    Effect effect;
    QLatin1StringView role; ///< of the lines concerned; empty for all
    std::vector<const char*> rows; ///< "PROGRAM CASE"
};

constexpr auto everyone = QLatin1StringView();
constexpr auto client = QLatin1StringView("client");
constexpr auto server = QLatin1StringView("server");

const std::vector<KnownGap> knownGaps{
    {gap::udpUnconnectedRemote, Effect::HidesRemote, everyone,
        {"peers sendto-recv", "peers sendmsg-read", "peers sendmmsg-recvmmsg", "peers sendto-recvfrom",
            "peers ipv6-sendto-recv", "peers ipv6-sendmmsg-recvmmsg", "peers mapped-sendto-recv",
            "peers mapped-sendmmsg-recvmmsg", "protocols icmp-raw-unconnected", "protocols icmp-ping-unconnected",
            "protocols icmp6-raw-unconnected", "protocols icmp6-ping-unconnected"}},
    {gap::udpManySenders, Effect::MixesRemotes, server,
        {"peers sendto-recv", "peers sendmsg-read", "peers ipv6-sendto-recv", "peers mapped-sendto-recv"}},
    {gap::spliceRx, Effect::HidesRx, server,
        {"files splice-out", "files splice-out-ipv6", "files tee", "ktls splice-out"}},
    {gap::ktlsSpliceRx, Effect::HidesRx, server, {"ktls splice-out"}},
    {gap::tcpZerocopyRx, Effect::HidesRx, server, {"zerocopy tcp-receive"}},
    {gap::sendpageTx, Effect::HidesTx, client,
        {"files sendfile", "files sendfile-ipv6", "files sendfile-udp", "files splice-in", "ktls sendfile",
            "ktls splice-in", "zerocopy tcp-receive"}},
    {gap::sendpageTx, Effect::HidesTx, server, {"files tee"}},
    {gap::udpSendpageTx, Effect::HidesTx, client, {"files sendfile-udp"}},
    {gap::packetSockets, Effect::HidesTx, everyone, {"protocols packet-cooked", "protocols packet-raw"}},
    {gap::ipv6RawRx, Effect::HidesRx, everyone,
        {"protocols icmp6-raw", "protocols icmp6-raw-unconnected", "protocols icmp6-ping",
            "protocols icmp6-ping-unconnected", "protocols ip6-raw"}},
    {gap::callsBeforeAttach, Effect::HidesRx, server, {"before waiting-udp"}}, // what TCP takes it takes later
    {gap::sockmap, Effect::HidesTx, QLatin1StringView("kernel"), {"kernel socket-map"}},
    {gap::mptcpSpliceRx, Effect::HidesRx, server, {"files splice-out-mptcp"}},
    {gap::sctpManyRemotes, Effect::HidesRemote, everyone, {"protocols sctp-to-many"}},
};

/// What a kernel may lack, and how it says so. What it has a module for it doesn't lack.
struct Feature {
    QLatin1StringView name;
    int error;
    QLatin1StringView module;
};

const std::vector<Feature> features{
    {QLatin1StringView("MPTCP"), EPROTONOSUPPORT, {}},
    {QLatin1StringView("SCTP"), EPROTONOSUPPORT, QLatin1StringView("sctp")},
    {QLatin1StringView("UDP-Lite"), EPROTONOSUPPORT, {}}, // until Linux 7.0
    {QLatin1StringView("kTLS"), ENOENT, QLatin1StringView("tls")},
    {QLatin1StringView("TLS_RX_EXPECT_NO_PAD"), ENOPROTOOPT, {}}, // since Linux 6.0
    {QLatin1StringView("netem"), ENOENT, QLatin1StringView("sch_netem")},
    {QLatin1StringView("SO_PEEK_OFF"), EOPNOTSUPP, {}}, // of TCP since Linux 6.9
    {QLatin1StringView("TCP_ZEROCOPY_RECEIVE"), ENODEV, {}},
    {QLatin1StringView("io_uring"), ENOSYS, {}},
    {QLatin1StringView("io_uring zero-copy send"), EINVAL, {}}, // since Linux 6.0, as the next
    {QLatin1StringView("io_uring multishot receive"), EINVAL, {}},
};

QString backend()
{
    return qEnvironmentVariable("BWT_TEST_BACKEND", QStringLiteral("auto"));
}

QString divisor()
{
    return QString::number(std::max(1, qEnvironmentVariableIntValue("BWT_TEST_DIVISOR")));
}

std::unique_ptr<TrafficSource> newSource()
{
    auto source = makeTrafficSource(backend());
    if (!source)
        qFatal("%s", qPrintable(source.error().detail));
    return std::move(*source);
}

Reading readingOf(TrafficSource& source)
{
    auto reading = source.read();
    if (!reading)
        qFatal("%s", qPrintable(reading.error().detail));
    return std::move(*reading);
}

quint64 allBytes(const Reading& reading)
{
    quint64 bytes = 0;
    for (const FlowCounter& flow : reading.flows)
        bytes += flow.key.measure == Measure::Program ? flow.bytes : 0;
    return bytes;
}

void apply(Effect effect, Line& line)
{
    switch (effect) {
    case Effect::HidesTx:
        line.tx = {};
        return;
    case Effect::HidesRx:
        line.rx = {};
        return;
    case Effect::HidesRemote:
        line.remote = {};
        return;
    case Effect::MixesRemotes: // applied to what was counted
        return;
    }
}

bool concerns(const KnownGap& gap, QLatin1StringView row)
{
    return std::ranges::any_of(gap.rows, [&](const char* each) { return row == QLatin1StringView(each); });
}

void applyGaps(const QStringList& declared, QList<Line>& lines)
{
    for (const KnownGap& gap : knownGaps)
        if (concerns(gap, QLatin1StringView(QTest::currentDataTag())) && declared.contains(gap.code))
            for (Line& line : lines)
                if (gap.role.isEmpty() || gap.role == line.role)
                    apply(gap.effect, line);
}

/// Whether a declared gap lets the receiver's counters mix up its remotes in this case.
bool mixesRemotes(const QStringList& declared)
{
    return std::ranges::any_of(knownGaps, [&](const KnownGap& gap) {
        return gap.effect == Effect::MixesRemotes && declared.contains(gap.code)
            && concerns(gap, QLatin1StringView(QTest::currentDataTag()));
    });
}

bool hasModule(QLatin1StringView module)
{
    utsname kernel{};
    uname(&kernel);
    QFile list(QStringLiteral("/lib/modules/%1/modules.dep").arg(QString::fromLocal8Bit(kernel.release)));
    return list.open(QIODevice::ReadOnly) && list.readAll().contains(QStringLiteral("/%1.ko").arg(module).toLatin1());
}

bool isLacking(const QString& name, int error)
{
    return std::ranges::any_of(features, [&](const Feature& feature) {
        return feature.name == name && feature.error == error
            && (feature.module.isEmpty() || !hasModule(feature.module));
    });
}

/// "PROGRAM CASE" of each.
QStringList rowsOf(const char* program)
{
    QStringList rows;
    for (const QString& traffic : GeneratorRun::casesOf(QLatin1StringView(program)))
        rows.append(QLatin1StringView(program) % QLatin1Char(' ') % traffic);
    return rows;
}

void addRows(const char* program)
{
    for (const QString& row : rowsOf(program))
        QTest::newRow(qPrintable(row)) << row.section(QLatin1Char(' '), 0, 0) << row.section(QLatin1Char(' '), 1);
}

QString firstOf(const QStringList& problems)
{
    return QStringLiteral("%1 wrong:\n").arg(problems.size()) % problems.mid(0, 10).join(QLatin1Char('\n'));
}

} // namespace

class ExactTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void cleanupTestCase();
    void gapsAreOfKnownCases();
    void gapsAreThoseOfThisKernel();
    void socketsFromBeforeCountingBeganCount_data(); // first, since those programs wait
    void socketsFromBeforeCountingBeganCount();
    void everyByteIsCountedOnce_data();
    void everyByteIsCountedOnce();
    void whatIsSentAgainIsOnTheWireAlone();

private:
    void compareWhenDone(GeneratorRun& run, TrafficSource& source);
    void compare(const QList<QByteArray>& output, const QByteArray& name, TrafficSource& source);
    void compareAbsence(const QList<QByteArray>& output);

    std::map<QString, std::unique_ptr<GeneratorRun>> m_early; ///< by case
    std::unique_ptr<TrafficSource> m_source;
    quint64 m_missesBefore = 0;
    QStringList m_absent;
};

void ExactTest::initTestCase()
{
    QVERIFY2(geteuid() == 0, "counting in the kernel needs root");
    for (const QString& traffic : GeneratorRun::casesOf(QLatin1StringView(early))) {
        auto run = std::make_unique<GeneratorRun>(QLatin1StringView(early), QStringList{traffic, divisor()});
        QVERIFY2(run->isReady(), qPrintable(run->complaints()));
        m_early.emplace(traffic, std::move(run));
    }
    m_source = newSource();
    qInfo() << m_source->info().backend << m_source->info().kernel << m_source->info().gaps;
}

void ExactTest::init()
{
    m_missesBefore = readingOf(*m_source).losses.recursionMisses;
}

void ExactTest::cleanup()
{
    QCOMPARE(readingOf(*m_source).losses.recursionMisses, m_missesBefore);
}

void ExactTest::cleanupTestCase()
{
    qInfo() << "absent in this kernel:" << m_absent;
}

void ExactTest::gapsAreOfKnownCases()
{
    QStringList rows;
    for (const char* program : programs)
        rows += rowsOf(program);
    rows += rowsOf(early);
    for (const KnownGap& gap : knownGaps)
        for (const char* row : gap.rows)
            QVERIFY2(rows.contains(QLatin1StringView(row)), row);
}

void ExactTest::gapsAreThoseOfThisKernel()
{
    QStringList declared = m_source->info().gaps;
    const QString known = qEnvironmentVariable("BWT_TEST_GAPS", declared.join(QLatin1Char(' ')));
    QStringList expected = known.split(QLatin1Char(' '));
    declared.sort();
    expected.sort();
    QCOMPARE(declared, expected);
}

void ExactTest::socketsFromBeforeCountingBeganCount_data()
{
    QTest::addColumn<QString>("traffic");
    for (const auto& [traffic, run] : m_early)
        QTest::addRow("%s %s", early, qPrintable(traffic)) << traffic;
}

void ExactTest::socketsFromBeforeCountingBeganCount()
{
    QFETCH(QString, traffic);
    GeneratorRun& run = *m_early.at(traffic);
    run.begin();
    compareWhenDone(run, *m_source);
}

void ExactTest::everyByteIsCountedOnce_data()
{
    QTest::addColumn<QString>("program");
    QTest::addColumn<QString>("traffic");
    std::ranges::for_each(programs, addRows);
}

void ExactTest::everyByteIsCountedOnce()
{
    QFETCH(QString, program);
    QFETCH(QString, traffic);
    GeneratorRun run(program, {traffic, divisor()});
    compareWhenDone(run, *m_source);
}

void ExactTest::whatIsSentAgainIsOnTheWireAlone()
{
    GeneratorRun run(QStringLiteral("loss"), {QStringLiteral("tcp4"), divisor()});
    compareWhenDone(run, *m_source);
    if (run.exitCode() == GeneratorRun::absent)
        return;
    constexpr quint64 headers = 52; // of each packet: IP, TCP and its timestamps
    for (const QByteArray& each : run.output()) {
        const Line line = lineOf(QJsonDocument::fromJson(each).object());
        const Sum wire = sum(readingOf(*m_source), static_cast<pid_t>(line.process.pid), line.process.startTicks,
            Direction::Tx, Measure::Wire);
        QVERIFY(wire.calls > 0);
        if (line.role == client)
            QVERIFY(wire.bytes > line.tx.bytes + wire.calls * headers);
    }
}

/// Reads all the while, since reading must not lose anything.
void ExactTest::compareWhenDone(GeneratorRun& run, TrafficSource& source)
{
    for (quint64 before = 0; run.runs();) {
        const quint64 now = allBytes(readingOf(source));
        QVERIFY(now >= before);
        before = now;
    }
    const QList<QByteArray> output = run.output();
    if (run.exitCode() == GeneratorRun::absent) {
        compareAbsence(output);
        return;
    }
    QVERIFY2(run.exitCode() == 0, qPrintable(run.complaints()));
    compare(output, run.processName(), source);
}

void ExactTest::compare(const QList<QByteArray>& output, const QByteArray& name, TrafficSource& source)
{
    QList<Line> lines;
    for (const QByteArray& line : output)
        lines.append(lineOf(QJsonDocument::fromJson(line).object()));
    QVERIFY(!said(lines).empty());
    applyGaps(source.info().gaps, lines);
    const Reading reading = readingOf(source);
    const bool mixed = mixesRemotes(source.info().gaps);
    const auto asTold = [mixed](const Flows& flows) { return mixed ? withRemotesMixed(flows) : flows; };
    const QStringList wrong = differences(asTold(said(lines)), asTold(counted(reading, lines)));
    QVERIFY2(wrong.isEmpty(), qPrintable(firstOf(wrong)));
    const QStringList unknown = unknownProcesses(reading, lines, name);
    QVERIFY2(unknown.isEmpty(), qPrintable(firstOf(unknown)));
}

/// Only one side may have come to need what there isn't, when the other had said its lines.
void ExactTest::compareAbsence(const QList<QByteArray>& output)
{
    const auto line = std::ranges::find_if(output, [](const QByteArray& each) { return each.contains("absent"); });
    const QJsonObject said = QJsonDocument::fromJson(line == output.end() ? QByteArray() : *line).object();
    const QString name = said.value(QStringLiteral("absent")).toString();
    const int error = said.value(QStringLiteral("errno")).toInt();
    QVERIFY2(isLacking(name, error),
        qPrintable(QStringLiteral("'%1' does not count as absent by errno %2").arg(name).arg(error)));
    m_absent.append(name);
}

QTEST_GUILESS_MAIN(ExactTest)
#include "tst_exact.moc"
