// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/row.h"
#include "tests/dbus/frames.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/polkitdaemon.h"
#include "tests/dbus/privatebus.h"
#include "tests/dbus/recording.h"

#include <QTest>

using namespace bwt;
using namespace bwt::test;

namespace {

/// Carol may see everyone; alice and bob get what the policy gives.
const QString rules = QStringLiteral(R"(
polkit.addRule(function(action, subject) {
    if (action.id == "org.bandwidthtracker.helper1.view-all" && subject.user == "carol")
        return polkit.Result.YES;
    return polkit.Result.NOT_HANDLED;
});
)");

const QList<Moved> traffic{
    {0, 101, alice, QStringLiteral("alices"), 1000, 10},
    {0, 102, bob, QStringLiteral("bobs"), 2000, 20, QStringLiteral("TCP"), QStringLiteral("127.0.0.9")},
    {0, 103, 0, QStringLiteral("roots"), 4000, 40},
    {0, 104, 33, QStringLiteral("www"), 8000, 80},
};

/// "name tx rx" of each row, "(others)" for the sum of what is hidden.
QStringList told(const QList<Row>& rows)
{
    QStringList lines;
    for (const Row& row : rows)
        lines.append(QStringLiteral("%1 %2 %3")
                .arg(row.kind == RowKind::OtherUsers ? QStringLiteral("(others)") : row.processName)
                .arg(row.numbers.txBytes)
                .arg(row.numbers.rxBytes));
    lines.sort();
    return lines;
}

} // namespace

/// Whose rows a caller gets, the same by every way in.
class VisibilityTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_bus.start());
        QVERIFY(m_polkit.start(rules));
        const QString recording = writeRecording(m_bus.directory() + QStringLiteral("/recording"), traffic);
        m_helper = std::make_unique<HelperProcess>(m_bus);
        QVERIFY(m_helper->start({QStringLiteral("--backend"), QStringLiteral("replay:") + recording}));
    }

    void cleanupTestCase() { QCOMPARE(m_helper->stop(), 0); }

    void aUserSeesOwnAndSystemRowsByNameAndTheRestAsOneSum_data() { rows(); }
    void aUserSeesOwnAndSystemRowsByNameAndTheRestAsOneSum()
    {
        QFETCH(const uid_t, user);
        QFETCH(const QStringList, sees);
        const QDBusConnection caller = m_bus.connectAs(user);
        const QVariant by = QStringList{QStringLiteral("process")};
        const QVariant since = qulonglong(QDateTime::currentMSecsSinceEpoch() - 3'600'000);
        const QVariantList range{since, qulonglong(0)};
        const QVariant all = QVariant::fromValue(Filter());

        QCOMPARE(told(answer<Frame>(caller, QStringLiteral("GetTotals"), {by}).rows), sees);
        QTRY_COMPARE(told(answer<Frame>(caller, QStringLiteral("Top"), range + QVariantList{by, 100U}).rows), sees);
        QCOMPARE(
            told(answer<Frame>(caller, QStringLiteral("Breakdown"), range + QVariantList{by, all, 100U}).rows), sees);
        const auto series = answer<Series>(
            caller, QStringLiteral("Series"), range + QVariantList{QStringLiteral("hour"), by, all, 100U});
        QStringList inBuckets;
        for (const SeriesBucket& bucket : series.buckets)
            inBuckets += told(bucket.rows);
        QCOMPARE(inBuckets, sees);

        FrameReceiver receiver(caller);
        QVERIFY(receiver.subscribe({QStringLiteral("process")}, 100));
        QTRY_VERIFY(!receiver.frames().isEmpty());
        QCOMPARE(told(receiver.frames().first().rows), sees);
    }

    void aSubscriberIsToldWhetherItSeesEveryone()
    {
        const auto sees = [this](uid_t user) {
            const QDBusMessage reply
                = call(m_bus.connectAs(user), QStringLiteral("Subscribe"), {QStringList(), 100U});
            return reply.arguments().value(0);
        };
        QCOMPARE(sees(alice), QVariant(false));
        QCOMPARE(sees(carol), QVariant(true));
        QCOMPARE(sees(0), QVariant(true));
    }

    void theHiddenSumHasNoKeysButItsScope()
    {
        const auto frame = answer<Frame>(m_bus.connectAs(alice), QStringLiteral("GetTotals"),
            {QStringList{QStringLiteral("process"), QStringLiteral("app"), QStringLiteral("user"),
                QStringLiteral("remote"), QStringLiteral("scope"), QStringLiteral("protocol")}});
        const auto hidden = std::ranges::find(frame.rows, RowKind::OtherUsers, &Row::kind);
        QVERIFY(hidden != frame.rows.end());
        Row keys;
        keys.kind = RowKind::OtherUsers;
        keys.scope = QStringLiteral("loopback");
        keys.numbers = hidden->numbers;
        QCOMPARE(*hidden, keys);
    }

    void aFilterFindsNobodyElse()
    {
        Filter bobs;
        bobs.process = QStringLiteral("bobs");
        const auto frame = answer<Frame>(m_bus.connectAs(alice), QStringLiteral("Breakdown"),
            {qulonglong(0), qulonglong(0), QStringList{}, QVariant::fromValue(bobs), 100U});
        QCOMPARE(told(frame.rows), QStringList());
        const auto own = answer<Frame>(m_bus.connectAs(bob), QStringLiteral("Breakdown"),
            {qulonglong(0), qulonglong(0), QStringList{QStringLiteral("process")}, QVariant::fromValue(bobs), 100U});
        QCOMPARE(told(own.rows), QStringList(QStringLiteral("bobs 2000 20")));
    }

private:
    static void rows()
    {
        QTest::addColumn<uid_t>("user");
        QTest::addColumn<QStringList>("sees");
        const QString alices = QStringLiteral("alices 1000 10");
        const QString bobs = QStringLiteral("bobs 2000 20");
        const QString roots = QStringLiteral("roots 4000 40");
        const QString www = QStringLiteral("www 8000 80");
        QTest::newRow("alice") << alice << QStringList{QStringLiteral("(others) 2000 20"), alices, roots, www};
        QTest::newRow("bob") << bob << QStringList{QStringLiteral("(others) 1000 10"), bobs, roots, www};
        QTest::newRow("carol, who may see all") << carol << QStringList{alices, bobs, roots, www};
        QTest::newRow("root") << uid_t(0) << QStringList{alices, bobs, roots, www};
    }

    PrivateBus m_bus;
    PolkitDaemon m_polkit{m_bus};
    std::unique_ptr<HelperProcess> m_helper;
};

QTEST_GUILESS_MAIN(VisibilityTest)
#include "tst_visibility.moc"
