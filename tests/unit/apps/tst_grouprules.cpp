// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/grouprules.h"
#include "helper/apps/pattern.h"

#include <QTest>

using namespace bwt;

class GroupRulesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aPatternTakesWhatItSays_data()
    {
        QTest::addColumn<QByteArray>("pattern");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("found"); // null where it doesn't fit
        const auto row = [](const char* pattern, const char* text, const QByteArray& found) {
            QTest::addRow("%s %s", pattern, text) << QByteArray(pattern) << QByteArray(text) << found;
        };
        row("dbus.service", "dbus.service", "");
        row("dbus.service", "dbus.services", {});
        row("app-{=}-{}.scope", "app-firefox-12.scope", "firefox");
        row("app-{=}-{}.scope", "app-gnome-firefox-12.scope", {});
        row("app-{=}-{}.scope", "app--12.scope", {});
        row("app-flatpak-{=*}-{}.scope", "app-flatpak-org.a-b-12.scope", "org.a-b");
        row("snap.{=.}.{*}", "snap.lxd.daemon.service", "lxd");
        row("snap.{=.}.{*}", "snap.lxd", {});
        row("docker-{=#}.scope", "docker-0123456789ab.scope", "0123456789ab");
        row("docker-{=#}.scope", "docker-0123456789a.scope", {}); // too short
        row("docker-{=#}.scope", "docker-0123456789AB.scope", {});
        row("docker/{=#}", "docker/0123456789ab", "0123456789ab");
        row("docker/{=#}", "docker/0123456789ab/x", {});
        row("{*}", "", {});
    }
    void aPatternTakesWhatItSays()
    {
        QFETCH(const QByteArray, pattern);
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, found);
        const auto matched = match(pattern, text);
        QCOMPARE(matched.has_value(), !found.isNull());
        QCOMPARE(matched.value_or(QByteArray()), found);
    }

    void theOutermostClaimIsFirst()
    {
        const std::vector<Claim> wanted{{ClaimKind::Docker, "0123456789ab"}, {ClaimKind::Service, "cron"}};
        QVERIFY(claimsOf("/docker/0123456789ab/system.slice/cron.service") == wanted);
    }

    void aUsersUnitIsNotTheSystems()
    {
        const QByteArray user("/user.slice/user-1000.slice/user@1000.service/app.slice/");
        QVERIFY(
            claimsOf(QByteArray(user + "nginx.service")) == (std::vector<Claim>{{ClaimKind::UserService, "nginx"}}));
        QVERIFY(claimsOf("/system.slice/nginx.service") == (std::vector<Claim>{{ClaimKind::Service, "nginx"}}));
        QVERIFY(claimsOf("/system.slice/app-nginx-1.scope").empty());
    }

    void whatIsNoUnitsClaimsNothing()
    {
        for (const char* path : {"", "/", "/user.slice/user-1000.slice/session-2.scope", "/init.scope", "//", "/../x",
                 "/system.slice/dbus.service", "/user.slice/user-0.slice/user@0.service/init.scope"})
            QVERIFY2(claimsOf(path).empty(), path);
    }

    void escapesAreUndoneWhereTheyAreWhole_data()
    {
        QTest::addColumn<QByteArray>("unit");
        QTest::addColumn<QByteArray>("plain");
        QTest::newRow("none") << QByteArray("a-b.c") << QByteArray("a-b.c");
        QTest::newRow("dash") << QByteArray("a\\x2db") << QByteArray("a-b");
        QTest::newRow("zero") << QByteArray("\\x00") << QByteArray("\0", 1);
        QTest::newRow("cut short") << QByteArray("a\\x2") << QByteArray("a\\x2");
        QTest::newRow("no digits") << QByteArray("\\xzz\\x2Z") << QByteArray("\\xzz\\x2Z");
        QTest::newRow("in a row") << QByteArray("\\x5cx2d") << QByteArray("\\x2d");
    }
    void escapesAreUndoneWhereTheyAreWhole()
    {
        QFETCH(const QByteArray, unit);
        QTEST(unescaped(unit), "plain");
    }

    void anInstanceThatIsASettingStays_data()
    {
        QTest::addColumn<QByteArray>("unit");
        QTest::addColumn<QByteArray>("title");
        QTest::newRow("setting") << QByteArray("openvpn@work") << QByteArray("openvpn@work");
        QTest::newRow("version") << QByteArray("postgresql@15-main") << QByteArray("postgresql@15-main");
        QTest::newRow("number") << QByteArray("user-runtime-dir@1000") << QByteArray("user-runtime-dir@1000");
        QTest::newRow("connection") << QByteArray("sshd@5-192.0.2.1:22-192.0.2.9:5") << QByteArray("sshd");
        QTest::newRow("IPv6") << QByteArray("sshd@12-2001:db8::1:22-2001:db8::2:5") << QByteArray("sshd");
        QTest::newRow("local") << QByteArray("agent@7-1234-1000") << QByteArray("agent");
        QTest::newRow("template") << QByteArray("agent@") << QByteArray("agent");
        QTest::newRow("no template") << QByteArray("@a") << QByteArray("@a");
    }
    void anInstanceThatIsASettingStays()
    {
        QFETCH(const QByteArray, unit);
        QTEST(unitTitle(unit), "title");
    }
};

QTEST_GUILESS_MAIN(GroupRulesTest)
#include "tst_grouprules.moc"
