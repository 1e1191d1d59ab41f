// SPDX-License-Identifier: GPL-3.0-or-later
// A real tun device whose packets a program carries over a cable, as VPN programs do: what passes inside is the
// app's, once, and what carries it is kept apart. In namespaces of their own, so that each frame is somebody's.
#include "tests/dbus/helperprocess.h"

#include "dbus/row.h"
#include "peer.h"
#include "veth.h"

#include <QProcess>
#include <QTest>

#include <sched.h>

using namespace bwt;

namespace {

/// A kind of bwt-tunnel's process.
class Carrier {
public:
    Carrier(const QStringList& before, const QString& device, const QString& own, const QString& peer)
    {
        const QStringList command = before + QStringList{QStringLiteral(BWT_TUNNEL), device, own, peer};
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(command.first(), command.sliced(1));
    }
    Carrier(const Carrier&) = delete;
    Carrier& operator=(const Carrier&) = delete;
    ~Carrier()
    {
        m_process.kill();
        m_process.waitForFinished();
    }

    [[nodiscard]] bool says(const char* word)
    {
        return (m_process.canReadLine() || m_process.waitForReadyRead()) && m_process.readLine().trimmed() == word;
    }
    void goOn() { m_process.write("\n"); }
    [[nodiscard]] quint32 pid() const { return static_cast<quint32>(m_process.processId()); }

private:
    QProcess m_process;
};

/// Sums of what a filter lets through.
struct Passed {
    quint64 txBytes = 0;
    quint64 rxBytes = 0;
    quint64 txWireBytes = 0;
    quint64 rxWireBytes = 0;

    friend bool operator==(const Passed&, const Passed&) = default;
    friend Passed operator-(const Passed& one, const Passed& other)
    {
        return {one.txBytes - other.txBytes, one.rxBytes - other.rxBytes, one.txWireBytes - other.txWireBytes,
            one.rxWireBytes - other.rxWireBytes};
    }
};

constexpr auto near = "203.0.113.1"; // inside the tunnel
constexpr auto far = "198.51.100.9"; // there, too
constexpr auto farCarrier = "192.0.2.9"; // on the cable
constexpr quint64 greetingBytes = 5;
constexpr quint64 headerBytes = 28; // of IPv4 and UDP, around each packet of the tunnel

const QString internet = QStringLiteral("internet");
const QString tunnel = QStringLiteral("tunnel");

} // namespace

class TunnelsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(unshare(CLONE_NEWNET) == 0, "needs root");
        m_cable.emplace();
        QVERIFY2(m_cable->problem().isEmpty(), qPrintable(m_cable->problem()));
        m_cable->setOffloads(false); // frames are packets
        QVERIFY(there("addr add %1/32 dev peer0", farCarrier));
        QVERIFY(here("route add %1 via %2", farCarrier, m_cable->far4));
        QVERIFY(m_bus.start());
        m_helper.emplace(m_bus);
        QVERIFY(m_helper->start({QStringLiteral("--interval"), QStringLiteral("1000")}));
        m_connection = m_bus.connectAs(0);
        QTRY_VERIFY(!status().books.isEmpty()); // which begin with the first tick
    }

    void cleanupTestCase()
    {
        m_nearEnd.reset();
        m_farEnd.reset();
        m_connection.reset();
        QCOMPARE(m_helper->stop(), 0);
    }

    void whatTurnsOutToCarryATunnelWasNeverAnythingElse()
    {
        m_farEnd.emplace(
            QStringList{QStringLiteral("ip"), QStringLiteral("netns"), QStringLiteral("exec"), m_cable->netns},
            QStringLiteral("tun-far"), QString::fromLatin1(farCarrier), m_cable->near4);
        QVERIFY(m_farEnd->says("greeted"));
        m_nearEnd.emplace(QStringList(), QStringLiteral("tun-near"), m_cable->near4, QString::fromLatin1(farCarrier));
        QVERIFY(m_nearEnd->says("greeted"));
        QTRY_COMPARE(live(m_nearEnd->pid(), internet).txBytes, greetingBytes);
        QCOMPARE(live(m_nearEnd->pid(), tunnel), Passed());

        for (Carrier* end : {&*m_farEnd, &*m_nearEnd}) {
            end->goOn();
            QVERIFY(end->says("open"));
        }
        QVERIFY(here("link set tun-near mtu 1400 up") && here("addr add %1/32 dev tun-near", near)
            && here("route add %1 dev tun-near", far));
        QVERIFY(there("link set tun-far mtu 1400 up") && there("addr add %1/32 dev tun-far", far)
            && there("route add %1 dev tun-far", near));
        QTRY_COMPARE_WITH_TIMEOUT(live(m_nearEnd->pid(), internet), Passed(), 10'000);
        QVERIFY(live(m_nearEnd->pid(), tunnel).txBytes >= greetingBytes);
    }

    void whatPassesInsideIsTheAppsAndCountsOnce_data()
    {
        QTest::addColumn<QString>("protocol");
        QTest::addColumn<qint64>("up");
        QTest::addColumn<qint64>("down");
        QTest::newRow("TCP") << QStringLiteral("tcp") << qint64(400'000) << qint64(1'500'001);
        QTest::newRow("UDP") << QStringLiteral("udp") << qint64(100'000) << qint64(200'000);
    }
    void whatPassesInsideIsTheAppsAndCountsOnce()
    {
        QFETCH(const QString, protocol);
        QFETCH(const qint64, up);
        QFETCH(const qint64, down);
        QVERIFY2(m_nearEnd && m_farEnd, "the tunnel is not there");
        const QString common
            = QStringLiteral("--protocol %1 --address %2 --port 443").arg(protocol, QLatin1StringView(far));
        const Moment before = settled();
        Peer server(QStringLiteral("serve --netns %1 --send %2 --receive %3 ").arg(m_cable->netns).arg(down).arg(up)
            + common);
        QCOMPARE(server.next()[QLatin1StringView("event")].toString(), QStringLiteral("ready"));
        Peer client(QStringLiteral("connect --send %1 --receive %2 ").arg(up).arg(down) + common);
        const auto pid = static_cast<quint32>(client.next()[QLatin1StringView("pid")].toInteger());
        QVERIFY2(pid != 0, qPrintable(client.complaints()));
        QVERIFY(!server.next().isEmpty());

        // The app's, on the tunnel, whole and nowhere else.
        Passed app;
        QTRY_VERIFY((app = live(pid, internet)).txBytes == quint64(up) && app.rxBytes == quint64(down));
        QCOMPARE(live(pid, {}), app);
        QCOMPARE(networksOf(pid), QStringList(QStringLiteral("tun-near")));
        // The carrier's, on the cable: each packet of the tunnel in a datagram.
        const Moment after = settled();
        const Book inside = growth(before.inside, after.inside);
        const Passed carried = after.carried - before.carried;
        QVERIFY(inside.tx.bytes > quint64(up) && inside.rx.bytes > quint64(down));
        QCOMPARE(carried.txBytes, inside.tx.bytes);
        QCOMPARE(carried.rxBytes, inside.rx.bytes);
        QCOMPARE(carried.txWireBytes, inside.tx.bytes + headerBytes * inside.tx.packets);
        QCOMPARE(carried.rxWireBytes, inside.rx.bytes + headerBytes * inside.rx.packets);
        QCOMPARE(networksOf(m_nearEnd->pid()), QStringList(m_cable->link));
        // And both interfaces carried that, and nothing else of programs'.
        QCOMPARE(inside.tx.rest(), 0);
        QCOMPARE(inside.rx.rest(), 0);
        QVERIFY(inside.tx.programs >= app.txWireBytes);
        const Book outside = growth(before.outside, after.outside);
        QCOMPARE(outside.tx.rest(), 0);
        QCOMPARE(outside.rx.rest(), 0);
        QCOMPARE(outside.tx.programs, carried.txWireBytes);
        QCOMPARE(outside.rx.programs, carried.rxWireBytes);

        // History keeps them apart, too.
        QTRY_COMPARE(recorded(pid, internet).txBytes, quint64(up));
        QTRY_COMPARE(recorded(m_nearEnd->pid(), {}).txBytes, after.carried.txBytes);
        QVERIFY(recorded(m_nearEnd->pid(), tunnel).txBytes >= carried.txBytes);
        QVERIFY(recorded(m_nearEnd->pid(), internet).txBytes <= greetingBytes);
    }

    void anyonesInternetIsWithoutCarriers()
    {
        const auto frame = breakdown(0, {}, internet, {QStringLiteral("process")});
        for (const Row& row : frame.rows)
            QVERIFY(row.pid != m_nearEnd->pid());
        const auto all = breakdown(0, {}, {}, {QStringLiteral("scope")});
        const auto carrying = std::ranges::find(all.rows, tunnel, &Row::scope);
        QVERIFY(carrying != all.rows.end());
        QVERIFY(carrying->numbers.txBytes > 500'000);
    }

private:
    template <typename... Words> static bool ip(const QString& netns, const char* command, const Words&... words)
    {
        QString text = QString::fromLatin1(command);
        ((text = text.arg(words)), ...);
        const QStringList before = netns.isEmpty() ? QStringList() : QStringList{QStringLiteral("-n"), netns};
        return QProcess::execute(QStringLiteral("ip"), before + text.split(QLatin1Char(' '))) == 0;
    }
    template <typename... Words> static bool here(const char* command, const Words&... words)
    {
        return ip({}, command, text(words)...);
    }
    template <typename... Words> bool there(const char* command, const Words&... words) const
    {
        return ip(m_cable->netns, command, text(words)...);
    }
    static QString text(const char* word) { return QString::fromLatin1(word); }
    static QString text(const QString& word) { return word; }

    Status status() { return test::answer<Status>(*m_connection, QStringLiteral("Status")); }

    Frame breakdown(qulonglong sinceMs, std::optional<quint32> pid, const QString& scope, const QStringList& by)
    {
        Filter filter;
        filter.pid = pid.value_or(0);
        filter.scope = scope;
        return test::answer<Frame>(*m_connection, QStringLiteral("Breakdown"),
            {sinceMs, qulonglong(0), by, QVariant::fromValue(filter), 10'000U});
    }
    Passed passed(qulonglong sinceMs, quint32 pid, const QString& scope)
    {
        Passed sum;
        const Frame frame = breakdown(sinceMs, pid, scope, {});
        for (const Row& row : frame.rows) {
            sum.txBytes += row.numbers.txBytes;
            sum.rxBytes += row.numbers.rxBytes;
            sum.txWireBytes += row.numbers.txWireBytes.value_or(0);
            sum.rxWireBytes += row.numbers.rxWireBytes.value_or(0);
        }
        return sum;
    }
    Passed live(quint32 pid, const QString& scope) { return passed(0, pid, scope); }
    Passed recorded(quint32 pid, const QString& scope) { return passed(1, pid, scope); }

    QStringList networksOf(quint32 pid)
    {
        QStringList names;
        for (const Row& row : breakdown(0, pid, {}, {QStringLiteral("network")}).rows)
            names.append(row.network);
        return names;
    }

    /// What the books say, and the carrier's counters at the same moment.
    struct Moment {
        Book inside;
        Book outside;
        Passed carried;
    };

    /// Once the books have everything that was counted.
    Moment settled()
    {
        Moment moment;
        const auto isSettled = [&] {
            const QList<Book> books = status().books;
            const auto bookOf = [&books](const QString& interface) {
                const auto found = std::ranges::find(books, interface, &Book::interface);
                return found == books.end() ? Book() : *found;
            };
            moment = {bookOf(QStringLiteral("tun-near")), bookOf(m_cable->link), live(m_nearEnd->pid(), QString())};
            return moment.outside.tx.programs == moment.carried.txWireBytes
                && moment.outside.rx.programs == moment.carried.rxWireBytes;
        };
        if (!test::waitUntil(isSettled, 10'000))
            QTest::qFail("the books differ from the carrier's counters", __FILE__, __LINE__);
        return moment;
    }

    static Book growth(const Book& before, const Book& now)
    {
        const auto side = [](const BookSide& later, const BookSide& then) {
            return BookSide{later.bytes - then.bytes, later.packets - then.packets, later.programs - then.programs,
                later.kernel - then.kernel, later.forwarded - then.forwarded, later.headers - then.headers,
                later.bundled - then.bundled};
        };
        return {now.interface, now.leadsOut, side(now.tx, before.tx), side(now.rx, before.rx)};
    }

    std::optional<Veth> m_cable;
    test::PrivateBus m_bus;
    std::optional<test::HelperProcess> m_helper;
    std::optional<QDBusConnection> m_connection;
    std::optional<Carrier> m_farEnd;
    std::optional<Carrier> m_nearEnd;
};

QTEST_GUILESS_MAIN(TunnelsTest)
#include "tst_tunnels.moc"
