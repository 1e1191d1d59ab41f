// SPDX-License-Identifier: GPL-3.0-or-later
// What an interface is connected to, as NetworkManager (python-dbusmock's) tells it, and what passes meanwhile: real
// traffic, which the real helper counts.
#include "tests/dbus/fakenetworkmanager.h"
#include "tests/dbus/helperprocess.h"

#include "dbus/event.h"
#include "dbus/row.h"
#include "sockets.h"
#include "veth.h"

#include <QDateTime>
#include <QTest>

#include <arpa/inet.h>
#include <atomic>
#include <sched.h>
#include <thread>

using namespace bwt;
using namespace sockets;

namespace {

constexpr std::uint16_t port = 4433;
constexpr quint64 datagramBytes = 1000;
constexpr quint64 headerBytes = 28; // of IPv4 and UDP

const QString home = QStringLiteral("Home sweet home");
const QString phone = QStringLiteral("Phone");
const QString wifi = QStringLiteral("802-11-wireless");

/// What went out on a network, by its name; "?" for an unknown one.
struct Sent {
    quint64 bytes = 0;
    quint64 wireBytes = 0;
    quint64 packets = 0;

    friend bool operator==(const Sent&, const Sent&) = default;
};
using SentBy = QMap<QString, Sent>;

Sent datagrams(quint64 number)
{
    return {number * datagramBytes, number * (datagramBytes + headerBytes), number};
}

} // namespace

class NetworksTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        // Nothing else passes there, and what leads nowhere else leads out.
        QVERIFY2(unshare(CLONE_NEWNET) == 0, "needs root");
        m_cable.emplace();
        QVERIFY2(m_cable->problem().isEmpty(), qPrintable(m_cable->problem()));
        m_sender.emplace(AF_INET, SOCK_DGRAM);
        m_cable->there([this] { m_receiver.emplace(AF_INET, SOCK_DGRAM); });
        const sockaddr_in anywhere{AF_INET, htons(port), {INADDR_ANY}, {}};
        bindTo(*m_receiver, anywhere);
        QVERIFY(m_bus.start());
        m_manager.emplace(m_bus);
    }

    void init()
    {
        m_helper.emplace(m_bus);
        QVERIFY(m_helper->start({QStringLiteral("--interval"), QStringLiteral("1000")}));
        m_connection = m_bus.connectAs(0);
        m_beginMs = QDateTime::currentMSecsSinceEpoch();
    }

    void cleanup()
    {
        m_manager->stop();
        QCOMPARE(m_helper->stop(), 0);
    }

    void cleanupTestCase()
    {
        m_manager.reset();
        m_connection.reset();
    }

    void withoutNetworkManagerTheInterfaceIsTheNetwork()
    {
        send(7);
        QTRY_COMPARE(recorded(), (SentBy{{m_cable->link, datagrams(7)}}));
        QCOMPARE(status().networks, NetworkList());
        QCOMPARE(told(), (SentBy{{m_cable->link, datagrams(7)}}));
    }

    void usageIsSplitWhereConnectionsChange()
    {
        send(1);
        startManager(home);
        send(20);
        m_manager->connectTo(m_cable->link, phone, QStringLiteral("gsm"));
        awaitNetwork(phone);
        send(300);
        m_manager->disconnect(m_cable->link);
        awaitNetwork({});
        send(4'000);
        m_manager->connectTo(m_cable->link, home, wifi);
        awaitNetwork(home);
        send(50);
        QTRY_COMPARE(
            recorded(), (SentBy{{m_cable->link, datagrams(4'001)}, {home, datagrams(70)}, {phone, datagrams(300)}}));
        // Counters are the set's own, and go by what the interface is connected to now.
        QCOMPARE(told(), (SentBy{{home, datagrams(4'371)}}));
        QCOMPARE(told(home), (SentBy{{home, datagrams(4'371)}}));
        QCOMPARE(told(phone), SentBy());
    }

    void aTransferThatGoesOnIsSplitToo()
    {
        startManager(home);
        std::atomic<quint64> sent = 0;
        std::atomic<bool> isOver = false;
        std::thread sender([&] {
            while (!isOver) {
                sendOne();
                ++sent;
            }
        });
        const auto endSending = qScopeGuard([&] {
            isOver = true;
            sender.join();
        });
        QTRY_VERIFY(sent > 1'000);
        const quint64 before = sent;
        m_manager->connectTo(m_cable->link, phone, wifi);
        awaitNetwork(phone);
        const quint64 after = sent;
        QTRY_VERIFY(sent > after + 1'000);
        isOver = true;
        QTRY_VERIFY(recorded().value(phone).packets > 0 && total(recorded()) == datagrams(sent));

        const SentBy networks = recorded();
        QCOMPARE(networks.keys(), (QStringList{home, phone}));
        for (const quint64 packets : {networks[home].packets, networks[home].bytes / datagramBytes}) {
            QVERIFY2(packets >= before, qPrintable(QStringLiteral("%1 of %2").arg(packets).arg(before)));
            QVERIFY2(packets <= after + 1, qPrintable(QStringLiteral("%1 of %2").arg(packets).arg(after)));
        }
    }

    void whatPassedBeforeTheHelperAskedIsOfTheConnectionThatItFinds()
    {
        startManager(home);
        send(3);
        QTRY_COMPARE(recorded(), (SentBy{{home, datagrams(3)}}));
        QCOMPARE(m_helper->stop(), 0);
        send(4);
        QVERIFY(m_helper->start({QStringLiteral("--interval"), QStringLiteral("1000")}));
        awaitNetwork(home);
        send(5);
        QTRY_COMPARE(recorded(), (SentBy{{home, datagrams(8)}})); // the counters ended with the first helper
    }

    void networkManagerMayGoAndComeBack()
    {
        startManager(home);
        send(10);
        m_manager->stop();
        awaitNetwork({});
        send(200);
        startManager(phone);
        send(3'000);
        QTRY_COMPARE(
            recorded(), (SentBy{{m_cable->link, datagrams(200)}, {home, datagrams(10)}, {phone, datagrams(3'000)}}));
    }

    void whetherItIsMeteredIsTold_data()
    {
        QTest::addColumn<quint32>("value");
        QTest::addColumn<Metered>("metered");
        QTest::newRow("unknown") << 0U << Metered::Unknown;
        QTest::newRow("yes") << 1U << Metered::Yes;
        QTest::newRow("no") << 2U << Metered::No;
        QTest::newRow("guessed yes") << 3U << Metered::Yes;
        QTest::newRow("guessed no") << 4U << Metered::No;
        QTest::newRow("none that is known") << 77U << Metered::Unknown;
    }
    void whetherItIsMeteredIsTold()
    {
        QFETCH(const quint32, value);
        QFETCH(const Metered, metered);
        startManager(phone, QStringLiteral("gsm"));
        m_manager->setMetered(m_cable->link, value == 1 ? 2 : 1);
        QTRY_COMPARE(status().networks.value(0).metered, value == 1 ? Metered::No : Metered::Yes);
        m_manager->setMetered(m_cable->link, value);
        QTRY_COMPARE(status().networks, (NetworkList{{m_cable->link, phone, QStringLiteral("mobile"), metered}}));
    }

    void aChangeIsAnEvent()
    {
        startManager(home);
        m_manager->connectTo(m_cable->link, phone, wifi);
        awaitNetwork(phone);
        const QStringList expected{
            QStringLiteral("%1 (%2)").arg(m_cable->link, home), QStringLiteral("%1 (%2)").arg(m_cable->link, phone)};
        QTRY_COMPARE(changes().sliced(qMax(0, changes().size() - 2)), expected);
    }

    void manyDevicesAreManyNetworks()
    {
        constexpr int many = 150;
        startManager(home);
        for (int i = 1; i < many; ++i) {
            const QString interface = QStringLiteral("veth%1").arg(i);
            m_manager->addDevice(interface);
            m_manager->connectTo(interface, interface, QStringLiteral("veth"));
        }
        QTRY_COMPARE(status().networks.size(), many);
        QCOMPARE(m_helper->stop(), 0);
        QVERIFY(m_helper->start());
        QTRY_COMPARE(status().networks.size(), many);
    }

    void namesFromOutsideAreBoundedAndEscaped()
    {
        startManager(QStringLiteral("a\x1b[31m\nb\u202e") + QString(5'000, QLatin1Char('x')));
        const NetworkList networks = status().networks;
        QCOMPARE(networks.size(), 1);
        QVERIFY2(networks[0].name.startsWith(QStringLiteral("a\\x1b[31m\\x0ab\\xe2\\x80\\xaexxx")),
            qPrintable(networks[0].name));
        QVERIFY(networks[0].name.size() < 200);
        send(2);
        QTRY_COMPARE(recorded(), (SentBy{{networks[0].name, datagrams(2)}}));
    }

private:
    /// With a device that is the cable, connected.
    void startManager(const QString& id, const QString& type = wifi)
    {
        QVERIFY(m_manager->start());
        m_manager->addDevice(m_cable->link);
        m_manager->connectTo(m_cable->link, id, type);
        QTRY_COMPARE(status().networks.size(), 1);
    }

    /// Until the helper says so: its counters were read then.
    void awaitNetwork(const QString& name) { QTRY_COMPARE(status().networks.value(0).name, name); }

    void sendOne()
    {
        sockaddr_in to{AF_INET, htons(port), {}, {}};
        inet_pton(AF_INET, qPrintable(m_cable->far4), &to.sin_addr);
        static const std::vector<char> bytes(datagramBytes);
        const ssize_t sent
            = sendto(m_sender->fd(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
        if (sent != ssize_t{datagramBytes})
            qFatal("sendto: %s", std::strerror(errno));
    }
    void send(int datagrams)
    {
        for (int i = 0; i < datagrams; ++i)
            sendOne();
    }

    Status status() { return test::answer<Status>(*m_connection, QStringLiteral("Status")); }

    /// What this process sent, by network, since a moment, or since the counters were made.
    SentBy sentSince(qulonglong sinceMs, const QString& network)
    {
        Filter filter;
        filter.pid = static_cast<quint32>(getpid());
        filter.network = network;
        const auto frame = test::answer<Frame>(*m_connection, QStringLiteral("Breakdown"),
            {sinceMs, qulonglong(0), QStringList{QStringLiteral("network"), QStringLiteral("direction")},
                QVariant::fromValue(filter), 1'000U});
        SentBy sent;
        for (const Row& row : frame.rows)
            if (row.direction == QLatin1StringView("tx"))
                sent.insert(row.network.isNull() ? QStringLiteral("?") : row.network,
                    {row.numbers.txBytes, row.numbers.txWireBytes.value_or(0), row.numbers.txPackets.value_or(0)});
        return sent;
    }
    SentBy recorded() { return sentSince(static_cast<qulonglong>(m_beginMs), {}); }
    SentBy told(const QString& network = {}) { return sentSince(0, network); }

    static Sent total(const SentBy& networks)
    {
        Sent sum;
        for (const Sent& one : networks) {
            sum.bytes += one.bytes;
            sum.wireBytes += one.wireBytes;
            sum.packets += one.packets;
        }
        return sum;
    }

    /// What the events say that leads out, the newest last.
    QStringList changes()
    {
        QStringList details;
        const auto events = test::answer<EventList>(
            *m_connection, QStringLiteral("Events"), {qulonglong(m_beginMs), qulonglong(0)});
        for (const Event& event : events)
            if (event.kind == EventKind::Network)
                details.append(event.detail);
        return details;
    }

    std::optional<Veth> m_cable;
    std::optional<Socket> m_sender;
    std::optional<Socket> m_receiver;
    test::PrivateBus m_bus;
    std::optional<test::FakeNetworkManager> m_manager;
    std::optional<test::HelperProcess> m_helper;
    std::optional<QDBusConnection> m_connection;
    qint64 m_beginMs = 0;
};

QTEST_GUILESS_MAIN(NetworksTest)
#include "tst_networks.moc"
