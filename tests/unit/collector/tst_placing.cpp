// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/aggregate.h"
#include "helper/collector/placing.h"
#include "tests/unit/places/placed.h"
#include "tests/unit/store/traffic.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bwt;
using namespace bwt::test;

namespace {

const Process firefox = makeProcess(100, QStringLiteral("firefox"));
const Process stranger = makeProcess(300, QStringLiteral("curl"), 1001);

/// Two countries, and two operators of which one is in both.
PlaceFiles atlas(const QString& folder)
{
    MmdbWriter countries;
    countries.add(QStringLiteral("192.0.0.0/16"), inCountry(QStringLiteral("DE")));
    countries.add(QStringLiteral("198.51.100.0/24"), inCountry(QStringLiteral("JP")));
    countries.add(QStringLiteral("10.0.0.0/8"), inCountry(QStringLiteral("US")));
    MmdbWriter operators;
    operators.add(QStringLiteral("192.0.2.0/25"), ofOperator(64496, QStringLiteral("First\u202e Net")));
    operators.add(QStringLiteral("192.0.2.128/25"), ofOperator(64497, QStringLiteral("Second Net")));
    operators.add(QStringLiteral("198.51.100.0/24"), ofOperator(64497, QStringLiteral("Second Net")));
    return placeFiles(folder, countries, operators);
}

Snapshot traffic()
{
    Counters counters;
    const auto add = [&](const Process& process, const char* remote, std::uint64_t bytes, Scope scope) {
        counters.add(process, makeKey(process, QString::fromLatin1(remote), Direction::Rx), bytes, scope);
    };
    add(firefox, "192.0.2.1", 1'000, Scope::Internet); // DE, first
    add(firefox, "192.0.2.2", 200, Scope::Internet); // DE, first
    add(firefox, "192.0.2.129", 30, Scope::Internet); // DE, second
    add(firefox, "198.51.100.1", 4'000, Scope::Internet); // JP, second
    add(firefox, "203.0.113.1", 50'000, Scope::Internet); // nowhere
    add(firefox, "192.0.2.3", 600'000, Scope::Lan); // near by, whatever the file says
    add(firefox, "10.0.0.1", 7'000'000, Scope::Lan);
    add(firefox, "", 80'000'000, Scope::Internet); // not known to whom
    add(stranger, "192.0.2.1", 900'000'000, Scope::Internet);
    return counters.snapshot(noonMs, noonMs + 1000);
}

} // namespace

class PlacingTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    Places m_places;

    [[nodiscard]] QList<Row> rowsBy(Dimensions by, const Filter& filter = {}, quint32 limit = 0)
    {
        const Visibility alice = Visibility::ofUids({{1000, 1000}});
        return aggregate(traffic(), nullptr, by, filter, alice, limit, {}, &m_places);
    }

private Q_SLOTS:
    void initTestCase() { m_places = Places(atlas(m_folder.path())); }

    void trafficIsSummedByCountry()
    {
        QCOMPARE(summary(rowsBy({Dimension::Country})),
            QStringList({QStringLiteral("others 900000000"), QStringLiteral("-/- 87650000"),
                QStringLiteral("JP/- 4000"), QStringLiteral("DE/- 1230")}));
    }

    void trafficIsSummedByOperatorWithItsNameInPrint()
    {
        const QList<Row> rows = rowsBy({Dimension::Asn});
        QCOMPARE(summary(rows),
            QStringList({QStringLiteral("others 900000000"), QStringLiteral("-/- 87650000"),
                QStringLiteral("-/64497 4030"), QStringLiteral("-/64496 1200")}));
        QCOMPARE(rows[2].asName, QStringLiteral("Second Net"));
        QCOMPARE(rows[3].asName, QStringLiteral("First\\xe2\\x80\\xae Net"));
        QVERIFY(rows[0].asName.isNull() && rows[1].asName.isNull());
    }

    void countryAndOperatorTogetherAreOneKey()
    {
        QCOMPARE(summary(rowsBy({Dimension::Country, Dimension::Asn})),
            QStringList({QStringLiteral("others 900000000"), QStringLiteral("-/- 87650000"),
                QStringLiteral("JP/64497 4000"), QStringLiteral("DE/64496 1200"), QStringLiteral("DE/64497 30")}));
    }

    void rowsOfRemotesTellTheirPlaceBesideTheAddress()
    {
        for (const Dimensions by :
            {Dimensions{Dimension::Remote}, Dimensions{Dimension::Remote, Dimension::Country, Dimension::Asn}}) {
            const QList<Row> rows = rowsBy(by);
            QCOMPARE(rows.size(), 9);
            const auto rowOf = [&](const char* remote) {
                for (const Row& row : rows) {
                    if (row.remoteIp == QLatin1StringView(remote))
                        return row;
                }
                return Row();
            };
            QCOMPARE(summary({rowOf("192.0.2.129"), rowOf("203.0.113.1"), rowOf("10.0.0.1")}),
                QStringList({QStringLiteral("DE/64497 30"), QStringLiteral("-/- 50000"),
                    QStringLiteral("-/- 7000000")})); // a private address is somewhere else in each network
            QCOMPARE(rowOf("192.0.2.129").asName, QStringLiteral("Second Net"));
        }
    }

    void aFilterByPlaceLeavesTheInternetsTrafficOfThatPlace()
    {
        Filter german;
        german.country = QStringLiteral("de");
        QCOMPARE(summary(rowsBy({}, german)), QStringList(QStringLiteral("-/- 1230")));
        Filter second;
        second.asn = 64497;
        QCOMPARE(summary(rowsBy({}, second)), QStringList(QStringLiteral("-/- 4030")));
        second.country = QStringLiteral("DE");
        QCOMPARE(summary(rowsBy({Dimension::Remote}, second)), QStringList(QStringLiteral("DE/64497 30")));
        Filter nowhere;
        nowhere.country = QStringLiteral("FR");
        QVERIFY(rowsBy({}, nowhere).isEmpty());
        nowhere.country = QStringLiteral("??"); // no country, and not those whose country is unknown
        QVERIFY(rowsBy({}, nowhere).isEmpty());
    }

    void whatOthersMoveHasNoPlaceForWhoMayNotSeeIt()
    {
        Filter german;
        german.country = QStringLiteral("DE");
        for (const Row& row : rowsBy({Dimension::User}, german))
            QVERIFY(row.kind == RowKind::Named && row.uid == 1000U);
        for (const Row& row : rowsBy({Dimension::Country, Dimension::Asn, Dimension::Remote})) {
            if (row.kind == RowKind::OtherUsers)
                QVERIFY(row.country.isNull() && !row.asn && row.asName.isNull());
        }
    }

    void whatIsPastTheLimitIsSummedWithoutAPlace()
    {
        const QList<Row> rows = rowsBy({Dimension::Country}, {}, 2);
        QCOMPARE(rows.last().kind, RowKind::Rest);
        QCOMPARE(rows.last().numbers.rxBytes, 1'230U);
        QVERIFY(rows.last().country.isNull());
    }

    void withoutFilesNothingHasAPlace()
    {
        const QList<Row> rows
            = aggregate(traffic(), nullptr, {Dimension::Country, Dimension::Asn}, {}, Visibility::everyone(), 0);
        QCOMPARE(rows.size(), 1);
        QVERIFY(rows[0].country.isNull() && !rows[0].asn);
    }
};

QTEST_GUILESS_MAIN(PlacingTest)
#include "tst_placing.moc"
