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

    [[nodiscard]] Moved toldByTerminal(quint32 pid, const QString& protocol) const
    {
        QProcess bwtctl;
        bwtctl.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        bwtctl.start(m_isInstalled ? QStringLiteral("bwtctl") : QStringLiteral(BWT_CTL),
            {QStringLiteral("--bus"), busAddress(), QStringLiteral("--json"), QStringLiteral("totals"),
                QStringLiteral("--by"), QStringLiteral("process,protocol")});
        if (!bwtctl.waitForFinished() || bwtctl.exitCode() != 0)
            return {};
        Moved sum;
        const QJsonObject answer = QJsonDocument::fromJson(bwtctl.readAllStandardOutput()).object();
        const QJsonArray rows = answer[QLatin1StringView("rows")].toArray();
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

    [[nodiscard]] Moved toldByFile(quint32 pid, const QString& protocol) const
    {
        const QString connection = QStringLiteral("spine");
        Moved sum;
        {
            QSqlDatabase file = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection);
            file.setDatabaseName(stateDir() + QStringLiteral("/history.db"));
            file.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
            if (!file.open())
                qWarning().noquote() << file.lastError().text();
            QSqlQuery query(file);
            query.prepare(QStringLiteral("SELECT sum(tx_bytes), sum(rx_bytes), max(process_name) "
                                         "FROM bandwidth_records WHERE pid = ? AND protocol = ?"));
            query.addBindValue(pid);
            query.addBindValue(protocol);
            if (!query.exec() || !query.next())
                qWarning().noquote() << query.lastError().text();
            sum = {.txBytes = query.value(0).toLongLong(),
                .rxBytes = query.value(1).toLongLong(),
                .name = query.value(2).toString()};
        }
        QSqlDatabase::removeDatabase(connection);
        return sum;
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
        QCOMPARE(rows.size(), 1);
        QCOMPARE(rows.first().remoteIp, cable.far6);
        QCOMPARE(rows.first().service, QStringLiteral("https"));
        QCOMPARE(rows.first().scope, QStringLiteral("lan"));
        QCOMPARE(rows.first().direction, QStringLiteral("tx"));
        QCOMPARE(rows.first().numbers.txBytes, 5000U);
        QVERIFY(!rows.first().numbers.txPackets); // nobody counts packets yet, and unknown is not zero
    }
};

QTEST_GUILESS_MAIN(SpineTest)
#include "tst_spine.moc"
