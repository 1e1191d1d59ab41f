// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/naming.h"
#include "helper/collector/scope.h"

#include <QTest>

#include <sched.h>

using namespace bwt;

namespace {

Address address(const char* text)
{
    return addressFromText(QString::fromLatin1(text)).value();
}

/// A host with a public address in a public network, one behind a carrier's NAT, and one in IPv6.
HostAddresses exampleHost()
{
    constexpr int ipv4 = 96;
    return {{address("198.51.100.20"), address("100.64.3.4"), address("2001:db8:7::20")},
        {{address("198.51.100.20"), ipv4 + 25}, {address("100.64.3.4"), ipv4 + 30}, {address("2001:db8:7::20"), 64}}};
}

} // namespace

class ScopeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void scopeIsHowFarTheRemoteIs_data()
    {
        QTest::addColumn<QString>("remote");
        QTest::addColumn<QString>("scope");
        const auto row = [](const char* remote, const char* scope) {
            QTest::newRow(remote) << QString::fromLatin1(remote) << QString::fromLatin1(scope);
        };
        for (const char* remote :
            {"127.0.0.1", "127.255.255.255", "::1", "198.51.100.20", "100.64.3.4", "2001:db8:7::20"})
            row(remote, "loopback");
        for (const char* remote :
            {"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.1.1", "fe80::1",
                "febf::1", "fc00::1", "fdff::1", "224.0.0.251", "239.255.255.250", "ff02::fb", "255.255.255.255",
                "198.51.100.1", "198.51.100.127", "100.64.3.5", "2001:db8:7:0:ffff::1"})
            row(remote, "lan");
        for (const char* remote :
            {"126.255.255.255", "128.0.0.1", "::2", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0",
                "192.167.255.255", "169.253.0.1", "fec0::1", "fbff::1", "fe00::1", "223.255.255.255", "240.0.0.1",
                "198.51.100.128", "100.64.0.1", "100.127.255.255", "2001:db8:7:1::1", "203.0.113.7"})
            row(remote, "internet");
    }
    void scopeIsHowFarTheRemoteIs()
    {
        QFETCH(QString, remote);
        QFETCH(QString, scope);
        QCOMPARE(scopeName(scopeOf(addressFromText(remote).value(), exampleHost())), scope);
    }

    void anUnknownRemoteIsTheInternet() { QCOMPARE(scopeOf({}, exampleHost()), Scope::Internet); }

    void thisHostsLoopbackIsAmongItsAddresses()
    {
        const HostAddresses host = readHostAddresses();
        QVERIFY(std::ranges::find(host.own, address("127.0.0.1")) != host.own.end());
        for (const Prefix& prefix : host.onLink)
            QVERIFY(prefix.bits > 0 && prefix.bits <= 128);
    }

    void aNetworkJoinedLaterIsFound()
    {
        QVERIFY2(unshare(CLONE_NEWNET) == 0, "needs root");
        QCOMPARE(readHostAddresses(), HostAddresses{});
        QCOMPARE(system("ip link add veth0 type veth peer name veth1 && ip link set veth0 up && "
                        "ip address add 198.51.100.20/25 dev veth0 && "
                        "ip address add 2001:db8:7::20/96 dev veth0 && "
                        "ip address add 203.0.113.20/0 dev veth0"),
            0);
        const HostAddresses host = readHostAddresses();
        QVERIFY(std::ranges::find(host.own, address("198.51.100.20")) != host.own.end());
        QCOMPARE(scopeOf(address("198.51.100.99"), host), Scope::Lan);
        QCOMPARE(scopeOf(address("198.51.100.199"), host), Scope::Internet);
        QCOMPARE(scopeOf(address("2001:db8:7::99"), host), Scope::Lan);
        QCOMPARE(scopeOf(address("2001:db8:7:0:0:1::99"), host), Scope::Internet);
        QCOMPARE(system("ip tuntap add dev tun0 mode tun && ip link set tun0 up && "
                        "ip address add 203.0.113.77 peer 203.0.113.78 dev tun0"),
            0);
        const HostAddresses later = readHostAddresses();
        QCOMPARE(scopeOf(address("203.0.113.77"), later), Scope::Loopback);
        QCOMPARE(scopeOf(address("203.0.113.78"), later), Scope::Lan);
        QCOMPARE(scopeOf(address("203.0.113.79"), later), Scope::Internet);
        QCOMPARE(scopeOf(address("203.0.113.77"), host), Scope::Internet); // it wasn't there
    }
};

QTEST_GUILESS_MAIN(ScopeTest)
#include "tst_scope.moc"
