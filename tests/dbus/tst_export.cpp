// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/names.h"
#include "dbus/rowjson.h"
#include "helper/store/store.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/pipes.h"
#include "tests/dbus/polkitdaemon.h"
#include "tests/dbus/privatebus.h"
#include "tests/dbus/recording.h"
#include "tests/unit/store/traffic.h"

#include <QDBusPendingCall>
#include <QDBusUnixFileDescriptor>
#include <QDateTime>
#include <QJsonDocument>
#include <QTest>

#include <sys/mman.h>

using namespace bwt;
using namespace bwt::test;

namespace {

constexpr int hours = 3;
constexpr int programs = 40;
const QStringList byProgram{QStringLiteral("process"), QStringLiteral("remote"), QStringLiteral("protocol")};

std::int64_t beginMs()
{
    const std::int64_t nowMs = QDateTime::currentMSecsSinceEpoch();
    return nowMs - nowMs % hourMs - 2 * dayMs;
}

/// Three hours of two days ago, minute by minute, but for a quarter of an hour: half of it
/// alice's, half bob's.
bool writeHistory(const QString& stateDir)
{
    const auto store = Store::open(stateDir, Store::Mode::Writer);
    if (!store)
        return false;
    Counters counters;
    for (std::int64_t minute = 0; minute < hours * 60; ++minute) {
        for (std::uint32_t i = 0; i < programs; ++i) {
            const Process process
                = makeProcess(1000 + i, QStringLiteral("program%1").arg(i), i % 2 == 0 ? alice : bob);
            const QString remote = QStringLiteral("192.0.2.%1").arg(i);
            if ((minute + i) % 3 == 0)
                counters.add(process, makeKey(process, remote, Direction::Rx), 100 + i);
        }
        const std::int64_t atMs = beginMs() + minute * minuteMs;
        const Snapshot snapshot = counters.snapshot(atMs, atMs + minuteMs);
        const bool isPaused = minute >= 60 && minute < 75;
        if (isPaused ? !(*store)->skip(snapshot) : !(*store)->insert(snapshot))
            return false;
    }
    return true;
}

QVariantList arguments(int fd, const QString& format, const Filter& filter = {})
{
    return {QVariant::fromValue(QDBusUnixFileDescriptor(fd)), qulonglong(beginMs()),
        qulonglong(beginMs() + hours * hourMs), QStringLiteral("minute"), byProgram, QVariant::fromValue(filter),
        format};
}

QDBusPendingCall begin(const QDBusConnection& as, const QVariantList& arguments)
{
    auto message = QDBusMessage::createMethodCall(
        QString(names::service), QString(names::object), QString(names::interface), QStringLiteral("Export"));
    message.setArguments(arguments);
    return as.asyncCall(message, 60'000);
}

struct Exported {
    QByteArray text;
    quint64 rows = 0;
    QString error; ///< the name's last part
};

QString errorOf(const QDBusMessage& reply)
{
    return reply.errorName().section(QLatin1Char('.'), -1);
}

Exported exported(const QDBusConnection& as, const QString& format, const Filter& filter = {})
{
    const Ends ends = makePipe();
    const QDBusPendingCall call = begin(as, arguments(ends.writer.get(), format, filter));
    Exported outcome;
    if (!waitUntil([&] {
            outcome.text += readAvailable(ends.reader.get());
            return call.isFinished();
        }))
        return outcome;
    outcome.text += readAvailable(ends.reader.get());
    outcome.error = errorOf(call.reply());
    outcome.rows = call.reply().arguments().value(0).toULongLong();
    return outcome;
}

} // namespace

/// The history written to a descriptor by the real helper.
class ExportTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_bus.start());
        QVERIFY(m_polkit.start(QString()));
        m_helper = std::make_unique<HelperProcess>(m_bus);
        QVERIFY(writeHistory(m_helper->stateDir()));
        const QString recording = writeRecording(
            m_bus.directory() + QStringLiteral("/recording"), {{0, 1, 0, QStringLiteral("x"), 1, 1}});
        QVERIFY(m_helper->start({QStringLiteral("--backend"), QStringLiteral("replay:") + recording}));
    }

    void cleanupTestCase() { QCOMPARE(m_helper->stop(), 0); }

    void manyPartsMakeTheSameAsOneAnswer_data()
    {
        QTest::addColumn<uid_t>("user");
        QTest::newRow("everyone's") << uid_t(0);
        QTest::newRow("one's own, and a sum") << uid_t(alice);
    }
    void manyPartsMakeTheSameAsOneAnswer()
    {
        QFETCH(const uid_t, user);
        const QDBusConnection caller = m_bus.connectAs(user);
        const Exported json = exported(caller, QStringLiteral("json"));
        QCOMPARE(json.error, QString());
        const auto series = answer<Series>(caller, QStringLiteral("Series"),
            {qulonglong(beginMs()), qulonglong(beginMs() + hours * hourMs), QStringLiteral("minute"), byProgram,
                QVariant::fromValue(Filter()), 10'000U});
        const QJsonObject expected
            = seriesToJson(series, {Dimension::Process, Dimension::Remote, Dimension::Protocol});
        const QJsonObject got = QJsonDocument::fromJson(json.text).object();
        QCOMPARE(got, expected);
        const auto rows = quint64(expected[QStringLiteral("rows")].toArray().size());
        QCOMPARE(json.rows, rows);
        QVERIFY(rows > 1000);
        QVERIFY(json.text.contains("\"gap\":true"));
        QCOMPARE(json.text.contains("other_users"), user != 0);
        QCOMPARE(json.text.contains("program1\""), user == 0); // bob's

        const Exported csv = exported(caller, QStringLiteral("csv"));
        QCOMPARE(csv.rows, rows);
        QCOMPARE(quint64(csv.text.count("\r\n")), rows + 1);
    }

    void filtersNarrow()
    {
        const Exported one
            = exported(m_bus.connectAs(0), QStringLiteral("json"), {.process = QStringLiteral("program3")});
        QVERIFY(one.text.contains("program3\"") && !one.text.contains("program5\""));
    }

    void aFileGetsTheWholeAndAnEmptyRangeIsWhole()
    {
        const Descriptor file(memfd_create("export", MFD_CLOEXEC));
        QVariantList call = arguments(file.get(), QStringLiteral("json"));
        call[1] = qulonglong(1);
        call[2] = qulonglong(beginMs() - dayMs); // before the history
        QCOMPARE(answer<qulonglong>(m_bus.connectAs(0), QStringLiteral("Export"), call), 0U);
        lseek(file.get(), 0, SEEK_SET);
        const QJsonObject got = QJsonDocument::fromJson(readAvailable(file.get())).object();
        QVERIFY(got[QStringLiteral("rows")].isArray());
        QVERIFY(got[QStringLiteral("rows")].toArray().isEmpty());
    }

    void wrongArgumentsAreRefused_data()
    {
        QTest::addColumn<int>("index");
        QTest::addColumn<QVariant>("value");
        QTest::newRow("range") << 2 << QVariant(qulonglong(1));
        QTest::newRow("bucket") << 3 << QVariant(QStringLiteral("week"));
        QTest::newRow("grouping") << 4 << QVariant(QStringList{QStringLiteral("planet")});
        QTest::newRow("filter") << 5 << QVariant::fromValue(Filter{.uid = 0xffffffff});
        QTest::newRow("format") << 6 << QVariant(QStringLiteral("xml"));
    }
    void wrongArgumentsAreRefused()
    {
        QFETCH(const int, index);
        QFETCH(const QVariant, value);
        const Ends ends = makePipe();
        QVariantList wrong = arguments(ends.writer.get(), QStringLiteral("csv"));
        wrong[index] = value;
        QCOMPARE(
            errorOf(call(m_bus.connectAs(0), QStringLiteral("Export"), wrong)), QStringLiteral("InvalidArgument"));
        wrong = arguments(ends.reader.get(), QStringLiteral("csv"));
        QCOMPARE(
            errorOf(call(m_bus.connectAs(0), QStringLiteral("Export"), wrong)), QStringLiteral("InvalidArgument"));
    }

    void aStalledReaderHoldsUpNobodyAndHasTwoPlaces()
    {
        const QDBusConnection user = m_bus.connectAs(alice);
        std::array<Ends, 2> stalled{makePipe(), makePipe()};
        const QDBusPendingCall first = begin(user, arguments(stalled[0].writer.get(), QStringLiteral("csv")));
        const QDBusPendingCall second = begin(user, arguments(stalled[1].writer.get(), QStringLiteral("csv")));
        const Ends third = makePipe();
        QCOMPARE(errorOf(call(m_bus.connectAs(alice), QStringLiteral("Export"),
                     arguments(third.writer.get(), QStringLiteral("csv")))),
            QStringLiteral("LimitExceeded"));
        QVERIFY(!first.isFinished() && !second.isFinished());
        // the user's other questions, and other users' exports, go on
        const auto series = answer<Series>(user, QStringLiteral("Series"),
            {qulonglong(beginMs()), qulonglong(beginMs() + hourMs), QStringLiteral("hour"), byProgram,
                QVariant::fromValue(Filter()), 10U});
        QVERIFY(!series.buckets.isEmpty());
        QVERIFY(exported(m_bus.connectAs(0), QStringLiteral("csv")).rows > 0);

        for (Ends& ends : stalled)
            ends.reader = Descriptor();
        for (const QDBusPendingCall& pending : {first, second}) {
            QTRY_VERIFY(pending.isFinished());
            QCOMPARE(errorOf(pending.reply()), QStringLiteral("Io"));
        }
        QVERIFY(exported(user, QStringLiteral("csv")).rows > 0);
    }

    void theHelperEndsWhileAReaderStalls()
    {
        const QDBusConnection user = m_bus.connectAs(0);
        const Ends stalled = makePipe();
        const QDBusPendingCall pending = begin(user, arguments(stalled.writer.get(), QStringLiteral("csv")));
        QByteArray received; // the condition is looked at once more when it holds
        QTRY_VERIFY(!(received += readPiece(stalled.reader.get())).isEmpty());
        QCOMPARE(m_helper->stop(), 0);
        QTRY_VERIFY(pending.isFinished());
        const QString recording = m_bus.directory() + QStringLiteral("/recording");
        QVERIFY(m_helper->start({QStringLiteral("--backend"), QStringLiteral("replay:") + recording}));
    }

private:
    PrivateBus m_bus;
    PolkitDaemon m_polkit{m_bus};
    std::unique_ptr<HelperProcess> m_helper;
};

QTEST_GUILESS_MAIN(ExportTest)
#include "tst_export.moc"
