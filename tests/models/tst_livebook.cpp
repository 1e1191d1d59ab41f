// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/livebook.h"
#include "tests/models/rows.h"

#include <QTest>

using namespace bwt;
using bwt::test::appRow;
using bwt::test::internetRow;

namespace {

const QString firefox = QStringLiteral("Firefox");
const QString steam = QStringLiteral("Steam");
const QString lan = QStringLiteral("lan");

Frame frameOf(const QList<Row>& rows)
{
    Frame frame;
    frame.rows = rows;
    return frame;
}

} // namespace

class TestLiveBook : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void changedRowsReplaceTheirOwnOnly()
    {
        LiveBook book;
        book.apply(frameOf({internetRow(firefox, 10), internetRow(steam, 20)}), true);
        book.apply(frameOf({internetRow(steam, 25)}), false);
        const QList<UsageGroup> groups = book.groups(ScopeChoice::All);
        QCOMPARE(groups.size(), 2);
        QCOMPARE(groups.at(0).row.numbers.rxBytes, 10ULL);
        QCOMPARE(groups.at(1).row.numbers.rxBytes, 25ULL);
    }

    void completeFramesReplaceEverything()
    {
        LiveBook book;
        book.apply(frameOf({internetRow(firefox, 10)}), true);
        book.apply(frameOf({internetRow(steam, 20)}), true);
        QCOMPARE(book.groups(ScopeChoice::All).size(), 1);
    }

    void aRowThatIsFollowedNoLongerLeaves()
    {
        LiveBook book;
        book.apply(frameOf({internetRow(firefox, 10), internetRow(steam, 20), appRow(firefox, lan, 5, 2)}), true);
        Row left = internetRow(firefox, 10);
        left.numbers.rxRate.reset();
        left.numbers.txRate.reset();
        book.apply(frameOf({left, internetRow(steam, 25)}), false);
        QCOMPARE(book.rows(), (QList<Row>{internetRow(steam, 25), appRow(firefox, lan, 5, 2)}));
        book.apply(frameOf({left}), false); // known to nobody
        book.apply(frameOf({appRow(firefox, lan, 6, 1)}), false);
        QCOMPARE(book.rows(), (QList<Row>{internetRow(steam, 25), appRow(firefox, lan, 6, 1)}));
    }

    void ratesAreUnknownInTheFirstFrameOnly()
    {
        Row first = internetRow(firefox, 10);
        first.numbers.rxRate.reset();
        first.numbers.txRate.reset();
        LiveBook book;
        book.apply(frameOf({first}), true);
        QCOMPARE(book.rows(), QList<Row>{first});
    }

    void scopesAddUpAndAreToldApart()
    {
        LiveBook book;
        book.apply(frameOf({internetRow(firefox, 10, 1), appRow(firefox, lan, 5, 2)}), true);
        QCOMPARE(book.groups(ScopeChoice::All).at(0).row.numbers.rxBytes, 15ULL);
        QCOMPARE(book.groups(ScopeChoice::All).at(0).row.numbers.rxRate, 3ULL);
        QCOMPARE(book.groups(ScopeChoice::Internet).at(0).row.numbers.rxBytes, 10ULL);
        QCOMPARE(book.groups(ScopeChoice::Lan).at(0).row.numbers.rxBytes, 5ULL);
    }

    void otherPeopleAreOneRowOfTheirOwn()
    {
        Row others;
        others.kind = RowKind::OtherUsers;
        others.numbers.rxBytes = 7;
        Row nameless;
        nameless.numbers.rxBytes = 3;
        LiveBook book;
        book.apply(frameOf({others, nameless}), true);
        QCOMPARE(book.groups(ScopeChoice::All).size(), 2);
        QVERIFY(!groupFilter(book.groups(ScopeChoice::All).at(0), Grouping::App, ScopeChoice::All));
    }

    void aProcessIsLookedIntoByItsPidAndItsStart()
    {
        Row row;
        row.pid = 42;
        row.startTimeMs = 1'700'000'000'123;
        row.processName = QStringLiteral("curl");
        const UsageGroup group = groupRows({row}, Grouping::Process).constFirst();
        QCOMPARE(groupFilter(group, Grouping::Process, ScopeChoice::All),
            (Filter{.pid = 42, .startTimeMs = 1'700'000'000'123}));
    }

    void unknownNumbersStayUnknownInSums()
    {
        LiveBook book;
        book.apply(frameOf({internetRow(firefox, 10), appRow(firefox, lan, 5, 2)}), true);
        QVERIFY(!book.groups(ScopeChoice::All).at(0).row.numbers.rxPackets);
    }
};

QTEST_GUILESS_MAIN(TestLiveBook)
#include "tst_livebook.moc"
