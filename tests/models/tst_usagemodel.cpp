// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/usagefilter.h"
#include "app/models/usagemodel.h"
#include "tests/models/rows.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace bwt;
using bwt::test::groupsOf;
using bwt::test::internetRow;

namespace {

const QString firefox = QStringLiteral("Firefox");
const QString steam = QStringLiteral("Steam");
const QString chat = QStringLiteral("Chat");

QStringList names(const QAbstractItemModel& model)
{
    QStringList names;
    for (int row = 0; row < model.rowCount(); ++row)
        names.append(model.index(row, UsageModel::NameColumn).data().toString());
    return names;
}

} // namespace

class TestUsageModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void firstGroupsComeInTheSortedOrder()
    {
        UsageModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setGroups(
            groupsOf({internetRow(chat, 1), internetRow(firefox, 30), internetRow(steam, 20)}), Grouping::App);
        QCOMPARE(names(model), QStringList({firefox, steam, chat}));
    }

    void rowsHoldStillWhileNumbersChange()
    {
        UsageModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setGroups(groupsOf({internetRow(firefox, 30), internetRow(steam, 20)}), Grouping::App);
        QVERIFY(model.isInOrder());
        model.setGroups(groupsOf({internetRow(steam, 900), internetRow(firefox, 31)}), Grouping::App);
        QCOMPARE(names(model), QStringList({firefox, steam}));
        QCOMPARE(model.index(1, UsageModel::RxBytesColumn).data(UsageModel::NumberRole).toULongLong(), 900ULL);
        QVERIFY(!model.isInOrder());
    }

    void newGroupsComeLast()
    {
        UsageModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setGroups(groupsOf({internetRow(steam, 20)}), Grouping::App);
        model.setGroups(groupsOf({internetRow(firefox, 500), internetRow(steam, 20)}), Grouping::App);
        QCOMPARE(names(model), QStringList({steam, firefox}));
    }

    void sortingMovesRowsOnceAndKeepsTheSelection()
    {
        UsageModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setGroups(groupsOf({internetRow(firefox, 30, 1), internetRow(steam, 20, 9)}), Grouping::App);
        const QPersistentModelIndex selected = model.index(0, UsageModel::NameColumn);
        model.sort(UsageModel::RxRateColumn, Qt::DescendingOrder);
        QCOMPARE(names(model), QStringList({steam, firefox}));
        QCOMPARE(selected.row(), 1);
        QCOMPARE(selected.data().toString(), firefox);
    }

    void groupsThatAreGoneLeave()
    {
        UsageModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setGroups(
            groupsOf({internetRow(firefox, 30), internetRow(steam, 20), internetRow(chat, 1)}), Grouping::App);
        model.setGroups(groupsOf({internetRow(chat, 1), internetRow(firefox, 30)}), Grouping::App);
        QCOMPARE(names(model), QStringList({firefox, chat}));
        model.setGroups({}, Grouping::App);
        QCOMPARE(model.rowCount(), 0);
    }

    void unknownIsNotZero()
    {
        UsageModel model;
        Row row = internetRow(firefox, 0);
        row.numbers.rxRate.reset();
        row.numbers.txRate = 0;
        model.setGroups(groupsOf({row}), Grouping::App);
        QCOMPARE(model.index(0, UsageModel::RxRateColumn).data().toString(), QStringLiteral("—"));
        QVERIFY(model.index(0, UsageModel::TxRateColumn).data().toString().startsWith(u'0'));
    }

    void placesAreKnownWhereARowTellsThem()
    {
        UsageModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        Row german = internetRow({}, 30);
        german.remoteIp = QStringLiteral("192.0.2.1");
        Row other = internetRow({}, 20);
        other.remoteIp = QStringLiteral("192.0.2.2");
        model.setGroups(groupRows({german, other}, Grouping::Host), Grouping::Host);
        QVERIFY(model.isKnown(UsageModel::NameColumn));
        QVERIFY(!model.isKnown(UsageModel::CountryColumn) && !model.isKnown(UsageModel::OperatorColumn));
        german.country = QStringLiteral("DE");
        german.asn = 3320;
        model.setGroups(groupRows({german, other}, Grouping::Host), Grouping::Host);
        QVERIFY(model.isKnown(UsageModel::CountryColumn) && model.isKnown(UsageModel::OperatorColumn));
        QCOMPARE(model.index(0, UsageModel::CountryColumn).data().toString(), QStringLiteral("Germany"));
        QCOMPARE(model.index(0, UsageModel::OperatorColumn).data().toString(), QStringLiteral("AS3320"));
        QVERIFY(model.index(1, UsageModel::CountryColumn).data().toString().isEmpty());
        model.sort(UsageModel::CountryColumn, Qt::AscendingOrder);
        QCOMPARE(names(model), QStringList({other.remoteIp, german.remoteIp}));
    }

    void placesAreGroupsThatCanBeLookedInto()
    {
        Row german = internetRow({}, 30);
        german.country = QStringLiteral("DE");
        german.asn = 3320;
        Row japanese = internetRow({}, 20);
        japanese.country = QStringLiteral("JP");
        japanese.asn = 3320;
        const Row unknown = internetRow({}, 1);
        const QList<UsageGroup> countries = groupRows({german, japanese, unknown}, Grouping::Country);
        QCOMPARE(countries.size(), 3);
        QCOMPARE(countries[0].name, QStringLiteral("Germany"));
        QCOMPARE(groupFilter(countries[0], Grouping::Country, ScopeChoice::Internet),
            (Filter{.scope = QStringLiteral("internet"), .country = QStringLiteral("DE")}));
        QVERIFY(!groupFilter(countries[2], Grouping::Country, ScopeChoice::Internet));
        const QList<UsageGroup> operators = groupRows({german, japanese, unknown}, Grouping::Operator);
        QCOMPARE(operators.size(), 2);
        QCOMPARE(operators[0].name, QStringLiteral("AS3320"));
        QCOMPARE(operators[0].row.numbers.rxRate, german.numbers.rxRate.value() + japanese.numbers.rxRate.value());
        QCOMPARE(groupFilter(operators[0], Grouping::Operator, ScopeChoice::All), (Filter{.asn = 3320}));
        QVERIFY(!groupFilter(operators[1], Grouping::Operator, ScopeChoice::All));
        UsageModel model;
        model.setGroups(countries, Grouping::Country);
        QVERIFY(!model.isKnown(UsageModel::CountryColumn));
        QVERIFY(model.isKnown(UsageModel::OperatorColumn));
    }

    void theFilterFindsPlaces()
    {
        Row row;
        row.remoteIp = QStringLiteral("192.0.2.1");
        row.country = QStringLiteral("DE");
        row.asn = 3320;
        row.asName = QStringLiteral("Deutsche Telekom AG");
        for (const char* const text : {"german", "de", "telekom", "AS3320", " 3320 "})
            QVERIFY2(matchesText(row, row.remoteIp, QString::fromLatin1(text)), text);
        for (const char* const text : {"japan", "AS3321"})
            QVERIFY2(!matchesText(row, row.remoteIp, QString::fromLatin1(text)), text);
    }

    void filterNarrowsWithoutMovingRows()
    {
        UsageModel model;
        UsageFilter filter;
        filter.setSourceModel(&model);
        QAbstractItemModelTester tester(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setGroups(
            groupsOf({internetRow(firefox, 30), internetRow(steam, 20), internetRow(chat, 1)}), Grouping::App);
        filter.setText(QStringLiteral(" e"));
        QCOMPARE(names(filter), QStringList({firefox, steam}));
        QCOMPARE(sumOf(filter.shownGroups()).rxBytes, 50ULL);
        model.setGroups(
            groupsOf({internetRow(firefox, 30), internetRow(steam, 99), internetRow(chat, 1)}), Grouping::App);
        QCOMPARE(names(filter), QStringList({firefox, steam}));
        filter.setText({});
        QCOMPARE(filter.rowCount(), 3);
    }
};

QTEST_GUILESS_MAIN(TestUsageModel)
#include "tst_usagemodel.moc"
