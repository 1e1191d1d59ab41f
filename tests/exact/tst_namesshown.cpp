// SPDX-License-Identifier: GPL-3.0-or-later
// What programs asked a real name server (dnsmasq) for is what the real helper calls their remotes, for bwtctl and in
// the history. BWT_TEST_BACKEND names the backend ("auto" otherwise).
#include "asker.h"
#include "meter.h"
#include "nameserver.h"
#include "sockets.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/privatebus.h"
#include "veth.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <arpa/inet.h>
#include <csignal>
#include <map>

using namespace bwt;

namespace {

using Names = std::map<QString, QString>; ///< by remote address; null where there is none

constexpr int commitsWithinMs = 20'000;

} // namespace

class NamesShownTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void aProgramsRemotesHaveTheNameThatItAskedFor();
    void aliasesReadAsWhatWasAskedFor();
    void twoNamesOfOneAddressAreKeptApartByProcess();
    void tablesAndExportsShowNames();
    void whatNobodyAskedForIsLookedUpOnRequestAndMarked();
    void theHistoryKeepsNamesOverARestart();

private:
    [[nodiscard]] bool startHelper();
    /// What bwtctl prints.
    [[nodiscard]] QByteArray print(const QStringList& arguments) const;
    /// What a command has for a process's remotes.
    [[nodiscard]] Names namesOf(const QStringList& command, pid_t pid) const;
    /// Of what is counted now, and of the last day.
    [[nodiscard]] Names live(pid_t pid) const
    {
        return namesOf({QStringLiteral("totals"), QStringLiteral("--by"), QStringLiteral("process,remote")}, pid);
    }
    [[nodiscard]] Names recorded(pid_t pid) const
    {
        return namesOf({QStringLiteral("top"), QStringLiteral("--by"), QStringLiteral("process,remote"),
                           QStringLiteral("--limit"), QStringLiteral("10000")},
            pid);
    }
    /// A program that sends to where the name leads.
    [[nodiscard]] std::unique_ptr<Asker> visit(const char* name, const char* comm) const
    {
        return std::make_unique<Asker>(name, m_cable->far4, QByteArray(), Asker::Then::Send, comm);
    }
    /// The name server itself isn't asked for by name.
    [[nodiscard]] Names both(const char* name) const
    {
        return {{m_cable->far4, QString::fromLatin1(name)}, {m_cable->far6, QString::fromLatin1(name)}};
    }

    std::optional<Veth> m_cable;
    std::optional<NameServer> m_server;
    QString m_printer; ///< an address whose name nobody asks for
    test::PrivateBus m_bus;
    test::ServiceManager m_manager;
    std::optional<test::HelperProcess> m_helper;
};

void NamesShownTest::initTestCase()
{
    m_cable.emplace();
    QCOMPARE(m_cable->problem(), QString());
    m_printer = m_cable->far4.chopped(1) + QLatin1Char('3');
    const auto record = [&](const char* name) {
        return QStringLiteral("--host-record=%1,%2,%3").arg(QLatin1StringView(name), m_cable->far4, m_cable->far6);
    };
    m_server.emplace(m_cable->netns, QStringList{m_cable->far4},
        QStringList{QStringLiteral("--local=/bwt.test/"), record("www.bwt.test"), record("video.bwt.test"),
            record("mail.bwt.test"), record("node7.cdn.bwt.test"),
            QStringLiteral("--host-record=printer.bwt.test,") + m_printer,
            QStringLiteral("--cname=shop.bwt.test,node7.cdn.bwt.test")});
    QVERIFY(m_bus.start());
    m_helper.emplace(m_bus);
    m_helper->setServiceManager(m_manager);
    QVERIFY(startHelper());
}

void NamesShownTest::cleanupTestCase()
{
    m_helper.reset();
    m_server.reset();
    m_cable.reset();
}

bool NamesShownTest::startHelper()
{
    return m_helper->start({QStringLiteral("--backend"), backendToTest()});
}

QByteArray NamesShownTest::print(const QStringList& arguments) const
{
    // Asks the name server of the test, in a mount namespace of its own.
    const QString script = QStringLiteral("mount -t tmpfs none /etc && echo hosts: dns >/etc/nsswitch.conf && "
                                          "echo nameserver \"$1\" >/etc/resolv.conf && shift && exec \"$@\"");
    QProcess bwtctl;
    bwtctl.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    bwtctl.start(QStringLiteral("unshare"),
        QStringList{QStringLiteral("--mount"), QStringLiteral("sh"), QStringLiteral("-c"), script,
            QStringLiteral("sh"), m_cable->far4, QStringLiteral(BWT_CTL), QStringLiteral("--bus"), m_bus.address()}
            + arguments);
    return bwtctl.waitForFinished() && bwtctl.exitCode() == 0 ? bwtctl.readAllStandardOutput() : QByteArray();
}

Names NamesShownTest::namesOf(const QStringList& command, pid_t pid) const
{
    const QByteArray json = print(QStringList(QStringLiteral("--json")) + command);
    const QJsonArray rows = QJsonDocument::fromJson(json).object()[QLatin1StringView("rows")].toArray();
    Names names;
    for (const auto& value : rows) {
        const QJsonObject row = value.toObject();
        if (row[QLatin1StringView("pid")].toInteger() == pid)
            names[row[QLatin1StringView("remote_ip")].toString()] = row[QLatin1StringView("remote_name")].toString();
    }
    return names;
}

void NamesShownTest::aProgramsRemotesHaveTheNameThatItAskedFor()
{
    const auto program = visit("www.bwt.test", "browser");
    QCOMPARE(program->addresses(), 2);
    QCOMPARE(live(program->pid()), both("www.bwt.test"));
    QTRY_COMPARE_WITH_TIMEOUT(recorded(program->pid()), both("www.bwt.test"), commitsWithinMs);
}

void NamesShownTest::aliasesReadAsWhatWasAskedFor()
{
    const auto program = visit("shop.bwt.test", "shopper");
    QCOMPARE(program->addresses(), 2);
    QCOMPARE(live(program->pid()), both("shop.bwt.test"));
}

void NamesShownTest::twoNamesOfOneAddressAreKeptApartByProcess()
{
    const auto player = visit("video.bwt.test", "player");
    const auto mailer = visit("mail.bwt.test", "mailer");
    QCOMPARE(live(player->pid()), both("video.bwt.test"));
    QCOMPARE(live(mailer->pid()), both("mail.bwt.test"));
    QTRY_COMPARE_WITH_TIMEOUT(recorded(player->pid()), both("video.bwt.test"), commitsWithinMs);
    QTRY_COMPARE_WITH_TIMEOUT(recorded(mailer->pid()), both("mail.bwt.test"), commitsWithinMs);
}

void NamesShownTest::tablesAndExportsShowNames()
{
    const auto mailer = visit("mail.bwt.test", "mailer");
    QCOMPARE(mailer->addresses(), 2);
    QVERIFY(print({QStringLiteral("ips")}).contains("mail.bwt.test"));
    QTRY_COMPARE_WITH_TIMEOUT(recorded(mailer->pid()), both("mail.bwt.test"), commitsWithinMs);
    const QByteArray players = print({QStringLiteral("top"), QStringLiteral("--by"), QStringLiteral("process,remote"),
        QStringLiteral("--remote"), QStringLiteral("video.bwt.test")});
    QVERIFY(players.contains("player"));
    QVERIFY(!players.contains("mailer"));
    const QByteArray table = print({QStringLiteral("export"), QStringLiteral("--format"), QStringLiteral("csv")});
    QVERIFY(table.contains(QByteArray(',' + m_cable->far6.toLatin1() + ",mail.bwt.test,")));
    QVERIFY(table.contains(QByteArray(',' + m_cable->far6.toLatin1() + ",video.bwt.test,")));
}

void NamesShownTest::whatNobodyAskedForIsLookedUpOnRequestAndMarked()
{
    const sockets::Socket socket(AF_INET, SOCK_DGRAM);
    sockaddr_in printer{};
    printer.sin_family = AF_INET;
    printer.sin_port = htons(9);
    QCOMPARE(inet_pton(AF_INET, m_printer.toLatin1().constData(), &printer.sin_addr), 1);
    QCOMPARE(sendto(socket.fd(), "page", 4, 0, reinterpret_cast<const sockaddr*>(&printer), sizeof printer), 4);
    const auto rowOf = [&](const QStringList& options) {
        const QByteArray json = print(
            QStringList{QStringLiteral("--json"), QStringLiteral("ips"), QStringLiteral("--remote"), m_printer}
            + options);
        return QJsonDocument::fromJson(json)[QLatin1StringView("rows")][0].toObject();
    };
    QTRY_COMPARE(rowOf({})[QLatin1StringView("remote_ip")].toString(), m_printer); // as of the last tick
    QVERIFY(!rowOf({}).contains(QLatin1StringView("reverse_name")));
    const QJsonObject resolved = rowOf({QStringLiteral("--resolve")});
    QVERIFY(resolved[QLatin1StringView("remote_name")].isNull());
    QCOMPARE(resolved[QLatin1StringView("reverse_name")].toString(), QStringLiteral("printer.bwt.test"));
    QVERIFY(print({QStringLiteral("ips"), QStringLiteral("--resolve")}).contains("printer.bwt.test (reverse)"));
}

void NamesShownTest::theHistoryKeepsNamesOverARestart()
{
    const auto player = visit("video.bwt.test", "player");
    const auto mailer = visit("mail.bwt.test", "mailer");
    QTRY_COMPARE_WITH_TIMEOUT(recorded(player->pid()), both("video.bwt.test"), commitsWithinMs);
    QTRY_COMPARE_WITH_TIMEOUT(recorded(mailer->pid()), both("mail.bwt.test"), commitsWithinMs);
    m_helper->signal(SIGKILL);
    static_cast<void>(m_helper->waitForEnd()); // by the signal
    QVERIFY(startHelper());
    QCOMPARE(live(player->pid()), both("video.bwt.test"));
    QCOMPARE(live(mailer->pid()), both("mail.bwt.test"));
    QTRY_COMPARE_WITH_TIMEOUT(recorded(player->pid()), both("video.bwt.test"), commitsWithinMs);
    QTRY_COMPARE_WITH_TIMEOUT(recorded(mailer->pid()), both("mail.bwt.test"), commitsWithinMs);
}

QTEST_GUILESS_MAIN(NamesShownTest)
#include "tst_namesshown.moc"
