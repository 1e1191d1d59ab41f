// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/places/placed.h"
#include "tests/unit/store/testkit.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bwt;
using namespace bwt::test;

namespace {

const Process firefox = makeProcess(100, QStringLiteral("firefox"));
const Process stranger = makeProcess(300, QStringLiteral("curl"), 1001);

constexpr int crowd = 6'000; // more remotes than are looked up one by one, and more than a page

QString memberOfCrowd(int number)
{
    return QStringLiteral("198.18.%1.%2").arg(number / 256).arg(number % 256);
}

/// What a history holds of a moment: two countries and two operators, of which one is in both; LAN; nowhere.
Counters traffic()
{
    Counters counters;
    const auto add = [&](const Process& process, const QString& remote, std::uint64_t bytes, Scope scope) {
        counters.add(process, makeKey(process, remote, Direction::Rx), bytes, scope);
    };
    add(firefox, QStringLiteral("192.0.2.1"), 100'000, Scope::Internet); // DE, first
    add(firefox, QStringLiteral("192.0.2.129"), 20'000, Scope::Internet); // DE, second
    add(firefox, QStringLiteral("203.0.113.1"), 50'000, Scope::Internet); // nowhere
    add(firefox, QStringLiteral("192.0.2.3"), 6'000'000, Scope::Lan); // near by, whatever the file says
    add(firefox, {}, 80'000'000, Scope::Internet); // not known to whom
    add(stranger, QStringLiteral("192.0.2.1"), 900'000'000, Scope::Internet);
    for (int number = 0; number < crowd; ++number)
        add(firefox, memberOfCrowd(number), 10, Scope::Internet); // JP, second
    return counters;
}

PlaceFiles atlas(const QString& folder, const char* crowdsCountry = "JP")
{
    MmdbWriter countries;
    countries.add(QStringLiteral("192.0.2.0/24"), inCountry(QStringLiteral("DE")));
    countries.add(QStringLiteral("198.18.0.0/16"), inCountry(QString::fromLatin1(crowdsCountry)));
    MmdbWriter operators;
    operators.add(QStringLiteral("192.0.2.0/25"), ofOperator(64496, QStringLiteral("First Net")));
    operators.add(QStringLiteral("192.0.2.128/25"), ofOperator(64497, QStringLiteral("Second Net")));
    operators.add(QStringLiteral("198.18.0.0/16"), ofOperator(64497, QStringLiteral("Second Net")));
    return placeFiles(folder, countries, operators);
}

} // namespace

/// Each question is asked of a short range, which is answered at once, and of a long one, of which the biggest are
/// found first.
class StorePlacesTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    std::unique_ptr<Store> m_writer;
    std::unique_ptr<Store> m_store;
    Visibility m_alice = Visibility::ofUids({{1000, 1000}});

    [[nodiscard]] QList<Row> ask(
        bool isLong, Dimensions by, const Filter& filter = {}, quint32 limit = 0, bool everyone = false)
    {
        HistoryQuery query;
        query.sinceMs = isLong ? noonMs - 40 * dayMs : noonMs;
        query.untilMs = noonMs + hourMs;
        query.by = by;
        query.filter = filter;
        query.visibility = everyone ? Visibility::everyone() : m_alice;
        query.limit = limit;
        return valueOf(m_store->top(query)).rows;
    }

private Q_SLOTS:
    void initTestCase()
    {
        setZone("UTC");
        m_writer = openStore(m_folder.path());
        QVERIFY(m_writer->insert(traffic().snapshot(noonMs, noonMs + 1000)));
        m_store = openStore(m_folder.path(), Store::Mode::Reader);
        m_store->setPlaces(atlas(m_folder.path()));
    }

    void placesAreKeysOfTheHistory_data()
    {
        QTest::addColumn<bool>("isLong");
        QTest::newRow("an hour") << false;
        QTest::newRow("a month") << true;
    }
    void placesAreKeysOfTheHistory()
    {
        QFETCH(const bool, isLong);
        for (const quint32 limit : {0U, 10U}) {
            QCOMPARE(summary(ask(isLong, {Dimension::Country}, {}, limit)),
                QStringList({QStringLiteral("others 900000000"), QStringLiteral("-/- 86050000"),
                    QStringLiteral("DE/- 120000"), QStringLiteral("JP/- 60000")}));
            QCOMPARE(summary(ask(isLong, {Dimension::Asn}, {}, limit)),
                QStringList({QStringLiteral("others 900000000"), QStringLiteral("-/- 86050000"),
                    QStringLiteral("-/64496 100000"), QStringLiteral("-/64497 80000")}));
            QCOMPARE(summary(ask(isLong, {Dimension::Country, Dimension::Asn}, {}, limit)),
                QStringList({QStringLiteral("others 900000000"), QStringLiteral("-/- 86050000"),
                    QStringLiteral("DE/64496 100000"), QStringLiteral("JP/64497 60000"),
                    QStringLiteral("DE/64497 20000")}));
        }
    }

    void theBiggestPlacesAreToldAndTheRestIsSummed()
    {
        for (const bool isLong : {false, true}) {
            QCOMPARE(summary(ask(isLong, {Dimension::Country}, {}, 2)),
                QStringList({QStringLiteral("others 900000000"), QStringLiteral("-/- 86050000"),
                    QStringLiteral("DE/- 120000"), QStringLiteral("rest 60000")}));
        }
    }

    void operatorsHaveTheirNames()
    {
        for (const bool isLong : {false, true}) {
            const QList<Row> rows = ask(isLong, {Dimension::Asn}, {}, 10);
            QVERIFY(rows[1].asName.isNull());
            QCOMPARE(rows[2].asName, QStringLiteral("First Net"));
            QCOMPARE(rows[3].asName, QStringLiteral("Second Net"));
        }
    }

    void rowsOfRemotesTellTheirPlace()
    {
        for (const bool isLong : {false, true}) {
            const QList<Row> rows = ask(isLong, {Dimension::Remote, Dimension::Country}, {}, 5);
            QCOMPARE(rows.size(), 7);
            for (const Row& row : rows) {
                if (row.remoteIp == QLatin1StringView("192.0.2.1"))
                    QCOMPARE(summary({row}), QStringList(QStringLiteral("DE/64496 100000")));
                if (row.remoteIp == QLatin1StringView("203.0.113.1"))
                    QVERIFY(row.country.isNull() && !row.asn && row.asName.isNull());
                if (row.remoteIp.isNull())
                    QVERIFY(row.country.isNull() && !row.asn);
            }
        }
    }

    void aFilterByPlaceLeavesTheInternetsTrafficOfThatPlace()
    {
        Filter german;
        german.country = QStringLiteral("DE");
        Filter second;
        second.asn = 64497;
        Filter both = second;
        both.country = QStringLiteral("DE");
        Filter french;
        french.country = QStringLiteral("FR");
        for (const bool isLong : {false, true}) {
            QCOMPARE(summary(ask(isLong, {}, german)), QStringList(QStringLiteral("-/- 120000")));
            QCOMPARE(summary(ask(isLong, {}, second)), QStringList(QStringLiteral("-/- 80000")));
            QCOMPARE(summary(ask(isLong, {Dimension::Country}, second, 1)),
                QStringList({QStringLiteral("JP/- 60000"), QStringLiteral("rest 20000")}));
            QCOMPARE(
                summary(ask(isLong, {Dimension::Remote}, both, 5)), QStringList(QStringLiteral("DE/64497 20000")));
            QVERIFY(ask(isLong, {Dimension::Remote}, french).isEmpty());
        }
    }

    void othersTrafficIsNotFoundByItsPlace()
    {
        Filter german;
        german.country = QStringLiteral("DE");
        for (const bool isLong : {false, true}) {
            QCOMPARE(summary(ask(isLong, {Dimension::User}, german)), QStringList(QStringLiteral("-/- 120000")));
            QCOMPARE(summary(ask(isLong, {}, german, 0, true)), QStringList(QStringLiteral("-/- 900120000")));
        }
    }

    void aSeriesTellsPlacesInEachBucket()
    {
        HistoryQuery query;
        query.sinceMs = noonMs - hourMs;
        query.untilMs = noonMs + hourMs;
        query.by = {Dimension::Country};
        query.visibility = m_alice;
        query.limit = 2;
        const Series series = valueOf(m_store->history(query, Bucket::Hour));
        QCOMPARE(series.buckets.size(), 2);
        QCOMPARE(summary(series.buckets[1].rows),
            QStringList({QStringLiteral("others 900000000"), QStringLiteral("-/- 86050000"),
                QStringLiteral("DE/- 120000"), QStringLiteral("rest 60000")}));
    }

    void thePastIsToldByTheNewestFile()
    {
        m_store->setPlaces(atlas(m_folder.path(), "FR"));
        QCOMPARE(summary(ask(true, {Dimension::Country}, {}, 10)).last(), QStringLiteral("FR/- 60000"));
        m_store->setPlaces({});
        QCOMPARE(summary(ask(true, {Dimension::Country}, {}, 10)),
            QStringList({QStringLiteral("others 900000000"), QStringLiteral("-/- 86230000")}));
        m_store->setPlaces(atlas(m_folder.path()));
        QCOMPARE(summary(ask(true, {Dimension::Country}, {}, 10)).last(), QStringLiteral("JP/- 60000"));
    }

    /// SQLite gives their ids to whoever comes next.
    void whoComesAfterDroppedRemotesHasItsOwnPlace()
    {
        const QTemporaryDir folder;
        const auto writer = openStore(folder.path());
        const auto reader = openStore(folder.path(), Store::Mode::Reader);
        reader->setPlaces(atlas(folder.path()));
        HistoryQuery query;
        query.sinceMs = noonMs;
        query.untilMs = noonMs + hourMs;
        const auto rowsBy = [&](Dimension by) {
            query.by = {by};
            return summary(valueOf(reader->top(query)).rows);
        };
        Counters counters;
        const auto insert = [&](const char* remote, int second, std::uint64_t bytes) {
            counters.add(firefox, makeKey(firefox, QString::fromLatin1(remote), Direction::Rx), bytes);
            return writer->insert(counters.snapshot(noonMs + second * 1000, noonMs + second * 1000 + 1000))
                .has_value();
        };
        QVERIFY(insert("192.0.2.1", 0, 10));
        QVERIFY(insert("192.0.2.129", 1, 20));
        QCOMPARE(rowsBy(Dimension::Country), QStringList(QStringLiteral("DE/- 30")));
        QCOMPARE(rowsBy(Dimension::Asn), QStringList({QStringLiteral("-/64497 20"), QStringLiteral("-/64496 10")}));
        QVERIFY(writer->clear({0, noonMs + hourMs, {}, QStringLiteral("192.0.2.1")}));
        QCOMPARE(rowsBy(Dimension::Asn), QStringList(QStringLiteral("-/64497 20")));
        QVERIFY(writer->clear({0, noonMs + hourMs}));
        QVERIFY(insert("198.18.0.1", 2, 1));
        QVERIFY(insert("192.0.2.1", 3, 2));
        QCOMPARE(rowsBy(Dimension::Country), QStringList({QStringLiteral("DE/- 2"), QStringLiteral("JP/- 1")}));
        QCOMPARE(rowsBy(Dimension::Asn), QStringList({QStringLiteral("-/64496 2"), QStringLiteral("-/64497 1")}));
    }

    void aRemoteThatCameSinceTheLastQuestionHasItsPlace()
    {
        Counters counters = traffic();
        counters.add(firefox, makeKey(firefox, memberOfCrowd(crowd), Direction::Rx), 5);
        QCOMPARE(summary(ask(false, {Dimension::Country})).last(), QStringLiteral("JP/- 60000"));
        QVERIFY(m_writer->insert(counters.snapshot(noonMs + 1000, noonMs + 2000)));
        QCOMPARE(summary(ask(false, {Dimension::Country})).last(), QStringLiteral("JP/- 60005"));
    }
};

QTEST_GUILESS_MAIN(StorePlacesTest)
#include "tst_storeplaces.moc"
