// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/checkreport.h"
#include "dbus/gaps.h"
#include "helper/source/backend.h"
#include "helper/source/backendchoice.h"

#include <QTest>

#include <cerrno>

using namespace bwt;

namespace {

CheckReport lockedDownMachine()
{
    return {QStringLiteral("6.18.0"),
        {
            {QStringLiteral("tracepoint"), true, QString(),
                {{QStringLiteral("tracepoint/sock/sock_send_length"), HookState::Ok, 0}},
                {gap::spliceRx, gap::kernelTunnels}},
            {QStringLiteral("fexit"), false, QStringLiteral("forbidden here"),
                {{QStringLiteral("fexit/inet_sendmsg"), HookState::Refused, EPERM},
                    {QStringLiteral("fexit/inet_sendpage"), HookState::Absent, ENOENT}},
                {}},
        },
        QStringLiteral("tracepoint")};
}

QList<HookReport> allOk(const Backend& backend)
{
    QList<HookReport> hooks;
    hooks.reserve(backend.hooks.size());
    for (const Hook& hook : backend.hooks)
        hooks.push_back({QString::fromLatin1(hook.section), HookState::Ok, 0});
    return hooks;
}

/// What else can't be seen when that one hook is missing.
QStringList gapsWithout(const Backend& backend, const char* section, HookState state)
{
    QList<HookReport> hooks = allOk(backend);
    const QStringList before = gapsOf(backend, hooks, WireCounting::On);
    for (HookReport& hook : hooks)
        if (hook.name == QLatin1StringView(section))
            hook.state = state;
    QStringList more = gapsOf(backend, hooks, WireCounting::On);
    more.removeIf([&](const QString& code) { return before.contains(code); });
    return more;
}

} // namespace

class CheckReportTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void jsonIsTheContracts()
    {
        QCOMPARE(checkReportJson(lockedDownMachine()),
            QByteArray(R"({"backends":[)"
                       R"({"gaps":["splice-rx","kernel-tunnels"],)"
                       R"("hooks":[{"errno":null,"name":"tracepoint/sock/sock_send_length","state":"ok"}],)"
                       R"("name":"tracepoint","reason":null,"works":true},)"
                       R"({"gaps":[],)"
                       R"("hooks":[{"errno":1,"name":"fexit/inet_sendmsg","state":"refused"},)"
                       R"({"errno":2,"name":"fexit/inet_sendpage","state":"absent"}],)"
                       R"("name":"fexit","reason":"forbidden here","works":false}],)"
                       R"("chosen":"tracepoint","kernel":"6.18.0"})"
                       "\n"));
    }

    void jsonSaysNullWhenNothingWorks()
    {
        QCOMPARE(checkReportJson({QStringLiteral("4.19"), {}, QString()}),
            QByteArray("{\"backends\":[],\"chosen\":null,\"kernel\":\"4.19\"}\n"));
    }

    void textSaysWhatWorksWhyNotAndWhatIsNotSeen()
    {
        QCOMPARE(checkReportText(lockedDownMachine()),
            QStringLiteral(
                "kernel: 6.18.0\n"
                "tracepoint: works\n"
                "  ok       tracepoint/sock/sock_send_length\n"
                "fexit: forbidden here\n"
                "  refused  fexit/inet_sendmsg (Operation not permitted)\n"
                "  absent   fexit/inet_sendpage\n"
                "chosen: tracepoint. It can't see:\n"
                "  splice-rx: bytes that splice() takes straight out of a TCP socket\n"
                "  kernel-tunnels: what the kernel wraps for others (WireGuard, VXLAN); the wrapped traffic "
                "is counted\n"));
    }

    void textSaysWhenNothingWorks()
    {
        QCOMPARE(checkReportText({QStringLiteral("4.19"), {}, QString()}),
            QStringLiteral("kernel: 4.19\nchosen: none, this machine can't count\n"));
    }

    void textSaysWhenTheSettingsAskForWhatDoesNotWork()
    {
        CheckReport report = lockedDownMachine();
        report.chosen = QString();
        QVERIFY(checkReportText(report).endsWith(
            QStringLiteral("chosen: none, since what the settings ask for does not work here\n")));
    }

    void jsonIsReadAgainAsItWasWritten()
    {
        const CheckReport report = lockedDownMachine();
        QCOMPARE(backendsFromJson(backendsToJson(report.backends)), report.backends);
        QCOMPARE(backendsFromJson(QJsonArray{QStringLiteral("nonsense")}).size(), 1);
    }

    void hookLinesNameWhatDidNotAnswerAndWhy()
    {
        const CheckReport report = lockedDownMachine();
        QCOMPARE(hookLines(report.backends[0]), QStringList(QStringLiteral("1 of 1 answer")));
        QCOMPARE(hookLines(report.backends[1]), QStringList(QStringLiteral("forbidden here")));
        BackendReport works = report.backends[1];
        works.works = true;
        QCOMPARE(hookLines(works),
            QStringList({QStringLiteral("0 of 2 answer"), QStringLiteral("not in this kernel: fexit/inet_sendpage"),
                QStringLiteral("refused: fexit/inet_sendmsg (Operation not permitted)")}));
    }

    void everyGapHasItsWording()
    {
        for (const Backend& backend : backends()) {
            QList<HookReport> hooks = allOk(backend);
            for (HookReport& hook : hooks)
                hook.state = HookState::Refused;
            const QStringList codes = gapsOf(backend, hooks, WireCounting::On);
            QVERIFY(!codes.isEmpty());
            for (const QString& code : codes)
                QVERIFY2(gap::text(code) != code, qPrintable(code));
        }
        for (const QLatin1StringView code : {gap::preemption, gap::sendpageTx, gap::udpSendpageTx, gap::mptcpSpliceRx,
                 gap::sockmap}) // of some kernels alone
            QVERIFY2(gap::text(QString(code)) != code, code.data());
        QCOMPARE(gap::text(QStringLiteral("of-another-version")), QStringLiteral("of-another-version"));
    }

    void missingHookIsAGap_data()
    {
        QTest::addColumn<QByteArray>("section");
        QTest::addColumn<HookState>("state");
        QTest::addColumn<QStringList>("gaps");
        const QStringList noIpv6{gap::noIpv6};
        QTest::newRow("IPv6 absent") << QByteArray("fexit/inet6_sendmsg") << HookState::Absent << noIpv6;
        QTest::newRow("IPv6 refused") << QByteArray("fexit/inet6_recvmsg") << HookState::Refused << noIpv6;
        QTest::newRow("packet sockets") << QByteArray("fexit/packet_sendmsg") << HookState::Absent
                                        << QStringList{gap::packetSockets};
        QTest::newRow("sendpage absent: newer kernels need none")
            << QByteArray("fexit/inet_sendpage") << HookState::Absent << QStringList();
        QTest::newRow("sendpage refused")
            << QByteArray("fexit/inet_sendpage") << HookState::Refused << QStringList{gap::sendpageTx};
        QTest::newRow("end of a probed call")
            << QByteArray("kretprobe/rawv6_recvmsg") << HookState::Refused << QStringList{gap::rawSockets};
        QTest::newRow("a kernel without MPTCP")
            << QByteArray("kprobe/mptcp_sendmsg") << HookState::Absent << QStringList();
        QTest::newRow("a module that refuses")
            << QByteArray("kprobe/sctp_sendmsg") << HookState::Refused << QStringList{gap::sctp};
        QTest::newRow("TLS refused") << QByteArray("kretprobe/tls_sw_recvmsg") << HookState::Refused
                                     << QStringList{gap::ktls};
        QTest::newRow("socket maps refused")
            << QByteArray("kprobe/tcp_bpf_recvmsg") << HookState::Refused << QStringList{gap::sockmap};
        QTest::newRow("packets refused")
            << QByteArray("cgroup_skb/ingress") << HookState::Refused
            << QStringList{gap::udpUnconnectedRemote, gap::packetsAndWireBytes, gap::hostNames};
    }

    void missingHookIsAGap()
    {
        QFETCH(QByteArray, section);
        QFETCH(HookState, state);
        QFETCH(QStringList, gaps);
        const auto has = [&](const Backend& backend) {
            return std::ranges::any_of(backend.hooks, [&](const Hook& hook) { return section == hook.section; });
        };
        const auto backend = std::ranges::find_if(backends(), has);
        QVERIFY(backend != backends().end());
        QCOMPARE(gapsWithout(*backend, section.constData(), state), gaps);
    }

    void preemptionDecidesBetweenTwoThatWork_data()
    {
        QTest::addColumn<QList<BackendReport>>("reports");
        QTest::addColumn<QString>("chosen");
        const auto report = [](const char* name, bool works, const QStringList& gaps) {
            return BackendReport{QString::fromLatin1(name), works, {}, {}, gaps};
        };
        const BackendReport none = report("tracepoint", false, {});
        const BackendReport exact = report("fexit", true, {gap::tcpZerocopyRx});
        const BackendReport preempted = report("fexit", true, {gap::tcpZerocopyRx, gap::preemption});
        const BackendReport last = report("kprobe", true, {gap::ktls});
        QTest::newRow("the first that works") << QList<BackendReport>{none, exact, last} << QStringLiteral("fexit");
        QTest::newRow("the first that loses nothing")
            << QList<BackendReport>{none, preempted, last} << QStringLiteral("kprobe");
        QTest::newRow("no other works") << QList<BackendReport>{none, preempted, report("kprobe", false, {})}
                                        << QStringLiteral("fexit");
        QTest::newRow("none works") << QList<BackendReport>{none} << QString();
    }

    void preemptionDecidesBetweenTwoThatWork()
    {
        QFETCH(const QList<BackendReport>, reports);
        QFETCH(const QString, chosen);
        QCOMPARE(chosenOf(reports), chosen);
    }

    void tracepointsComeFirst() { QCOMPARE(backends().front().name, QLatin1StringView("tracepoint")); }
};

QTEST_GUILESS_MAIN(CheckReportTest)
#include "tst_checkreport.moc"
