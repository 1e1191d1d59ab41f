// SPDX-License-Identifier: GPL-3.0-or-later
// Which counters carry a tunnel, from made-up interfaces and processes.
#include "helper/collector/collector.h"
#include "helper/collector/naming.h"

#include <QTest>

using namespace bwt;

namespace {

constexpr std::uint32_t netns = 7;
constexpr std::uint16_t tcp = 6;
constexpr std::uint16_t udp = 17;
constexpr std::uint32_t cable = 2;
constexpr std::uint32_t tun0 = 5;

constexpr ProcessId openvpn{42, 5'000};
constexpr ProcessId firefox{43, 6'000};
constexpr ProcessId kernel{};

Interface interface(std::uint32_t index, const char* name, const char* kind = "")
{
    Interface made;
    made.index = index;
    made.name = name;
    made.kind = kind;
    made.isUp = true;
    return made;
}

FlowCounter counter(ProcessId process, const char* remote, std::uint16_t protocol = udp,
    Measure measure = Measure::Program, std::uint32_t ifindex = 0)
{
    FlowCounter counter;
    counter.key.pid = process.pid;
    counter.key.startNs = process.startNs;
    counter.key.netns = netns;
    counter.key.remote = addressFromText(QString::fromLatin1(remote)).value_or(Address{});
    counter.key.protocol = protocol;
    counter.key.measure = measure;
    counter.key.ifindex = ifindex;
    counter.bytes = 100;
    counter.calls = 1;
    return counter;
}

} // namespace

class CarriersTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_held.clear();
        m_asked.clear();
        m_at = 20'000;
        m_counters.clear();
        m_interfaces = {interface(1, "lo"), interface(cable, "eth0"), interface(tun0, "tun0", "tun")};
        m_living = {openvpn, firefox};
        m_collector.emplace(
            SourceInfo{QStringLiteral("made up"), {}, {QStringLiteral("boot"), QStringLiteral("set")}, 10'000, {}}, 0,
            [] { return HostAddresses{{addressFromText(QStringLiteral("192.168.7.2")).value()}, {}}; },
            AppResolver::ofRecording(), Tunnels([this](const ProcessId& process) {
                m_asked.push_back(process);
                const auto found = m_held.find(process);
                return found == m_held.end() ? std::vector<QByteArray>() : found->second;
            }));
    }

    void whatAHolderExchangesByOtherInterfacesCarries()
    {
        m_held = {{openvpn, {"tun0"}}};
        m_counters = {
            counter(openvpn, "203.0.113.1"),
            counter(openvpn, "203.0.113.1", udp, Measure::Wire, cable),
            counter(openvpn, "198.51.100.1", tcp), // its own, through the tunnel
            counter(openvpn, "198.51.100.1", tcp, Measure::Wire, tun0),
            counter(openvpn, "192.168.7.9", tcp), // whose packets nobody saw
            counter(openvpn, "127.0.0.1", tcp),
            counter(openvpn, "192.168.7.2", tcp),
            counter(firefox, "203.0.113.1", tcp),
            counter(firefox, "203.0.113.1", tcp, Measure::Wire, cable),
        };
        QCOMPARE(scopes(),
            (QStringList{QStringLiteral("127.0.0.1 loopback"), QStringLiteral("192.168.7.2 loopback"),
                QStringLiteral("192.168.7.9 tunnel"), QStringLiteral("198.51.100.1 internet"),
                QStringLiteral("198.51.100.1 internet"), QStringLiteral("203.0.113.1 internet"),
                QStringLiteral("203.0.113.1 internet"), QStringLiteral("203.0.113.1 tunnel"),
                QStringLiteral("203.0.113.1 tunnel")}));
    }

    void itKeepsTheScopeWhenTheTunnelIsGone()
    {
        m_counters = {counter(openvpn, "203.0.113.1")};
        QCOMPARE(scopes(), QStringList(QStringLiteral("203.0.113.1 internet")));
        m_held = {{openvpn, {"tun0"}}};
        m_interfaces.back().carrierChanges += 1; // it is opened
        QCOMPARE(scopes(), QStringList(QStringLiteral("203.0.113.1 tunnel")));
        m_held.clear();
        m_living = {firefox};
        m_interfaces.pop_back();
        QCOMPARE(scopes(), QStringList(QStringLiteral("203.0.113.1 tunnel")));
    }

    void processesAreLookedAtOnceAndOnlyWhileADeviceHasNoHolder()
    {
        scopes();
        QCOMPARE(takeAsked(), (std::vector{openvpn, firefox}));
        scopes();
        QCOMPARE(takeAsked(), std::vector<ProcessId>());
        const ProcessId late{50, 9'000};
        m_living.push_back(late);
        m_held = {{late, {"tun0"}}, {openvpn, {"tun0"}}};
        scopes();
        QCOMPARE(takeAsked(), std::vector{late});
        m_living.push_back({51, 9'500}); // the device has its holder
        scopes();
        QCOMPARE(takeAsked(), std::vector<ProcessId>());
        m_living.pop_back();
        m_living.pop_back(); // which is gone
        m_living.push_back({52, 9'700});
        scopes();
        QCOMPARE(takeAsked(), (std::vector{ProcessId{52, 9'700}}));
        m_interfaces.push_back(interface(9, "tun1", "tun"));
        scopes();
        QCOMPARE(takeAsked().size(), 3U);
        m_interfaces.resize(2);
        m_living.push_back({53, 9'900});
        scopes();
        QCOMPARE(takeAsked(), std::vector<ProcessId>());
    }

    void aVirtualMachinesDeviceIsNoTunnel()
    {
        m_interfaces.back().master = cable;
        m_held = {{openvpn, {"tun0"}}};
        m_counters = {counter(openvpn, "203.0.113.1")};
        QCOMPARE(scopes(), QStringList(QStringLiteral("203.0.113.1 internet")));
        QCOMPARE(takeAsked(), std::vector<ProcessId>());
    }

    void aDeviceOfThatNameElsewhereIsAnother()
    {
        m_held = {{openvpn, {"tun0"}}};
        m_counters = {counter(openvpn, "203.0.113.1")};
        m_counters[0].key.netns = netns + 1;
        QCOMPARE(scopes(), QStringList(QStringLiteral("203.0.113.1 internet")));
    }

    void whatTheKernelWrapsCarries()
    {
        m_counters = {
            counter(kernel, "203.0.113.4", 47, Measure::Wire, cable), // GRE
            counter(kernel, "203.0.113.1", udp, Measure::Wire, cable),
            counter(kernel, "203.0.113.2", 1, Measure::Wire, cable), // ICMP
            counter(kernel, "203.0.113.3", udp), // of a socket of the kernel's own, as NFS has
            counter(firefox, "203.0.113.5", 47), // by a raw socket
        };
        const QStringList without{QStringLiteral("203.0.113.1 internet"), QStringLiteral("203.0.113.2 internet"),
            QStringLiteral("203.0.113.3 internet"), QStringLiteral("203.0.113.4 tunnel"),
            QStringLiteral("203.0.113.5 internet")};
        QCOMPARE(scopes(), without);
        m_interfaces.push_back(interface(9, "wg0", "wireguard"));
        QStringList with = without;
        with[0] = QStringLiteral("203.0.113.1 tunnel");
        QCOMPARE(scopes(), with);
    }

private:
    /// A look, a second after the last: remote address and scope of each counter.
    QStringList scopes()
    {
        Reading reading;
        m_at += 1'000;
        reading.wallMs = m_at;
        reading.bootNs = static_cast<std::uint64_t>(m_at) * 1'000'000;
        reading.interfaces = Interfaces{netns, m_interfaces};
        reading.flows = m_counters;
        std::ranges::sort(reading.flows, {}, &FlowCounter::key);
        for (const ProcessId& process : m_living)
            reading.processes.push_back({process, 1000, "name"});
        reading.processes.push_back({{41, 4'000}, 1000, "gone", {}, 5'000});
        QStringList lines;
        for (const Flow& flow : m_collector->take(reading)->flows)
            lines.append(addressText(flow.key.remote) + QLatin1Char(' ') + scopeName(flow.scope));
        lines.sort();
        return lines;
    }
    std::vector<ProcessId> takeAsked() { return std::exchange(m_asked, {}); }

    std::map<ProcessId, std::vector<QByteArray>> m_held;
    std::vector<ProcessId> m_asked;
    std::vector<ProcessId> m_living;
    std::vector<FlowCounter> m_counters;
    std::vector<Interface> m_interfaces;
    std::optional<Collector> m_collector;
    std::int64_t m_at = 0;
};

QTEST_GUILESS_MAIN(CarriersTest)
#include "tst_carriers.moc"
