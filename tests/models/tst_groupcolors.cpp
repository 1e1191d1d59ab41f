// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/groupcolors.h"

#include <QSet>
#include <QTest>

using namespace bwt;

namespace {

/// Groups "0" to "count - 1", the first the heaviest.
QHash<QString, double> weights(int count)
{
    QHash<QString, double> weights;
    for (int i = 0; i < count; ++i)
        weights.insert(QString::number(i), 1000.0 - i);
    return weights;
}

} // namespace

class TestGroupColors : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theBiggestHaveAColourEachAndTheRestNone()
    {
        GroupColors colors;
        colors.weigh(weights(GroupColors::colorCount + 2));
        QSet<int> used;
        for (int i = 0; i < GroupColors::colorCount; ++i)
            used.insert(colors.indexOf(QString::number(i)).value());
        QCOMPARE(used.size(), GroupColors::colorCount);
        QVERIFY(!colors.indexOf(QString::number(GroupColors::colorCount)));
    }

    void aColourStaysWhileItsGroupIsBig()
    {
        GroupColors colors;
        colors.weigh(weights(GroupColors::colorCount));
        const auto before = colors.indexOf(QStringLiteral("3"));
        QHash<QString, double> changed = weights(GroupColors::colorCount);
        changed[QStringLiteral("3")] = 5000;
        changed[QStringLiteral("newcomer")] = 996; // a little more than the lightest
        colors.weigh(changed);
        QCOMPARE(colors.indexOf(QStringLiteral("3")), before);
        QVERIFY(!colors.indexOf(QStringLiteral("newcomer")));
    }

    void aClearlyHeavierNewcomerTakesTheLightestsColour()
    {
        GroupColors colors;
        colors.weigh(weights(GroupColors::colorCount));
        const QString lightest = QString::number(GroupColors::colorCount - 1);
        const auto freed = colors.indexOf(lightest);
        QHash<QString, double> changed = weights(GroupColors::colorCount);
        changed[QStringLiteral("newcomer")] = 9000;
        colors.weigh(changed);
        QVERIFY(!colors.indexOf(lightest));
        QCOMPARE(colors.indexOf(QStringLiteral("newcomer")), freed);
    }

    void silentGroupsGiveTheirColourBack()
    {
        GroupColors colors;
        colors.weigh(weights(2));
        colors.weigh(weights(1));
        QCOMPARE(colors.groups(), QStringList({QStringLiteral("0")}));
    }
};

QTEST_GUILESS_MAIN(TestGroupColors)
#include "tst_groupcolors.moc"
