// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/visibility.h"

#include <QTemporaryFile>
#include <QTest>

using namespace bwt;

class VisibleUidsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theSystemIsEveryonesToSee()
    {
        const Visibility visibility = Visibility::ofUids({});
        for (const std::uint32_t uid : {0U, 999U, 61184U, 65519U})
            QVERIFY(visibility.sees(uid));
        for (const std::uint32_t uid : {1000U, 61183U, 65520U, 65534U, 0xffffffffU})
            QVERIFY(!visibility.sees(uid));
        QVERIFY(Visibility::everyone().sees(0xffffffffU));
    }

    void subordinateUidsBelongToTheirOwner()
    {
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write("root:100000:10\n"
                   "3000:200000:5\n"
                   "someone:300000:65536\n"
                   "3000:broken:5\n"
                   "3000:4294967295:2\n"
                   "3000:7:0\n");
        QVERIFY(file.flush());

        const Visibility byNumber = Visibility::ofUser(3000, file.fileName());
        QVERIFY(byNumber.sees(3000));
        QVERIFY(byNumber.sees(200000));
        QVERIFY(byNumber.sees(200004));
        QVERIFY(!byNumber.sees(200005));
        QVERIFY(!byNumber.sees(100000));
        QVERIFY(!byNumber.sees(300000));
        QVERIFY(!byNumber.sees(0xffffffffU));

        const Visibility byName = Visibility::ofUser(0, file.fileName());
        QVERIFY(byName.sees(100009));
        QVERIFY(!byName.sees(100010));
    }

    void withoutAListThereIsOnlyOneself()
    {
        const Visibility visibility = Visibility::ofUser(3000, QStringLiteral("/nowhere/subuid"));
        QVERIFY(visibility.sees(3000));
        QVERIFY(!visibility.sees(3001));
    }

    void rangesAreWhatIsSeen()
    {
        const Visibility visibility = Visibility::ofUids({{3000, 3001}});
        const auto ranges = visibility.ranges();
        for (std::uint32_t uid = 0; uid < 70'000; ++uid) {
            const bool listed = std::ranges::any_of(
                ranges, [uid](const auto& range) { return range.first <= uid && uid <= range.second; });
            QCOMPARE(listed, visibility.sees(uid));
        }
    }
};

QTEST_GUILESS_MAIN(VisibleUidsTest)
#include "tst_visibleuids.moc"
