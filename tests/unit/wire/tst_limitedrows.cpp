// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/limitedrows.h"

#include <QTest>

using namespace bwt;

namespace {

Row row(const char* name, const char* scope, quint64 txBytes, RowKind kind = RowKind::Named)
{
    Row made;
    made.kind = kind;
    if (kind == RowKind::Named)
        made.appName = QString::fromLatin1(name);
    made.scope = QString::fromLatin1(scope);
    made.numbers.txBytes = txBytes;
    return made;
}

Row rest(const char* scope, quint64 txBytes)
{
    return row("", scope, txBytes, RowKind::Rest);
}

Row others(const char* scope, quint64 txBytes)
{
    return row("", scope, txBytes, RowKind::OtherUsers);
}

} // namespace

class LimitedRowsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void withoutALimitNothingIsSummed()
    {
        const QList<Row> rows{row("a", "lan", 3), others("lan", 2), row("b", "lan", 1)};
        QCOMPARE(limitedTo(0, rows), rows);
        QCOMPARE(limitedTo(2, rows), rows);
    }

    void whatIsPastTheLimitIsSummedByScope()
    {
        QCOMPARE(
            limitedTo(1, {row("a", "lan", 9), row("b", "internet", 5), row("c", "lan", 3), row("d", "internet", 2)}),
            (QList<Row>{row("a", "lan", 9), rest("internet", 7), rest("lan", 3)}));
    }

    void otherPeoplesSumsAreKeptAndDoNotCount()
    {
        QCOMPARE(limitedTo(1, {others("lan", 9), row("a", "lan", 5), row("b", "lan", 3), others("internet", 1)}),
            (QList<Row>{others("lan", 9), row("a", "lan", 5), others("internet", 1), rest("lan", 3)}));
    }

    void whatWasSummedBeforeStaysSummed()
    {
        QCOMPARE(
            limitedTo(5, {row("a", "lan", 5), rest("lan", 3)}), (QList<Row>{row("a", "lan", 5), rest("lan", 3)}));
        QCOMPARE(limitedTo(1, {row("a", "lan", 5), row("b", "lan", 4), rest("lan", 3)}),
            (QList<Row>{row("a", "lan", 5), rest("lan", 7)}));
    }
};

QTEST_GUILESS_MAIN(LimitedRowsTest)
#include "tst_limitedrows.moc"
