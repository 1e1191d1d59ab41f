// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/bookkeeper.h"

#include <QTest>

#include <net/if_arp.h>

using namespace bwt;

namespace {

constexpr std::uint32_t netns = 7;
constexpr std::uint32_t eth0 = 2;
constexpr ProcessId curl{42, 5'000};
constexpr ProcessId kernel{};

Interface ethernet(std::uint32_t index, std::uint64_t tx = 0, std::uint64_t txPackets = 0, std::uint64_t rx = 0,
    std::uint64_t rxPackets = 0)
{
    Interface interface;
    interface.index = index;
    interface.name = "eth" + QByteArray::number(index);
    interface.type = ARPHRD_ETHER;
    interface.txBytes = tx;
    interface.txPackets = txPackets;
    interface.rxBytes = rx;
    interface.rxPackets = rxPackets;
    return interface;
}

std::vector<InterfaceBook> look(
    Bookkeeper& keeper, std::vector<Interface> interfaces, const std::vector<Flow>& flows = {})
{
    return keeper.take(WireCounting::On, Interfaces{netns, std::move(interfaces)}, flows);
}

Flow wire(ProcessId process, Direction direction, std::uint64_t bytes, std::uint32_t index = eth0,
    Measure measure = Measure::Wire)
{
    Flow flow;
    flow.key.pid = process.pid;
    flow.key.startNs = process.startNs;
    flow.key.netns = netns;
    flow.key.ifindex = index;
    flow.key.direction = direction;
    flow.key.measure = measure;
    flow.bytes = bytes;
    return flow;
}

Flow copied(Flow flow)
{
    flow.key.copied = 1;
    return flow;
}

/// Begun with a look at interfaces that counted something before.
struct Begun {
    Begun(std::vector<Interface> interfaces, const std::vector<Flow>& flows = {})
    {
        (void)::look(keeper, std::move(interfaces), flows);
    }
    Book look(std::vector<Interface> interfaces, const std::vector<Flow>& flows, std::size_t which = 0)
    {
        return ::look(keeper, std::move(interfaces), flows).at(which).book;
    }
    Bookkeeper keeper;
};

std::vector<QString> leadingOut(std::vector<Interface> interfaces)
{
    Bookkeeper keeper;
    std::vector<QString> names;
    for (const InterfaceBook& entry : ::look(keeper, std::move(interfaces), {}))
        if (entry.book.leadsOut)
            names.push_back(entry.book.interface);
    return names;
}

Interface named(Interface interface, const QByteArray& name, const QByteArray& kind, std::uint32_t master = 0)
{
    interface.name = name;
    interface.kind = kind;
    interface.master = master;
    return interface;
}

} // namespace

class BookkeeperTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsKnownAndTheHeadersLeaveNothingOver()
    {
        Begun begun({ethernet(eth0, 1'000, 10, 2'000, 20)}, {wire(curl, Direction::Tx, 50)});
        const Book book = begun.look({ethernet(eth0, 1'000 + 640 + 3 * 14, 13, 2'000 + 500 + 2 * 14, 22)},
            {wire(curl, Direction::Tx, 50 + 600), wire(kernel, Direction::Tx, 28), wire(curl, Direction::Rx, 400),
                wire(kernel, Direction::Rx, 40), wire(kernel, Direction::Rx, 60, eth0, Measure::Forwarded),
                wire(kernel, Direction::Tx, 12, eth0, Measure::Forwarded)});
        QCOMPARE(book.tx, (BookSide{682, 3, 600, 28, 12, 42, 0}));
        QCOMPARE(book.rx, (BookSide{528, 2, 400, 40, 60, 28, 0}));
        QCOMPARE(book.tx.rest(), 0);
        QCOMPARE(book.rx.rest(), 0);
        QCOMPARE(identifiedShare(book), std::optional(1.0));
    }

    void theRestIsSigned()
    {
        Begun begun({ethernet(eth0)});
        const Book book = begun.look(
            {ethernet(eth0, 1'000, 0, 1'000, 0)}, {wire(curl, Direction::Tx, 990), wire(curl, Direction::Rx, 1'030)});
        QCOMPARE(book.tx.rest(), 10);
        QCOMPARE(book.rx.rest(), -30);
        QCOMPARE(identifiedShare(book), std::optional(0.98)); // what is seen twice is as wrong as what is not seen
    }

    void onlyItsOwnPacketsAreAnInterfaces()
    {
        Begun begun({ethernet(eth0), ethernet(3)});
        Flow elsewhere = wire(curl, Direction::Tx, 1);
        elsewhere.key.netns = netns + 1;
        const Book book = begun.look({ethernet(eth0, 100), ethernet(3)},
            {elsewhere, wire(curl, Direction::Tx, 2, 3), wire(curl, Direction::Tx, 4, eth0, Measure::Program),
                wire(curl, Direction::Tx, 8)});
        QCOMPARE(book.tx.programs, 8U);
    }

    void copiesArePacketsThatOthersHave()
    {
        Begun begun({ethernet(eth0)});
        const Book book = begun.look({ethernet(eth0, 0, 0, 100, 0)},
            {wire(kernel, Direction::Rx, 100), copied(wire(curl, Direction::Rx, 100))});
        QCOMPARE(book.rx.rest(), 0);
    }

    /// Two bundles, of ten packets in all.
    void bundlesLeaveNothingOverHoweverAnInterfaceCountsThem()
    {
        const auto flows = [](std::uint64_t times) {
            Flow sent = wire(curl, Direction::Tx, times * 10 * 1'500);
            sent.calls = times * 10;
            Flow bundled = wire(kernel, Direction::Tx, times * 8 * 52, eth0, Measure::Bundled);
            bundled.calls = times * 8;
            return std::vector{sent, bundled};
        };
        Begun begun({ethernet(eth0)});
        const Book split = begun.look({ethernet(eth0, 10 * 1'514, 10)}, flows(1));
        QCOMPARE(split.tx, (BookSide{15'140, 10, 15'000, 0, 0, 140, 0}));
        const Book bundles = begun.look({ethernet(eth0, 10 * 1'514 + 10 * 1'500 - 8 * 52 + 2 * 14, 12)}, flows(2));
        QCOMPARE(bundles.tx.bundled, 8U * 52);
        QCOMPARE(bundles.tx.rest(), 0);
    }

    void whatPassedBeforeTheFirstLookIsNotEntered()
    {
        Bookkeeper keeper;
        const auto books = ::look(keeper, {ethernet(eth0, 9'000, 90)}, {wire(curl, Direction::Tx, 10)});
        QCOMPARE(books.at(0).book.tx, BookSide());
        QCOMPARE(identifiedShare(books.at(0).book), std::nullopt);
    }

    void anInterfaceThatAppearsBeginsAtNothing()
    {
        Begun begun({ethernet(eth0)});
        const Book book = begun.look({ethernet(eth0), ethernet(3, 100, 1)}, {wire(curl, Direction::Tx, 86, 3)}, 1);
        QCOMPARE(book.tx, (BookSide{100, 1, 86, 0, 0, 14, 0}));
    }

    void anInterfaceWhoseCountersWentBackIsAnotherOne()
    {
        Begun begun({ethernet(eth0, 1'000, 10, 1'000, 10)}, {wire(curl, Direction::Tx, 500)});
        (void)begun.look({ethernet(eth0, 1'100, 11, 1'000, 10)}, {wire(curl, Direction::Tx, 586)});
        const Book book = begun.look({ethernet(eth0, 200, 2, 50, 1)}, {wire(curl, Direction::Tx, 586 + 172)});
        QCOMPARE(book.tx, (BookSide{300, 3, 86 + 172, 0, 0, 42, 0}));
        QCOMPARE(book.rx, (BookSide{50, 1, 0, 0, 0, 14, 0}));
    }

    void anIndexThatComesAgainIsAnotherInterface()
    {
        Begun begun({ethernet(eth0), ethernet(3)});
        const std::vector<Flow> flows{wire(curl, Direction::Tx, 500, 3)};
        (void)begun.look({ethernet(eth0), ethernet(3, 514, 1)}, flows);
        QCOMPARE(::look(begun.keeper, {ethernet(eth0)}, flows).size(), 1U);
        const Book book = begun.look({ethernet(eth0), ethernet(3, 100, 1)}, {wire(curl, Direction::Tx, 586, 3)}, 1);
        QCOMPARE(book.tx, (BookSide{100, 1, 86, 0, 0, 14, 0}));
    }

    void anInterfaceThatIsRenamedKeepsItsBooks()
    {
        Begun begun({ethernet(eth0)});
        (void)begun.look({ethernet(eth0, 100)}, {});
        const Book book = begun.look({named(ethernet(eth0, 300), "uplink\x1b", {})}, {});
        QCOMPARE(book.interface, QStringLiteral("uplink\\x1b"));
        QCOMPARE(book.tx.bytes, 300U);
    }

    void booksGoOnInTheNextHelper()
    {
        Begun first({ethernet(eth0, 1'000)});
        const auto kept = ::look(first.keeper, {ethernet(eth0, 1'100)}, {wire(curl, Direction::Tx, 60)});
        Bookkeeper next;
        next.resume(kept);
        const auto books = ::look(next, {ethernet(eth0, 1'300)}, {wire(curl, Direction::Tx, 200)});
        QCOMPARE(books.at(0).book.tx, (BookSide{300, 0, 200, 0, 0, 0, 0}));
    }

    void whatCannotBeReadIsEnteredLater()
    {
        Begun begun({ethernet(eth0)});
        const auto books = begun.keeper.take(WireCounting::On, std::nullopt, {wire(curl, Direction::Tx, 50)});
        QCOMPARE(books.at(0).book.tx, BookSide());
        QCOMPARE(begun.look({ethernet(eth0, 90)}, {wire(curl, Direction::Tx, 90)}).tx.rest(), 0);
    }

    void thereAreNoBooksWhileTheWireIsNotMeasured()
    {
        Begun begun({ethernet(eth0)});
        QVERIFY(begun.keeper.take(WireCounting::Off, std::nullopt, {}).empty());
        QCOMPARE(begun.look({ethernet(eth0, 900)}, {}).tx, BookSide()); // begun anew
    }

    void loopbackHasNoBooks()
    {
        Interface loopback = ethernet(1);
        loopback.type = ARPHRD_LOOPBACK;
        Bookkeeper keeper;
        QVERIFY(::look(keeper, {loopback}, {}).empty());
    }

    void headersAreThoseThatTheInterfaceCounts_data()
    {
        QTest::addColumn<int>("type");
        QTest::addColumn<QByteArray>("kind");
        QTest::addColumn<quint64>("tx");
        QTest::addColumn<quint64>("rx");
        QTest::newRow("a device") << ARPHRD_ETHER << QByteArray() << quint64(14) << quint64(14);
        QTest::newRow("veth") << ARPHRD_ETHER << QByteArray("veth") << quint64(14) << quint64(14);
        QTest::newRow("bridge") << ARPHRD_ETHER << QByteArray("bridge") << quint64(14) << quint64(0);
        QTest::newRow("vlan") << ARPHRD_ETHER << QByteArray("vlan") << quint64(14) << quint64(0);
        QTest::newRow("tun") << ARPHRD_NONE << QByteArray("tun") << quint64(0) << quint64(0);
        QTest::newRow("ppp") << ARPHRD_PPP << QByteArray("ppp") << quint64(0) << quint64(0);
    }
    void headersAreThoseThatTheInterfaceCounts()
    {
        QFETCH(const int, type);
        QFETCH(const QByteArray, kind);
        Interface interface = named(ethernet(eth0), "if", kind);
        interface.type = static_cast<std::uint16_t>(type);
        Begun begun({interface});
        interface.txPackets = interface.rxPackets = 1;
        const Book book = begun.look({interface}, {});
        QTEST(book.tx.headers, "tx");
        QTEST(book.rx.headers, "rx");
    }

    void aDeviceLeadsOutAndWhatIsBuiltOnItDoesNot()
    {
        QCOMPARE(leadingOut({named(ethernet(2), "eth", {}), named(ethernet(3), "wg", "wireguard"),
                     named(ethernet(4), "tun", "tun"), named(ethernet(5), "docker", "bridge"),
                     named(ethernet(6), "veth", "veth", 5)}),
            std::vector{QStringLiteral("eth")});
    }

    void ofABridgeWithADeviceTheBridgeLeadsOut()
    {
        QCOMPARE(leadingOut({named(ethernet(2), "port", {}, 7), named(ethernet(7), "bond", "bond", 9),
                     named(ethernet(8), "tap", "tun", 9), named(ethernet(9), "bridge", "bridge"),
                     named(ethernet(10), "virbr", "bridge")}),
            std::vector{QStringLiteral("bridge")});
    }

    void whereThereIsNoDeviceAllLeadOut()
    {
        QCOMPARE(leadingOut({named(ethernet(2), "eth", "veth"), named(ethernet(3), "port", "veth", 4),
                     named(ethernet(4), "bridge", "bridge")}),
            (std::vector{QStringLiteral("eth"), QStringLiteral("bridge")}));
    }

    void theWholeShareIsOfWhatLeadsOut()
    {
        const Book outer{QStringLiteral("eth"), true, {1'000, 0, 900, 0, 0, 0, 0}, {}};
        const Book inner{QStringLiteral("tun"), false, {1'000, 0, 0, 0, 0, 0, 0}, {}};
        QCOMPARE(identifiedShare(QList{outer, inner}), std::optional(0.9));
        QCOMPARE(identifiedShare(QList{inner}), std::nullopt);
    }
};

QTEST_GUILESS_MAIN(BookkeeperTest)
#include "tst_bookkeeper.moc"
