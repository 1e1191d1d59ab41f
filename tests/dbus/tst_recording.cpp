// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/row.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/privatebus.h"
#include "tests/dbus/recording.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>

#include <csignal>

using namespace bwt;
using namespace bwt::test;

namespace {

/// tx and rx of one program in history.db, read as any SQLite client reads it.
std::pair<qint64, qint64> stored(const QString& stateDir, const QString& program)
{
    const QString name = QStringLiteral("stored");
    std::pair<qint64, qint64> sums(-1, -1);
    {
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(stateDir + QStringLiteral("/history.db"));
        database.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
        if (!database.open())
            return sums;
        QSqlQuery query(database);
        query.prepare(
            QStringLiteral("SELECT sum(tx_bytes), sum(rx_bytes) FROM bandwidth_records WHERE process_name = ?"));
        query.addBindValue(program);
        if (query.exec() && query.next())
            sums = {query.value(0).toLongLong(), query.value(1).toLongLong()};
    }
    QSqlDatabase::removeDatabase(name);
    return sums;
}

/// What Clear is told to take.
QVariantList allSince(qulonglong sinceMs)
{
    return {sinceMs, qulonglong(0), QString(), QString()};
}

const QString program = QStringLiteral("curl");
const QVariantList everything{qulonglong(0), qulonglong(0), QStringList{QStringLiteral("process")}, 100U};

} // namespace

/// What reaches the history, and when.
class RecordingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_bus.start());
        m_root = m_bus.connectAs(0);
    }

    void init()
    {
        m_helper = std::make_unique<HelperProcess>(m_bus);
        QVERIFY(m_directory.isValid());
    }

    void cleanup() { m_helper.reset(); }

    void terminateStoresEveryByteThatWasCounted_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGTERM") << SIGTERM;
        QTest::newRow("SIGINT") << SIGINT;
    }
    void terminateStoresEveryByteThatWasCounted()
    {
        QFETCH(const int, signal);
        QList<Moved> lines;
        for (int i = 0; i < 50; ++i)
            lines.append({i * 10, 401, 0, program, 1000, 7});
        replay(lines);
        QTRY_COMPARE(totals().txBytes, quint64(50'000));
        m_helper->signal(signal);
        QCOMPARE(m_helper->waitForEnd(), 0);
        QCOMPARE(stored(m_helper->stateDir(), program), std::pair(qint64(50'000), qint64(350)));
        QVERIFY(m_helper->log().isEmpty());
    }

    void aRangeThatEndsNowHoldsWhatIsPending()
    {
        replay({{0, 402, 0, program, 123'456, 654'321}});
        QTRY_COMPARE(totals().txBytes, quint64(123'456));
        const auto top = answer<Frame>(*m_root, QStringLiteral("Top"), everything);
        QCOMPARE(top.rows.size(), 1);
        QCOMPARE(top.rows.constFirst().numbers.txBytes, quint64(123'456));
        QCOMPARE(top.rows.constFirst().numbers.rxBytes, quint64(654'321));
        QVERIFY(!top.rows.constFirst().numbers.txRate); // from history, which has no rates
        QCOMPARE(m_helper->stop(), 0);
    }

    void theHistoryIsWrittenWithoutBeingAsked()
    {
        replay({{0, 403, 0, program, 77, 88}});
        QTRY_COMPARE_WITH_TIMEOUT(stored(m_helper->stateDir(), program), std::pair(qint64(77), qint64(88)), 16'000);
        QCOMPARE(m_helper->stop(), 0);
    }

    void pausedTrafficNeverReachesTheHistory()
    {
        replay({{0, 404, 0, program, 1, 0}, {2500, 404, 0, program, 10, 0}, {5000, 404, 0, program, 100, 0}});
        QTRY_COMPARE(totals().txBytes, quint64(1));
        QCOMPARE(call(*m_root, QStringLiteral("Pause")).type(), QDBusMessage::ReplyMessage);
        const auto paused = answer<Status>(*m_root, QStringLiteral("Status"));
        QVERIFY(paused.paused);
        QVERIFY(paused.pausedSinceMs > paused.countingSinceMs);
        QCOMPARE(call(*m_root, QStringLiteral("Pause")).type(), QDBusMessage::ReplyMessage);
        QCOMPARE(answer<Status>(*m_root, QStringLiteral("Status")).pausedSinceMs, paused.pausedSinceMs);
        QTRY_COMPARE(totals().txBytes, quint64(11));
        QCOMPARE(call(*m_root, QStringLiteral("Resume")).type(), QDBusMessage::ReplyMessage);
        QCOMPARE(answer<Status>(*m_root, QStringLiteral("Status")).pausedSinceMs, 0);
        QTRY_COMPARE(totals().txBytes, quint64(111));
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(stored(m_helper->stateDir(), program).first, qint64(101));
    }

    void clearTakesWhatIsPendingToo()
    {
        replay({{0, 405, 0, program, 5, 5}});
        QTRY_COMPARE(totals().txBytes, quint64(5));
        QVERIFY(answer<quint64>(*m_root, QStringLiteral("Clear"), allSince(1)) > 0);
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(stored(m_helper->stateDir(), program).first, qint64(0));
    }

    void clearTakesWhatCameSinceTheLastCommit()
    {
        QList<Moved> lines;
        for (int i = 0; i < 60; ++i)
            lines.append({i * 50, 407, 0, program, 100, 0});
        replay(lines);
        // Each Top commits, at most once a second: when the last line is played some bytes are newer than that.
        while (totals().txBytes < 6000)
            QVERIFY(!answer<Frame>(*m_root, QStringLiteral("Top"), everything).rows.isEmpty());
        QVERIFY(answer<quint64>(*m_root, QStringLiteral("Clear"), allSince(0)) > 0);
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(stored(m_helper->stateDir(), program).first, qint64(0));
    }

    void clearTakesAnAppOrAnAddressAlone()
    {
        const QString host = QStringLiteral("192.0.2.8");
        replay({{0, 408, 0, program, 5, 0}, {0, 409, 0, QStringLiteral("wget"), 7, 0},
            {0, 409, 0, QStringLiteral("wget"), 9, 0, QStringLiteral("TCP"), host}});
        QTRY_COMPARE(totals().txBytes, quint64(21));
        const auto apps = answer<Frame>(
            *m_root, QStringLiteral("Top"), {qulonglong(0), qulonglong(0), QStringList{QStringLiteral("app")}, 9U});
        QCOMPARE(apps.rows.size(), 2);
        const QString biggest = apps.rows[0].appId;
        const auto clear = [this](const QString& app, const QString& remote) {
            return answer<quint64>(*m_root, QStringLiteral("Clear"), {qulonglong(0), qulonglong(0), app, remote});
        };
        QCOMPARE(clear(QStringLiteral("no such app"), QString()), 0U);
        QVERIFY(clear(QString(), QStringLiteral("::ffff:") + host) > 0); // in whatever form
        QVERIFY(clear(biggest, QString()) > 0);
        QCOMPARE(m_helper->stop(), 0);
        QCOMPARE(stored(m_helper->stateDir(), QStringLiteral("wget")).first, qint64(0));
        QCOMPARE(stored(m_helper->stateDir(), program).first, qint64(5));
    }

    void ofWhomTotalsAreEnoughNoAddressIsRecorded()
    {
        const QString config = m_directory.filePath(QStringLiteral("helper.conf"));
        const auto spare = [&config](const QByteArray& address) {
            QFile file(config);
            return file.open(QIODevice::WriteOnly)
                && file.write("[helper]\ntotals-only-remotes=" + address + "\n") > 0;
        };
        const auto remotes = [this] {
            QMap<QString, quint64> bytes;
            const auto frame = answer<Frame>(*m_root, QStringLiteral("Top"),
                {qulonglong(0), qulonglong(0), QStringList{QStringLiteral("remote")}, 9U});
            for (const Row& row : frame.rows)
                bytes[row.remoteIp] += row.numbers.txBytes;
            return bytes;
        };
        const QString first = QStringLiteral("192.0.2.1");
        const QString second = QStringLiteral("192.0.2.2");
        const QString tcp = QStringLiteral("TCP");
        QVERIFY(spare("192.0.2.1"));
        replay({{0, 410, 0, program, 1, 0, tcp, first}, {0, 410, 0, program, 2, 0, tcp, second},
                   {4000, 410, 0, program, 10, 0, tcp, first}, {4000, 410, 0, program, 20, 0, tcp, second}},
            {QStringLiteral("--config"), config});
        QTRY_COMPARE(totals().txBytes, quint64(3));
        QCOMPARE(remotes(), (QMap<QString, quint64>{{QString(), 1}, {second, 2}}));
        QVERIFY(spare("192.0.2.2"));
        m_helper->signal(SIGHUP);
        QVERIFY(m_helper->waitForLog(QStringLiteral("read again")));
        QTRY_COMPARE(totals().txBytes, quint64(33));
        QTRY_COMPARE(remotes(), (QMap<QString, quint64>{{QString(), 21}, {first, 10}, {second, 2}}));
        QCOMPARE(m_helper->stop(), 0);
    }

    void wrongArgumentsAreNamed_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<QVariantList>("arguments");
        QTest::addColumn<QString>("error");
        const QVariant by = QStringList();
        const QVariant all = QVariant::fromValue(Filter());
        const QVariant since = qulonglong(1'000'000);
        const QVariant now = qulonglong(0);
        Filter longFilter;
        longFilter.app = QString(5000, QLatin1Char('x'));
        const auto row
            = [](const char* name, const QString& method, const QVariantList& arguments, const char* error) {
                  QTest::newRow(name) << method << arguments << QString::fromLatin1(error);
              };
        const QString top = QStringLiteral("Top");
        const QString series = QStringLiteral("Series");
        const QString minute = QStringLiteral("minute");
        row("grouping", QStringLiteral("GetTotals"), {QStringList{QStringLiteral("planet")}}, "InvalidArgument");
        row("too many groupings", QStringLiteral("GetTotals"), {QStringList(12, QStringLiteral("process"))},
            "LimitExceeded");
        const QString rename = QStringLiteral("RenameApp");
        const QString app = QStringLiteral("/usr/bin/curl");
        row("no app", rename, {QString(), app}, "InvalidArgument");
        row("no name", rename, {app, QStringLiteral(" ")}, "InvalidArgument");
        row("long name", rename, {app, QString(101, QLatin1Char('x'))}, "InvalidArgument");
        row("name that turns the line round", rename, {app, QString(QChar(0x202e))}, "InvalidArgument");
        row("long app", rename, {QString(5000, QLatin1Char('x')), app}, "LimitExceeded");
        row("limit 0", top, {since, now, by, 0U}, "InvalidArgument");
        row("limit 10001", top, {since, now, by, 10'001U}, "InvalidArgument");
        row("backwards", top, {qulonglong(2000), qulonglong(1000), by, 1U}, "InvalidArgument");
        row("far future", top, {since, ~qulonglong(0), by, 1U}, "InvalidArgument");
        row("bucket", series, {since, now, QStringLiteral("week"), by, all, 1U}, "InvalidArgument");
        row("too many buckets", series, {since, now, minute, by, all, 1U}, "LimitExceeded");
        row("long filter", QStringLiteral("Breakdown"), {since, now, by, QVariant::fromValue(longFilter), 1U},
            "LimitExceeded");
        row("no uid", QStringLiteral("Breakdown"),
            {since, now, by, QVariant::fromValue(Filter{.uid = 0xffffffff}), 1U}, "InvalidArgument");
        row("no country", QStringLiteral("Breakdown"),
            {since, now, by, QVariant::fromValue(Filter{.country = QStringLiteral("Germany")}), 1U},
            "InvalidArgument");
        row("no address", QStringLiteral("Clear"), {since, now, QString(), QStringLiteral("example.org")},
            "InvalidArgument");
        row("long app", QStringLiteral("Clear"), {since, now, longFilter.app, QString()}, "LimitExceeded");
        row("events backwards", QStringLiteral("Events"), {qulonglong(2000), qulonglong(1000)}, "InvalidArgument");
        row("subscription", QStringLiteral("Subscribe"), {by, 0U}, "InvalidArgument");
    }
    void wrongArgumentsAreNamed()
    {
        QFETCH(const QString, method);
        QFETCH(const QVariantList, arguments);
        QFETCH(const QString, error);
        replay({{0, 406, 0, program, 5, 5}});
        const QString name = call(*m_root, method, arguments).errorName();
        QVERIFY2(name.endsWith(QLatin1Char('.') + error), qPrintable(name));
    }

private:
    void replay(const QList<Moved>& lines, const QStringList& options = {})
    {
        const QString file = writeRecording(m_directory.filePath(QStringLiteral("recording")), lines);
        QVERIFY(
            m_helper->start(QStringList{QStringLiteral("--backend"), QStringLiteral("replay:") + file} + options));
    }

    [[nodiscard]] Numbers totals()
    {
        const auto frame = answer<Frame>(*m_root, QStringLiteral("GetTotals"), {QStringList()});
        return frame.rows.isEmpty() ? Numbers() : frame.rows.constFirst().numbers;
    }

    PrivateBus m_bus;
    std::optional<QDBusConnection> m_root;
    QTemporaryDir m_directory;
    std::unique_ptr<HelperProcess> m_helper;
};

QTEST_GUILESS_MAIN(RecordingTest)
#include "tst_recording.moc"
