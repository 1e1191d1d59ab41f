// SPDX-License-Identifier: GPL-3.0-or-later
// What programs called their remotes goes with the history: to whom it belongs, and no longer than that is there.
#include "tests/unit/store/testkit.h"

#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace bwt;
using namespace bwt::test;

namespace {

const QString shared = QStringLiteral("203.0.113.7");
const QString other = QStringLiteral("2001:db8::1");

const Process browser = makeProcess(100, QStringLiteral("browser"));
const Process mailer = makeProcess(200, QStringLiteral("mailer"));
const Process stranger = makeProcess(300, QStringLiteral("stranger"), 1001);

struct Question {
    Dimensions by;
    Filter filter = {};
    Visibility visibility = Visibility::everyone();
    quint32 limit = 0;
};

} // namespace

class StoreNamesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        setZone("UTC");
        m_directory = std::make_unique<QTemporaryDir>();
        m_store = openStore(path());
        m_counters = Counters();
        m_pairs.clear();
        m_atMs = noonMs;
    }
    void cleanup() { m_store.reset(); }

    void eachProgramHasItsOwnNameForASharedAddress();
    void theNameThatWasToldLastNamesWhatIsSeveralPrograms();
    void mergedAppsCallARemoteWhatTheyWereToldLast();
    void namesAreOnlyTheCallersToSee();
    void aFilterTakesANameAsWellAsAnAddress();
    void seriesAndLimitedAnswersHaveNames();
    void whatIsToldLaterCountsAndWhatIsOlderDoesNot();
    void whoIsToldOtherwiseLeavesTheNameToTheOthers();
    void aNameThatAWrongClockDatedIsReplaced();
    void anyClientReadsNamesInTheViews();
    void namesStayWithHoursAndDays();
    void theNextHelperLearnsWhatGoesOn();
    void whatIsClearedTakesItsNamesWithIt();
    void totalsHaveNoNames();

private:
    [[nodiscard]] QString path() const { return m_directory->path(); }
    /// A minute later everyone has moved a byte more with each remote that they have a counter of.
    void record()
    {
        for (const auto& [process, remote] : m_pairs)
            m_counters.add(process, makeKey(process, remote, Direction::Tx), 10);
        static_cast<void>(valueOf(m_store->insert(m_counters.snapshot(m_atMs, m_atMs + 1000))));
        m_atMs += minuteMs;
    }
    void use(const Process& process, const QString& remote, const char* name, std::int64_t toldMs)
    {
        if (std::ranges::find(m_pairs, std::pair(process, remote)) == m_pairs.end())
            m_pairs.emplace_back(process, remote);
        m_counters.name(process, remote, QString::fromLatin1(name), toldMs);
    }
    void useAll()
    {
        use(browser, shared, "video.example", noonMs - 30'000);
        use(mailer, shared, "mail.example", noonMs - 20'000);
        use(stranger, shared, "secret.example", noonMs - 10'000);
        use(browser, other, "www.example", noonMs - 5'000);
        record();
    }
    /// Rows' programs, users and remotes, and what they are called; without order.
    [[nodiscard]] QStringList namesBy(const Question& question) const
    {
        HistoryQuery query;
        query.untilMs = noonMs + 400 * dayMs;
        query.by = question.by;
        query.filter = question.filter;
        query.visibility = question.visibility;
        query.limit = question.limit;
        QStringList names;
        for (const Row& row : valueOf(m_store->top(query)).rows) {
            if (row.kind != RowKind::Named)
                continue;
            QStringList keys{row.appName, row.processName, row.uid ? QString::number(*row.uid) : QString(),
                row.remoteIp, row.remoteName};
            keys.removeAll(QString());
            names.append(keys.join(QLatin1Char(' ')));
        }
        names.sort();
        return names;
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Store> m_store;
    Counters m_counters;
    std::vector<std::pair<Process, QString>> m_pairs;
    std::int64_t m_atMs = noonMs;
};

void StoreNamesTest::eachProgramHasItsOwnNameForASharedAddress()
{
    useAll();
    QStringList expected;
    for (const char* line : {"browser 2001:db8::1 www.example", "browser 203.0.113.7 video.example",
             "mailer 203.0.113.7 mail.example", "stranger 203.0.113.7 secret.example"})
        expected.append(QString::fromLatin1(line));
    QCOMPARE(namesBy({{Dimension::App, Dimension::Remote}}), expected);
    expected.replaceInStrings(QStringLiteral(" 2"), QStringLiteral(" 1000 2"));
    expected.replaceInStrings(QStringLiteral("stranger 1000"), QStringLiteral("stranger 1001"));
    QCOMPARE(namesBy({{Dimension::Process, Dimension::Remote}}), expected);
}

void StoreNamesTest::theNameThatWasToldLastNamesWhatIsSeveralPrograms()
{
    useAll();
    QCOMPARE(namesBy({{Dimension::Remote}}),
        QStringList({other + QStringLiteral(" www.example"), shared + QStringLiteral(" secret.example")}));
    QCOMPARE(namesBy({{Dimension::User, Dimension::Remote}, {.uid = 1000}}),
        QStringList({QStringLiteral("1000 ") + other + QStringLiteral(" www.example"),
            QStringLiteral("1000 ") + shared + QStringLiteral(" mail.example")}));
    QCOMPARE(namesBy({{Dimension::Remote}, {.process = QStringLiteral("browser")}}),
        QStringList({other + QStringLiteral(" www.example"), shared + QStringLiteral(" video.example")}));
    QCOMPARE(namesBy({{Dimension::Process}, {.process = QStringLiteral("browser")}}),
        QStringList(QStringLiteral("browser 1000")));
}

void StoreNamesTest::mergedAppsCallARemoteWhatTheyWereToldLast()
{
    useAll();
    QVERIFY(m_store->changeApp({AppChange::Kind::Merge, mailer.appId, browser.appId}));
    QCOMPARE(namesBy({{Dimension::App, Dimension::Remote}}),
        QStringList(
            {QStringLiteral("browser 2001:db8::1 www.example"), QStringLiteral("browser 203.0.113.7 mail.example"),
                QStringLiteral("stranger 203.0.113.7 secret.example")}));
}

void StoreNamesTest::namesAreOnlyTheCallersToSee()
{
    useAll();
    const Visibility own = Visibility::ofUids({{1000, 1000}});
    QCOMPARE(namesBy({{Dimension::Remote}, {}, own}),
        QStringList({other + QStringLiteral(" www.example"), shared + QStringLiteral(" mail.example")}));
    const Filter secret{.remote = QStringLiteral("secret.example")};
    QCOMPARE(namesBy({{Dimension::Remote}, secret, own}), QStringList());
    QCOMPARE(namesBy({{}, secret, own}), QStringList());
    QCOMPARE(namesBy({{Dimension::App}, secret}), QStringList(QStringLiteral("stranger")));
}

void StoreNamesTest::aFilterTakesANameAsWellAsAnAddress()
{
    useAll();
    const auto apps = [&](const QString& remote) { return namesBy({{Dimension::App}, {.remote = remote}}); };
    QCOMPARE(apps(shared).size(), 3);
    QCOMPARE(apps(QStringLiteral("Video.Example")), QStringList(QStringLiteral("browser")));
    QCOMPARE(apps(QStringLiteral("mail.example")), QStringList(QStringLiteral("mailer")));
    QCOMPARE(apps(QStringLiteral("example")), QStringList());
    QCOMPARE(namesBy({{Dimension::Remote}, {.remote = QStringLiteral("video.example")}}),
        QStringList(shared + QStringLiteral(" video.example")));
}

void StoreNamesTest::seriesAndLimitedAnswersHaveNames()
{
    useAll();
    m_atMs += 3 * dayMs;
    record();
    QCOMPARE(
        namesBy({{Dimension::App, Dimension::Remote}, {.app = browser.appId}, Visibility::everyone(), 1}).size(), 1);
    QCOMPARE(namesBy({{Dimension::Remote}, {}, Visibility::everyone(), 1}),
        QStringList(shared + QStringLiteral(" secret.example")));
    HistoryQuery query;
    query.sinceMs = noonMs;
    query.untilMs = noonMs + 4 * dayMs;
    query.by = {Dimension::App, Dimension::Remote};
    query.filter.app = mailer.appId;
    int named = 0;
    for (const SeriesBucket& bucket : valueOf(m_store->history(query, Bucket::Day)).buckets) {
        for (const Row& row : bucket.rows)
            named += row.remoteName == QStringLiteral("mail.example") ? 1 : 0;
    }
    QCOMPARE(named, 2);
}

void StoreNamesTest::whatIsToldLaterCountsAndWhatIsOlderDoesNot()
{
    useAll();
    const Process again = makeProcess(101, QStringLiteral("browser"));
    use(again, shared, "old.example", noonMs - 60'000);
    record();
    const Question question{{Dimension::App, Dimension::Remote}, {.app = browser.appId, .remote = shared}};
    QCOMPARE(namesBy(question), QStringList(QStringLiteral("browser 203.0.113.7 video.example")));
    use(again, shared, "new.example", noonMs);
    record();
    QCOMPARE(namesBy(question), QStringList(QStringLiteral("browser 203.0.113.7 new.example")));
}

void StoreNamesTest::whoIsToldOtherwiseLeavesTheNameToTheOthers()
{
    const Process viewer = makeProcess(400, QStringLiteral("viewer"));
    for (const Process& process : {browser, mailer, viewer})
        use(process, shared, "cdn.example", noonMs - 30'000);
    record();
    use(mailer, shared, "mail.example", noonMs);
    record();
    const auto names = [&] { return namesBy({{Dimension::App, Dimension::Remote}}); };
    QCOMPARE(names(),
        QStringList({QStringLiteral("browser 203.0.113.7 cdn.example"),
            QStringLiteral("mailer 203.0.113.7 mail.example"), QStringLiteral("viewer 203.0.113.7 cdn.example")}));
    for (const Process& process : {browser, viewer})
        use(process, shared, "mail.example", noonMs + minuteMs);
    record();
    QCOMPARE(names(),
        QStringList({QStringLiteral("browser 203.0.113.7 mail.example"),
            QStringLiteral("mailer 203.0.113.7 mail.example"), QStringLiteral("viewer 203.0.113.7 mail.example")}));
    QCOMPARE(namesBy({{Dimension::App}, {.remote = QStringLiteral("cdn.example")}}), QStringList());
}

void StoreNamesTest::aNameThatAWrongClockDatedIsReplaced()
{
    use(browser, shared, "future.example", noonMs + 1000 * dayMs);
    record();
    use(browser, shared, "video.example", noonMs + 1);
    record();
    QCOMPARE(namesBy({{Dimension::Remote}}), QStringList(shared + QStringLiteral(" video.example")));
}

void StoreNamesTest::anyClientReadsNamesInTheViews()
{
    useAll();
    const Client client(path());
    QCOMPARE(client.lines(QStringLiteral("SELECT process_name, remote_ip, remote_name FROM bandwidth_records "
                                         "WHERE remote_ip LIKE '203%' ORDER BY 1")),
        QStringList(
            {QStringLiteral("browser|203.0.113.7|video.example"), QStringLiteral("mailer|203.0.113.7|mail.example"),
                QStringLiteral("stranger|203.0.113.7|secret.example")}));
    QCOMPARE(client.lines(QStringLiteral("SELECT remote_ip, tx_bytes, remote_name FROM ip_bandwidth ORDER BY 1")),
        QStringList({QStringLiteral("2001:db8::1|10|www.example"), QStringLiteral("203.0.113.7|30|secret.example")}));
}

void StoreNamesTest::namesStayWithHoursAndDays()
{
    useAll();
    m_atMs += 40 * dayMs;
    record();
    const QStringList before = namesBy({{Dimension::App, Dimension::Remote}});
    QCOMPARE(before.size(), 4);
    while (valueOf(m_store->rollUp(std::chrono::seconds(1)))) { }
    static_cast<void>(valueOf(m_store->cleanup(Retention{}, m_atMs)));
    QCOMPARE(namesBy({{Dimension::App, Dimension::Remote}}), before);
}

void StoreNamesTest::theNextHelperLearnsWhatGoesOn()
{
    useAll();
    m_store.reset();
    m_store = openStore(path());
    const auto past = valueOf(m_store->past({QStringLiteral("boot-1"), QStringLiteral("set-1")}));
    QVERIFY(past);
    std::vector<PastName> expected;
    for (const auto& [process, remote, name, toldMs] : {std::tuple(browser, other, "www.example", noonMs - 5'000),
             std::tuple(browser, shared, "video.example", noonMs - 30'000),
             std::tuple(mailer, shared, "mail.example", noonMs - 20'000),
             std::tuple(stranger, shared, "secret.example", noonMs - 10'000)})
        expected.push_back({process.id, addressFromText(remote).value(), QString::fromLatin1(name), toldMs});
    std::ranges::sort(expected, {}, [](const PastName& name) { return std::tuple(name.process, name.remote); });
    QVERIFY(past->names == expected);
}

void StoreNamesTest::whatIsClearedTakesItsNamesWithIt()
{
    useAll();
    const auto isInFile = [&](const char* text) {
        return contentOf(path() + QStringLiteral("/history.db")).contains(text)
            || contentOf(path() + QStringLiteral("/history.db-wal")).contains(text);
    };
    QVERIFY(isInFile("secret.example"));
    static_cast<void>(valueOf(m_store->clear({0, noonMs + dayMs, stranger.appId, {}})));
    QVERIFY(!isInFile("secret.example"));
    QCOMPARE(namesBy({{Dimension::Remote}}),
        QStringList({other + QStringLiteral(" www.example"), shared + QStringLiteral(" mail.example")}));
    static_cast<void>(valueOf(m_store->clear({0, noonMs + dayMs, {}, other})));
    QVERIFY(!isInFile("www.example"));
    static_cast<void>(valueOf(m_store->clear({0, noonMs + dayMs, {}, {}})));
    QVERIFY(!isInFile("example"));
    record(); // what is counted from now on is called as before
    QCOMPARE(namesBy({{Dimension::Remote}}),
        QStringList({other + QStringLiteral(" www.example"), shared + QStringLiteral(" secret.example")}));
}

void StoreNamesTest::totalsHaveNoNames()
{
    QVERIFY(m_store->setTotalsOnly({{browser.appId}, {}}));
    useAll();
    QCOMPARE(namesBy({{Dimension::App, Dimension::Remote}, {.app = browser.appId}}),
        QStringList(QStringLiteral("browser")));
    QVERIFY(!contentOf(path() + QStringLiteral("/history.db-wal")).contains("video.example"));
}

QTEST_GUILESS_MAIN(StoreNamesTest)
#include "tst_storenames.moc"
