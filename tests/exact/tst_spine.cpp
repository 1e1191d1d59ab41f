// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/names.h"
#include "dbus/row.h"
#include "peer.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/privatebus.h"
#include "veth.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <iterator>

using namespace bwt;

namespace {

/// What one process moved over one protocol, as told by whoever is asked.
struct Moved {
    qint64 txBytes = 0;
    qint64 rxBytes = 0;
    QString name;

    friend bool operator==(const Moved&, const Moved&) = default;
};

char* toString(const Moved& moved)
{
    return QTest::toString(
        QStringLiteral("%1 sent %2 received %3").arg(moved.name).arg(moved.txBytes).arg(moved.rxBytes));
}

/// One end of a transfer with what it says of itself.
struct End {
    quint32 pid = 0;
    Moved moved;
};

/// What this kernel counts with, as the helper tells who asks it to check.
QString bestBackend()
{
    QProcess helper;
    helper.start(QStringLiteral(BWT_HELPER), {QStringLiteral("--check"), QStringLiteral("--json")});
    if (!helper.waitForFinished() || helper.exitCode() != 0)
        return {};
    return QJsonDocument::fromJson(helper.readAllStandardOutput()).object()[QLatin1StringView("chosen")].toString();
}

End endOf(Peer& peer)
{
    const QJsonObject done = peer.next();
    return {.pid = static_cast<quint32>(done[QLatin1StringView("pid")].toInteger()),
        .moved = {.txBytes = done[QLatin1StringView("tx_bytes")].toInteger(),
            .rxBytes = done[QLatin1StringView("rx_bytes")].toInteger(),
            .name = QStringLiteral("bwt-traffic")}};
}

} // namespace

/// The main job from end to end: bytes that programs move, through kernel, helper and history, to each surface. With
/// BWT_SPINE_INSTALLED in the environment it asks the installed helper on the system bus; else it starts its own.
class SpineTest : public QObject {
    Q_OBJECT

private:
    const bool m_isInstalled = qEnvironmentVariableIsSet("BWT_SPINE_INSTALLED");
    test::PrivateBus m_bus;
    std::optional<test::HelperProcess> m_helper;
    std::optional<QDBusConnection> m_connection;

    [[nodiscard]] QString stateDir() const
    {
        return m_isInstalled ? QString(names::defaultStateDir) : m_helper->stateDir();
    }

    [[nodiscard]] QString busAddress() const { return m_isInstalled ? QStringLiteral("system") : m_bus.address(); }

    /// What bwtctl prints; empty when it fails.
    [[nodiscard]] QByteArray print(const QStringList& arguments) const
    {
        QProcess bwtctl;
        bwtctl.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        bwtctl.start(m_isInstalled ? QStringLiteral("bwtctl") : QStringLiteral(BWT_CTL),
            QStringList{QStringLiteral("--bus"), busAddress()} + arguments);
        return bwtctl.waitForFinished() && bwtctl.exitCode() == 0 ? bwtctl.readAllStandardOutput() : QByteArray();
    }

    [[nodiscard]] QJsonArray printTotals(const QString& by) const
    {
        const QByteArray json
            = print({QStringLiteral("--json"), QStringLiteral("totals"), QStringLiteral("--by"), by});
        return QJsonDocument::fromJson(json).object()[QLatin1StringView("rows")].toArray();
    }

    [[nodiscard]] Moved toldByTerminal(quint32 pid, const QString& protocol) const
    {
        Moved sum;
        const QJsonArray rows = printTotals(QStringLiteral("process,protocol"));
        for (const auto& value : rows) {
            const QJsonObject row = value.toObject();
            if (row[QLatin1StringView("pid")].toInteger() != pid
                || row[QLatin1StringView("protocol")].toString() != protocol)
                continue;
            sum.txBytes += row[QLatin1StringView("tx_bytes")].toInteger();
            sum.rxBytes += row[QLatin1StringView("rx_bytes")].toInteger();
            sum.name = row[QLatin1StringView("process_name")].toString();
        }
        return sum;
    }

    /// Empty where there is none of that interface.
    [[nodiscard]] Book toldBook(const QString& interface) const
    {
        const auto status = test::answer<Status>(*m_connection, QStringLiteral("Status"));
        const auto found = std::ranges::find(status.books, interface, &Book::interface);
        return found == status.books.end() ? Book() : *found;
    }

    [[nodiscard]] static Moved sumOf(const Frame& frame, quint32 pid, const QString& protocol)
    {
        Moved sum;
        for (const Row& row : frame.rows) {
            if (row.pid != pid || row.protocol != protocol)
                continue;
            sum.txBytes += static_cast<qint64>(row.numbers.txBytes);
            sum.rxBytes += static_cast<qint64>(row.numbers.rxBytes);
            sum.name = row.processName;
        }
        return sum;
    }

    [[nodiscard]] Moved toldByTotals(quint32 pid, const QString& protocol) const
    {
        const QStringList by{QStringLiteral("process"), QStringLiteral("protocol"), QStringLiteral("remote")};
        return sumOf(test::answer<Frame>(*m_connection, QStringLiteral("GetTotals"), {by}), pid, protocol);
    }

    [[nodiscard]] Moved toldByTop(quint32 pid, const QString& protocol) const
    {
        const QStringList by{QStringLiteral("process"), QStringLiteral("protocol")};
        const qulonglong anHourAgo = QDateTime::currentMSecsSinceEpoch() - 3'600'000;
        return sumOf(
            test::answer<Frame>(*m_connection, QStringLiteral("Top"), {anHourAgo, qulonglong(0), by, 10'000U}), pid,
            protocol);
    }

    /// The first row that the history's file has for a query about something.
    [[nodiscard]] QVariantList select(const QString& text, const QVariantList& about) const
    {
        const QString connection = QStringLiteral("spine");
        QVariantList row;
        {
            QSqlDatabase file = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection);
            file.setDatabaseName(stateDir() + QStringLiteral("/history.db"));
            file.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
            if (!file.open())
                qWarning().noquote() << file.lastError().text();
            QSqlQuery query(file);
            query.prepare(text);
            for (const QVariant& value : about)
                query.addBindValue(value);
            if (!query.exec() || !query.next())
                qWarning().noquote() << query.lastError().text();
            for (int i = 0; i < query.record().count(); ++i)
                row.append(query.value(i));
        }
        QSqlDatabase::removeDatabase(connection);
        return row;
    }

    [[nodiscard]] Moved toldByFile(quint32 pid, const QString& protocol) const
    {
        const QVariantList row = select(QStringLiteral("SELECT sum(tx_bytes), sum(rx_bytes), max(process_name) "
                                                       "FROM bandwidth_records WHERE pid = ? AND protocol = ?"),
            {pid, protocol});
        return {.txBytes = row.value(0).toLongLong(),
            .rxBytes = row.value(1).toLongLong(),
            .name = row.value(2).toString()};
    }

private Q_SLOTS:
    void initTestCase()
    {
        registerWireTypes();
        if (m_isInstalled) {
            m_connection = QDBusConnection::systemBus();
        } else {
            QVERIFY(m_bus.start());
            m_helper.emplace(m_bus);
            QVERIFY(m_helper->start(
                {QStringLiteral("--backend"), qEnvironmentVariable("BWT_BACKEND", QStringLiteral("auto"))}));
            m_connection = m_bus.connectAs(0);
        }
        QVERIFY2(m_connection->isConnected(), qPrintable(m_connection->lastError().message()));
    }

    void cleanupTestCase()
    {
        m_connection.reset();
        if (m_helper)
            QCOMPARE(m_helper->stop(), 0);
    }

    void theKernelChoosesTheBackend()
    {
        const auto status = test::answer<Status>(*m_connection, QStringLiteral("Status"));
        QVERIFY2(status.counting, qPrintable(status.problem + status.problemDetail));
        QCOMPARE(status.backend, qEnvironmentVariable("BWT_EXPECT_BACKEND", bestBackend()));
    }

    void everySurfaceTellsWhatEachProcessMoved_data()
    {
        QTest::addColumn<QString>("protocol");
        QTest::addColumn<bool>("isIpv6");
        QTest::addColumn<qint64>("up");
        QTest::addColumn<qint64>("down");
        QTest::newRow("TCP over IPv4") << QStringLiteral("TCP") << false << qint64(3'000'017) << qint64(1'234'567);
        QTest::newRow("TCP over IPv6") << QStringLiteral("TCP") << true << qint64(1'000'003) << qint64(2'345'678);
        QTest::newRow("UDP over IPv4") << QStringLiteral("UDP") << false << qint64(100'000) << qint64(54'321);
        QTest::newRow("UDP over IPv6") << QStringLiteral("UDP") << true << qint64(70'001) << qint64(120'000);
    }

    void everySurfaceTellsWhatEachProcessMoved()
    {
        QFETCH(const QString, protocol);
        QFETCH(const bool, isIpv6);
        QFETCH(const qint64, up);
        QFETCH(const qint64, down);
        const Veth cable;
        QVERIFY2(cable.problem().isEmpty(), qPrintable(cable.problem()));

        const QString common = QStringLiteral("--protocol %1 --address %2 --port 443")
                                   .arg(protocol.toLower(), isIpv6 ? cable.far6 : cable.far4);
        Peer server(
            QStringLiteral("serve --netns %1 --send %2 --receive %3 ").arg(cable.netns).arg(down).arg(up) + common);
        QCOMPARE(server.next()[QLatin1StringView("event")].toString(), QStringLiteral("ready"));
        Peer client(QStringLiteral("connect --send %1 --receive %2 ").arg(up).arg(down) + common);
        const End near = endOf(client);
        const End far = endOf(server);
        QCOMPARE(near.moved.txBytes, up);
        QCOMPARE(near.moved.rxBytes, down);
        QCOMPARE(far.moved.txBytes, down);
        QCOMPARE(far.moved.rxBytes, up);

        for (const End& end : {near, far}) {
            QCOMPARE(toldByTerminal(end.pid, protocol), end.moved);
            QCOMPARE(toldByTotals(end.pid, protocol), end.moved);
            // History may be a second behind, and asking for it has everything committed.
            QTRY_COMPARE(toldByTop(end.pid, protocol), end.moved);
            QCOMPARE(toldByFile(end.pid, protocol), end.moved);
        }
    }

    void theFarEndIsTheRemoteAddress()
    {
        const Veth cable;
        QVERIFY2(cable.problem().isEmpty(), qPrintable(cable.problem()));
        Peer server(
            QStringLiteral("serve --netns %1 --address %2 --port 443 --receive 5000").arg(cable.netns, cable.far6));
        QCOMPARE(server.next()[QLatin1StringView("event")].toString(), QStringLiteral("ready"));
        Peer client(QStringLiteral("connect --address %1 --port 443 --send 5000").arg(cable.far6));
        const End near = endOf(client);

        const QStringList by{QStringLiteral("process"), QStringLiteral("remote"), QStringLiteral("service"),
            QStringLiteral("scope"), QStringLiteral("direction")};
        const auto totals = test::answer<Frame>(*m_connection, QStringLiteral("GetTotals"), {by});
        QList<Row> rows;
        std::ranges::copy_if(
            totals.rows, std::back_inserter(rows), [&](const Row& row) { return row.pid == near.pid; });
        std::ranges::sort(rows, std::greater(), [](const Row& row) { return row.direction; });
        QCOMPARE(rows.size(), 2);
        QCOMPARE(rows.first().remoteIp, cable.far6);
        QCOMPARE(rows.first().service, QStringLiteral("https"));
        QCOMPARE(rows.first().scope, QStringLiteral("lan"));
        QCOMPARE(rows.first().direction, QStringLiteral("tx"));
        QCOMPARE(rows.first().numbers.txBytes, 5000U);
        QVERIFY(rows.first().numbers.txWireBytes > quint64{5000});
        QCOMPARE(rows.last().direction, QStringLiteral("rx")); // acknowledgements, which no program reads
        QCOMPARE(rows.last().numbers.rxBytes, 0U);
        QVERIFY(rows.last().numbers.rxPackets > quint64{0});
    }

    void portsAreTheServicesOfTheirApp_data()
    {
        QTest::addColumn<QString>("protocol");
        QTest::addColumn<int>("port");
        QTest::addColumn<QString>("service"); // null for none
        QTest::newRow("TCP 443") << QStringLiteral("tcp") << 443 << QStringLiteral("https");
        QTest::newRow("UDP 443") << QStringLiteral("udp") << 443 << QStringLiteral("quic");
        QTest::newRow("TCP 22") << QStringLiteral("tcp") << 22 << QStringLiteral("ssh");
        QTest::newRow("UDP 53") << QStringLiteral("udp") << 53 << QStringLiteral("dns");
        QTest::newRow("well known, without a name") << QStringLiteral("tcp") << 1023 << QStringLiteral("1023");
        QTest::newRow("anyone's") << QStringLiteral("tcp") << 1024 << QString();
    }

    void portsAreTheServicesOfTheirApp()
    {
        QFETCH(const QString, protocol);
        QFETCH(const int, port);
        QFETCH(const QString, service);
        const Veth cable;
        QVERIFY2(cable.problem().isEmpty(), qPrintable(cable.problem()));
        const QString common
            = QStringLiteral("--protocol %1 --address %2 --port %3").arg(protocol, cable.far4).arg(port);
        Peer server(QStringLiteral("serve --netns %1 --receive 7000 --send 300 ").arg(cable.netns) + common);
        QCOMPARE(server.next()[QLatin1StringView("event")].toString(), QStringLiteral("ready"));
        Peer client(QStringLiteral("connect --send 7000 --receive 300 ") + common);
        const End near = endOf(client);
        const End far = endOf(server); // whose own port it is

        const auto rowsOf = [this](quint32 pid, qulonglong sinceMs) {
            Filter filter;
            filter.pid = pid;
            const auto frame = test::answer<Frame>(*m_connection, QStringLiteral("Breakdown"),
                {sinceMs, qulonglong(0), QStringList{QStringLiteral("app"), QStringLiteral("service")},
                    QVariant::fromValue(filter), 1'000U});
            QStringList rows;
            for (const Row& row : frame.rows)
                rows.append(QStringLiteral("%1 %2 %3")
                        .arg(row.service.isNull() ? QStringLiteral("none") : row.service)
                        .arg(row.numbers.txBytes)
                        .arg(row.numbers.rxBytes));
            return rows;
        };
        const QString named = service.isNull() ? QStringLiteral("none") : service;
        const qulonglong anHourAgo = QDateTime::currentMSecsSinceEpoch() - 3'600'000;
        const QStringList sent(named + QStringLiteral(" 7000 300"));
        const QStringList answered(named + QStringLiteral(" 300 7000"));
        QCOMPARE(rowsOf(near.pid, 0), sent);
        QCOMPARE(rowsOf(far.pid, 0), answered);
        QTRY_COMPARE(rowsOf(near.pid, anHourAgo), sent);
        QTRY_COMPARE(rowsOf(far.pid, anHourAgo), answered);
    }

    void theCableHasItsBook()
    {
        const Veth cable;
        QVERIFY2(cable.problem().isEmpty(), qPrintable(cable.problem()));
        Peer server(
            QStringLiteral("serve --netns %1 --address %2 --port 443 --receive 900000").arg(cable.netns, cable.far4));
        QCOMPARE(server.next()[QLatin1StringView("event")].toString(), QStringLiteral("ready"));
        Peer client(QStringLiteral("connect --address %1 --port 443 --send 900000").arg(cable.far4));
        QCOMPARE(endOf(client).moved.txBytes, 900'000);

        constexpr int twoTicksMs = 12'000;
        Book book;
        QTRY_VERIFY_WITH_TIMEOUT((book = toldBook(cable.link)).tx.programs > 900'000, twoTicksMs);
        QVERIFY2(identifiedShare(book) > 0.99, qPrintable(QString::number(identifiedShare(book).value_or(-1))));
        const QByteArray text = print({QStringLiteral("status")});
        QVERIFY2(text.contains(cable.link.toUtf8()), text.constData());
    }

    void hostileNamesComeThroughEscaped_data()
    {
        QTest::addColumn<QString>("name"); // as printf(1) takes it
        QTest::addColumn<QString>("told");
        QTest::addColumn<int>("depth"); // of folders of such names, 25 in one
        const QString escape = QStringLiteral(R"(\033[31m)");
        const QString escapeTold = QStringLiteral(R"(\x1b[31m)");
        QTest::newRow("newline") << QStringLiteral(R"(a\nb)") << QStringLiteral(R"(a\x0ab)") << 0;
        QTest::newRow("escape code") << escape << escapeTold << 0;
        QTest::newRow("not UTF-8") << QStringLiteral(R"(a\377\303)") << QStringLiteral(R"(a\xff\xc3)") << 0;
        QTest::newRow("right to left") << QStringLiteral(R"(a\342\200\256b)") << QStringLiteral(R"(a\xe2\x80\xaeb)")
                                       << 0;
        QTest::newRow("4 KiB") << escape << escapeTold << 30;
    }

    void hostileNamesComeThroughEscaped()
    {
        QFETCH(const QString, name);
        QFETCH(const QString, told);
        QFETCH(const int, depth);
        const QTemporaryDir folder;
        const QString script
            = QStringLiteral(R"(name=$(printf "$2") && folder=$(printf "$2%.0s" {1..25}) && cd "$1" || exit
            while read -r _ mount type _; do [ "$type" = cgroup2 ] && break; done </proc/self/mounts
            group=$mount/bwt-spine # where no unit is, whose app it would be
            mkdir -p "$group" && echo $$ >"$group/cgroup.procs" || exit
            for ((i = 0; i < $3; i++)); do mkdir "$folder" && cd -P "$folder" || exit; done
            cp "$0" "./$name" && "./$name" connect --protocol udp --address 127.0.0.1 --port 9 --send 500
            echo $$ >"$mount/cgroup.procs" && rmdir "$group")");
        QProcess sender;
        sender.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        sender.start(QStringLiteral("bash"),
            {QStringLiteral("-c"), script, QStringLiteral(BWT_TRAFFIC), folder.path(), name, QString::number(depth)});
        QVERIFY(sender.waitForFinished());
        const QJsonObject done = QJsonDocument::fromJson(sender.readAllStandardOutput()).object();
        const auto pid = static_cast<quint32>(done[QLatin1StringView("pid")].toInteger());
        QVERIFY(pid != 0);
        QCOMPARE(QProcess::execute(QStringLiteral("rm"), {QStringLiteral("-r"), folder.path()}), 0); // Qt couldn't
        const QString wholePath
            = folder.path() + QString(QLatin1Char('/') + told.repeated(25)).repeated(depth) + QLatin1Char('/') + told;
        const auto isPath = [&](const QString& exe) {
            const QString shortened = QStringLiteral("…/");
            return depth == 0 ? exe == wholePath
                              : exe.startsWith(shortened) && exe.size() < 5'000 && wholePath.endsWith(exe.sliced(1));
        };
        const auto isPrintable = [](const QString& text) {
            return std::ranges::all_of(text, [](QChar each) { return each.isPrint() || each == QLatin1Char('\n'); });
        };

        const QStringList by{QStringLiteral("process"), QStringLiteral("app")};
        const auto totals = test::answer<Frame>(*m_connection, QStringLiteral("GetTotals"), {by});
        const auto row = std::ranges::find(totals.rows, pid, &Row::pid);
        QVERIFY(row != totals.rows.end());
        QCOMPARE(row->processName, told);
        QCOMPARE(row->appName, told);
        QVERIFY2(isPath(row->exe), qPrintable(row->exe));
        QVERIFY(isPath(row->appId));

        const QJsonArray printed = printTotals(by.join(QLatin1Char(',')));
        const auto object = std::ranges::find_if(printed,
            [pid](const QJsonValue& each) { return each.toObject()[QLatin1StringView("pid")].toInteger() == pid; });
        QVERIFY(object != printed.end());
        QCOMPARE(object->toObject()[QLatin1StringView("process_name")].toString(), told);
        QVERIFY(isPath(object->toObject()[QLatin1StringView("exe")].toString()));
        for (const QStringList& how : {QStringList{QStringLiteral("--json")}, QStringList()}) {
            const QByteArray text = print(
                how + QStringList{QStringLiteral("totals"), QStringLiteral("--by"), by.join(QLatin1Char(','))});
            QVERIFY(QString::fromUtf8(text).contains(QString(told).replace(
                QStringLiteral("\\"), how.isEmpty() ? QStringLiteral("\\") : QStringLiteral("\\\\"))));
            QVERIFY(isPrintable(QString::fromUtf8(text)));
            QCOMPARE(QString::fromUtf8(text).toUtf8(), text);
        }

        QTRY_COMPARE(toldByTop(pid, QStringLiteral("UDP")).txBytes, 500);
        const QVariantList stored
            = select(QStringLiteral("SELECT process_name, exe FROM bandwidth_records WHERE pid = ?"), {pid});
        QCOMPARE(stored.value(0).toString(), told);
        QVERIFY(isPath(stored.value(1).toString()));
        if (m_helper)
            QVERIFY(std::ranges::all_of(m_helper->log(), isPrintable));
    }
};

QTEST_GUILESS_MAIN(SpineTest)
#include "tst_spine.moc"
