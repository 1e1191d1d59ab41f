// SPDX-License-Identifier: GPL-3.0-or-later
// Apps in the history: how they are called, what the user decided of them, and that it is taken back exactly.
#include "tests/unit/store/testkit.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace bwt;
using namespace bwt::test;

namespace {

const QString host = QStringLiteral("203.0.113.7");
const QString firefox = QStringLiteral("/usr/bin/firefox");
const QString chromium = QStringLiteral("/usr/bin/chromium");
const QString curl = QStringLiteral("/usr/bin/curl");
const QString foreign = QStringLiteral("/usr/bin/foreign");

constexpr std::uint32_t stranger = 1001;

HistoryQuery whole(Dimensions by, const QString& app = {})
{
    HistoryQuery query;
    query.sinceMs = noonMs - 60 * dayMs;
    query.untilMs = noonMs + dayMs;
    query.by = by;
    query.filter.app = app;
    return query;
}

/// "id=name:bytes" of each app, by id.
QStringList told(const QList<Row>& rows)
{
    QStringList lines;
    for (const Row& row : rows)
        lines.append(QStringLiteral("%1=%2:%3").arg(row.appId, row.appName).arg(row.numbers.txBytes));
    lines.sort();
    return lines;
}

} // namespace

class StoreAppsTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Store> m_store;
    Counters m_counters;
    std::int64_t m_atMs = noonMs;

    [[nodiscard]] QString path() const { return m_directory->path(); }

    /// 1 byte of firefox, 20 of chromium, 300 of curl and 4000 of another user's program, at each call.
    void record()
    {
        for (const auto& [pid, name, bytes, uid] : {std::tuple(1U, "firefox", 1U, 1000U),
                 {2U, "chromium", 20U, 1000U}, {3U, "curl", 300U, 1000U}, {4U, "foreign", 4000U, stranger}}) {
            const Process process = makeProcess(pid, QString::fromLatin1(name), uid);
            m_counters.add(process, makeKey(process, host, Direction::Tx), bytes);
        }
        valueOf(m_store->insert(m_counters.snapshot(m_atMs, m_atMs + 1000)));
        m_atMs += 1000;
    }

    [[nodiscard]] Result<void> rename(const QString& app, const QString& name) const
    {
        return m_store->changeApp({AppChange::Kind::Rename, app, name});
    }
    [[nodiscard]] Result<void> merge(const QString& app, const QString& into) const
    {
        return m_store->changeApp({AppChange::Kind::Merge, app, into});
    }
    [[nodiscard]] Result<void> reset(const QString& app) const
    {
        return m_store->changeApp({AppChange::Kind::Reset, app});
    }

    [[nodiscard]] QStringList apps(const QString& filter = {}) const
    {
        return told(valueOf(m_store->top(whole({Dimension::App}, filter))).rows);
    }
    [[nodiscard]] QStringList appsInSql() const
    {
        return Client(path()).lines(
            QStringLiteral("SELECT app_id || '=' || app_name || ':' || sum(tx_bytes) FROM bandwidth_records "
                           "GROUP BY app_id, app_name ORDER BY 1"));
    }

private Q_SLOTS:
    void init()
    {
        setZone("UTC");
        m_directory = std::make_unique<QTemporaryDir>();
        m_counters = Counters();
        m_atMs = noonMs;
        m_store = openStore(path());
        record();
    }

    void anAppHasTheNameThatItsNewestProcessTells()
    {
        Process older = makeProcess(401, QStringLiteral("maps"));
        Process newer = makeProcess(402, QStringLiteral("maps"));
        const QString id = older.appId = newer.appId = QStringLiteral("flatpak:org.gnome.Maps");
        older.appName = QStringLiteral("Maps");
        newer.appName = QStringLiteral("GNOME Maps");
        const auto nameAfter = [&](const Process& mover) {
            m_counters.add(mover, makeKey(mover, host, Direction::Tx), 10);
            record();
            const QList<Row> rows = valueOf(m_store->top(whole({Dimension::App}, id))).rows;
            return rows.size() == 1 ? rows[0].appName : QStringLiteral("%1 rows").arg(rows.size());
        };
        QCOMPARE(nameAfter(older), QStringLiteral("Maps"));
        QCOMPARE(nameAfter(newer), QStringLiteral("GNOME Maps"));
        older.exe = QStringLiteral("/usr/bin/sh"); // it is looked up anew, and still the older one
        QCOMPARE(nameAfter(older), QStringLiteral("GNOME Maps"));
    }

    void aNameHoldsForAllThatIsToldUntilItIsTakenBack()
    {
        const QStringList before = apps();
        QCOMPARE(before.size(), 4);
        QVERIFY(rename(firefox, QStringLiteral("Browser")));
        QVERIFY(apps().contains(QStringLiteral("/usr/bin/firefox=Browser:1")));
        QCOMPARE(appsInSql(), apps());
        record();
        m_store.reset();
        m_store = openStore(path()); // as the next helper does
        QVERIFY(apps().contains(QStringLiteral("/usr/bin/firefox=Browser:2")));
        const Series series = valueOf(m_store->history(whole({Dimension::App}, firefox), Bucket::Hour));
        for (const SeriesBucket& bucket : series.buckets) {
            for (const Row& row : bucket.rows)
                QCOMPARE(row.appName, QStringLiteral("Browser"));
        }
        QVERIFY(reset(firefox));
        QVERIFY(apps().contains(QStringLiteral("/usr/bin/firefox=firefox:2")));
    }

    void aMergedAppCountsForTheOtherUntilItIsTakenBack()
    {
        const QStringList before = apps();
        QVERIFY(merge(firefox, chromium));
        QCOMPARE(apps(),
            QStringList({QStringLiteral("/usr/bin/chromium=chromium:21"), QStringLiteral("/usr/bin/curl=curl:300"),
                QStringLiteral("/usr/bin/foreign=foreign:4000")}));
        QCOMPARE(appsInSql(), apps());
        QVERIFY(rename(chromium, QStringLiteral("Browsers")));
        QCOMPARE(apps().constFirst(), QStringLiteral("/usr/bin/chromium=Browsers:21"));
        QCOMPARE(appsInSql(), apps());
        while (valueOf(m_store->rollUp(std::chrono::seconds(1)))) { }
        QCOMPARE(apps().constFirst(), QStringLiteral("/usr/bin/chromium=Browsers:21"));
        QVERIFY(reset(chromium));
        QVERIFY(reset(firefox));
        QCOMPARE(apps(), before);
        QCOMPARE(appsInSql(), before);
        QCOMPARE(Client(path()).number(QStringLiteral("SELECT count(*) FROM app_choice")), 0);
    }

    void aFilterTakesInWhatCountsForItsApp()
    {
        QVERIFY(merge(firefox, chromium));
        QVERIFY(merge(chromium, curl));
        const auto bytes = [this](const QString& app) {
            const QList<Row> rows = valueOf(m_store->top(whole({}, app))).rows;
            return rows.isEmpty() ? 0U : rows[0].numbers.txBytes;
        };
        QCOMPARE(bytes(curl), 321U);
        QCOMPARE(bytes(chromium), 21U);
        QCOMPARE(bytes(firefox), 1U);
        QCOMPARE(apps(chromium), QStringList(QStringLiteral("/usr/bin/curl=curl:21")));
    }

    void chainsEndAtTheLastAndEachStepIsTakenBackAlone()
    {
        QVERIFY(merge(firefox, chromium));
        QVERIFY(merge(chromium, curl));
        QCOMPARE(apps().constFirst(), QStringLiteral("/usr/bin/curl=curl:321"));
        QCOMPARE(appsInSql(), apps());
        QVERIFY(reset(chromium));
        QCOMPARE(apps().constFirst(), QStringLiteral("/usr/bin/chromium=chromium:21"));
        QVERIFY(merge(firefox, curl)); // another decision in place of the first
        QVERIFY(apps().contains(QStringLiteral("/usr/bin/curl=curl:301")));
        QCOMPARE(appsInSql(), apps());
    }

    void loopsAndAppsThatNobodyKnowsAreRefusedInWords()
    {
        QVERIFY(merge(firefox, chromium));
        QVERIFY(merge(chromium, curl));
        const QStringList before = apps();
        const auto refusal = [](const Result<void>& outcome) {
            return outcome ? QString()
                           : errorCodeName(outcome.error().code) + QStringLiteral(": ") + outcome.error().detail;
        };
        QCOMPARE(refusal(merge(curl, firefox)),
            QStringLiteral(
                "InvalidArgument: into: \"/usr/bin/firefox\" counts for \"/usr/bin/curl\" already; reset it first"));
        QVERIFY(refusal(merge(curl, curl)).contains(QStringLiteral("into itself")));
        QCOMPARE(refusal(merge(curl, QStringLiteral("nobody"))),
            QStringLiteral("InvalidArgument: into: no app has the id \"nobody\""));
        QCOMPARE(refusal(rename(QStringLiteral("nobody"), QStringLiteral("x"))),
            QStringLiteral("InvalidArgument: app_id: no app has the id \"nobody\""));
        QCOMPARE(apps(), before);
    }

    void aLoopThatSomebodyWroteIntoTheFileEnds()
    {
        Client(path()).run(QStringLiteral("INSERT INTO app_choice (app_id, counts_for) VALUES "
                                          "('/usr/bin/firefox', '/usr/bin/curl'), "
                                          "('/usr/bin/curl', '/usr/bin/firefox')"));
        quint64 bytes = 0;
        for (const Row& row : valueOf(m_store->top(whole({Dimension::App}))).rows)
            bytes += row.numbers.txBytes;
        QCOMPARE(bytes, 4321U);
        QCOMPARE(Client(path()).number(QStringLiteral("SELECT sum(tx_bytes) FROM bandwidth_records")), 4321);
    }

    void clearingAnAppTakesWhatCountsForIt()
    {
        QVERIFY(merge(firefox, chromium));
        QVERIFY(rename(chromium, QStringLiteral("Browsers")));
        QVERIFY(valueOf(m_store->clear({0, noonMs + dayMs, chromium, {}})) > 0);
        QCOMPARE(apps(),
            QStringList({QStringLiteral("/usr/bin/curl=curl:300"), QStringLiteral("/usr/bin/foreign=foreign:4000")}));
        record(); // what was decided holds for what comes back
        QCOMPARE(apps().constFirst(), QStringLiteral("/usr/bin/chromium=Browsers:21"));
        QVERIFY(valueOf(m_store->clear({0, noonMs + dayMs, firefox, {}})) > 0);
        QCOMPARE(apps().constFirst(), QStringLiteral("/usr/bin/chromium=Browsers:20"));
    }

    void whatWasDecidedOutlivesAllTraffic()
    {
        const Process gone = makeProcess(7, QStringLiteral("gone"));
        m_counters.add(gone, makeKey(gone, host, Direction::Tx), 1);
        record();
        QVERIFY(merge(firefox, chromium));
        QVERIFY(rename(foreign, QStringLiteral("Stranger")));
        QVERIFY(valueOf(m_store->clear({0, noonMs + dayMs})) > 0);
        QVERIFY(apps().isEmpty());
        m_counters = Counters(QStringLiteral("set-2"));
        for (const auto& [pid, name] : {std::pair(8U, "curl"), {9U, "firefox"}}) {
            const Process process = makeProcess(pid, QString::fromLatin1(name));
            m_counters.add(process, makeKey(process, host, Direction::Tx), 7);
        }
        valueOf(m_store->insert(m_counters.snapshot(m_atMs, m_atMs + 1000)));
        QVERIFY(valueOf(m_store->clear({0, noonMs + dayMs, curl, {}})) > 0); // and names that nobody has any more
        QCOMPARE(apps(), QStringList(QStringLiteral("/usr/bin/chromium=chromium:7")));
        const auto isKnown = [this](const QString& app) {
            const AppList known = valueOf(m_store->apps(Visibility::everyone()));
            return std::ranges::find(known, app, &AppEntry::id) != known.end();
        };
        QVERIFY(!isKnown(gone.appId));
        QVERIFY(isKnown(foreign));
        QVERIFY(reset(foreign));
        QVERIFY(reset(firefox));
        QCOMPARE(apps(), QStringList(QStringLiteral("/usr/bin/firefox=firefox:7")));
    }

    void totalsOnlyHoldsForWhatCountsForTheApp()
    {
        QVERIFY(m_store->setTotalsOnly({{chromium}, {}}));
        QVERIFY(merge(firefox, chromium));
        record();
        const auto withRemote = [this](const QString& app) {
            quint64 bytes = 0;
            for (const Row& row : valueOf(m_store->top(whole({Dimension::Remote}, app))).rows)
                bytes += row.remoteIp == host ? row.numbers.txBytes : 0;
            return bytes;
        };
        QCOMPARE(withRemote(firefox), 1U);
        QCOMPARE(withRemote(chromium), 21U); // of before
        QCOMPARE(withRemote(curl), 600U);
        QVERIFY(reset(firefox));
        record();
        QCOMPARE(withRemote(firefox), 2U);
    }

    void theListHasWhatMayBeSeenAndWhatWasDecided()
    {
        QVERIFY(rename(curl, QStringLiteral("Fetcher")));
        QVERIFY(merge(chromium, foreign));
        const AppList all = valueOf(m_store->apps(Visibility::everyone()));
        QCOMPARE(all,
            AppList({{chromium, QStringLiteral("chromium"), QStringLiteral("chromium"), foreign},
                {curl, QStringLiteral("Fetcher"), QStringLiteral("curl"), {}},
                {firefox, QStringLiteral("firefox"), QStringLiteral("firefox"), {}},
                {foreign, QStringLiteral("foreign"), QStringLiteral("foreign"), {}}}));
        const AppList own = valueOf(m_store->apps(Visibility::ofUids({{1000, 1000}})));
        QCOMPARE(own, all.first(3));
    }

    void otherPeoplesTrafficStaysHiddenWhateverItCountsFor()
    {
        QVERIFY(merge(foreign, curl));
        HistoryQuery query = whole({Dimension::App});
        query.visibility = Visibility::ofUids({{1000, 1000}});
        const QList<Row> rows = valueOf(m_store->top(query)).rows;
        QCOMPARE(rows.size(), 4);
        QCOMPARE(rows[0].kind, RowKind::OtherUsers);
        QCOMPARE(rows[0].numbers.txBytes, 4000U);
        query = whole({}, curl);
        query.visibility = Visibility::ofUids({{1000, 1000}});
        QCOMPARE(valueOf(m_store->top(query)).rows[0].numbers.txBytes, 300U);
    }
};

QTEST_GUILESS_MAIN(StoreAppsTest)
#include "tst_storeapps.moc"
