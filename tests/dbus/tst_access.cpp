// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/names.h"
#include "dbus/row.h"
#include "tests/dbus/fakepolkit.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/polkitdaemon.h"
#include "tests/dbus/privatebus.h"
#include "tests/dbus/recording.h"

#include <QDBusPendingCall>
#include <QDBusUnixFileDescriptor>
#include <QFile>
#include <QMap>
#include <QTest>
#include <QXmlStreamReader>

#include <sys/mman.h>
#include <unistd.h>

using namespace bwt;
using namespace bwt::test;

namespace {

constexpr uid_t grantedUser = alice;
constexpr uid_t deniedUser = bob;
constexpr uid_t ordinaryUser = carol; ///< gets what the policy gives without any rule

const QString rules = QStringLiteral(R"(
polkit.addRule(function(action, subject) {
    if (action.id.indexOf("org.bandwidthtracker.helper1.") != 0)
        return polkit.Result.NOT_HANDLED;
    if (subject.user == "alice")
        return polkit.Result.YES;
    if (subject.user == "bob")
        return polkit.Result.NO;
    return polkit.Result.NOT_HANDLED;
});
)");

enum class Needs { View, Manage };

struct Method {
    Needs needs;
    QVariantList arguments;
};

/// Every method of the XML, with what it needs and a call that is right in all its arguments.
const QMap<QString, Method>& methods()
{
    const QVariant since = qulonglong(1'700'000'000'000);
    const QVariant now = qulonglong(0);
    const QVariant by = QStringList{QStringLiteral("process")};
    const QVariant hour = QStringLiteral("day");
    const QVariant all = QVariant::fromValue(Filter());
    const QVariant limit = 10U;
    const QVariant none = QString();
    const QVariant app = QStringLiteral("/usr/bin/curl");
    const QVariant otherApp = QStringLiteral("/usr/bin/wget");
    const int memory = memfd_create("export", MFD_CLOEXEC);
    const QVariant file = QVariant::fromValue(QDBusUnixFileDescriptor(memory)); // has its own from now on
    close(memory);
    static const QMap<QString, Method> table{
        {QStringLiteral("GetTotals"), {Needs::View, {by}}},
        {QStringLiteral("Top"), {Needs::View, {since, now, by, limit}}},
        {QStringLiteral("Series"), {Needs::View, {since, now, hour, by, all, limit}}},
        {QStringLiteral("Breakdown"), {Needs::View, {since, now, by, all, limit}}},
        {QStringLiteral("Status"), {Needs::View, {}}},
        {QStringLiteral("Subscribe"), {Needs::View, {by, limit}}},
        {QStringLiteral("Unsubscribe"), {Needs::View, {}}},
        {QStringLiteral("Pause"), {Needs::Manage, {}}},
        {QStringLiteral("Resume"), {Needs::Manage, {}}},
        {QStringLiteral("Clear"), {Needs::Manage, {since, now, none, none}}},
        {QStringLiteral("Export"), {Needs::View, {file, since, now, hour, by, all, QStringLiteral("csv")}}},
        {QStringLiteral("Events"), {Needs::View, {since, now}}},
        {QStringLiteral("Apps"), {Needs::View, {}}},
        {QStringLiteral("RenameApp"), {Needs::Manage, {app, QStringLiteral("Fetcher")}}},
        {QStringLiteral("MergeApp"), {Needs::Manage, {app, otherApp}}},
        {QStringLiteral("ResetApp"), {Needs::Manage, {app}}},
        {QStringLiteral("GetSettings"), {Needs::View, {}}},
        {QStringLiteral("SetSetting"), {Needs::Manage, {QStringLiteral("keep-hours"), QStringLiteral("400")}}},
    };
    return table;
}

QStringList methodsInXml()
{
    QFile file(QStringLiteral(BWT_DBUS_XML));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QStringList found;
    for (QXmlStreamReader xml(&file); !xml.atEnd(); xml.readNext()) {
        if (xml.isStartElement() && xml.name() == QLatin1StringView("method"))
            found.append(xml.attributes().value(QLatin1StringView("name")).toString());
    }
    found.sort();
    return found;
}

QString outcome(const QDBusMessage& reply)
{
    if (reply.type() == QDBusMessage::ReplyMessage)
        return QStringLiteral("done");
    const QString name = reply.errorName();
    return name.startsWith(names::errorPrefix) ? name.mid(names::errorPrefix.size()) : name;
}

const QString done = QStringLiteral("done");
const QString notAuthorized = QStringLiteral("NotAuthorized");
const QString authorizationNeeded = QStringLiteral("AuthorizationNeeded");

} // namespace

/// Who may call what. Each test runs over every method.
class AccessTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_bus.start());
        const QString recording = writeRecording(m_bus.directory() + QStringLiteral("/recording"),
            {{0, 100, grantedUser, QStringLiteral("curl"), 1, 2},
                {0, 101, grantedUser, QStringLiteral("wget"), 3, 4}});
        m_helper = std::make_unique<HelperProcess>(m_bus);
        QVERIFY(m_helper->start({QStringLiteral("--backend"), QStringLiteral("replay:") + recording}));
    }

    void cleanupTestCase() { QCOMPARE(m_helper->stop(), 0); }

    void everyMethodOfTheInterfaceIsInTheTable() { QCOMPARE(methodsInXml(), QStringList(methods().keys())); }

    void rootMayAll_data() { rows(); }
    void rootMayAll()
    {
        PolkitDaemon polkit(m_bus);
        QVERIFY(polkit.start(rules));
        QCOMPARE(callAs(0), done);
    }

    void rootMayAllWithoutPolkit_data() { rows(); }
    void rootMayAllWithoutPolkit() { QCOMPARE(callAs(0), done); }

    void aGrantedUserMayAll_data() { rows(); }
    void aGrantedUserMayAll()
    {
        PolkitDaemon polkit(m_bus);
        QVERIFY(polkit.start(rules));
        QCOMPARE(callAs(grantedUser), done);
    }

    void aDeniedUserMayNothing_data() { rows(); }
    void aDeniedUserMayNothing()
    {
        PolkitDaemon polkit(m_bus);
        QVERIFY(polkit.start(rules));
        QCOMPARE(callAs(deniedUser), notAuthorized);
        QCOMPARE(callAs(deniedUser, Ask::Allowed), notAuthorized);
    }

    void anOrdinaryUserMayViewAndIsToldWhatAskingCouldGive_data() { rows(); }
    void anOrdinaryUserMayViewAndIsToldWhatAskingCouldGive()
    {
        QFETCH(const bool, needsManage);
        PolkitDaemon polkit(m_bus);
        QVERIFY(polkit.start(rules));
        QCOMPARE(callAs(ordinaryUser), needsManage ? authorizationNeeded : done);
        // Polkit may ask now, but nobody is there to be asked.
        QCOMPARE(callAs(ordinaryUser, Ask::Allowed), needsManage ? notAuthorized : done);
    }

    void withoutPolkitNobodyMayAnything_data() { rows(); }
    void withoutPolkitNobodyMayAnything() { QCOMPARE(callAs(grantedUser), notAuthorized); }

    void whenPolkitDiesWhileAskedTheAnswerIsNo_data() { rows(); }
    void whenPolkitDiesWhileAskedTheAnswerIsNo()
    {
        FakePolkit polkit(m_bus);
        QVERIFY(polkit.start());
        const QDBusPendingCall pending = beginAs(grantedUser);
        QTRY_COMPARE(polkit.waiting(), 1);
        QVERIFY(!pending.isFinished());
        polkit.die();
        QTRY_VERIFY(pending.isFinished());
        QCOMPARE(outcome(pending.reply()), notAuthorized);
    }

    void aSlowPolkitHoldsUpItsCallerAlone_data() { rows(); }
    void aSlowPolkitHoldsUpItsCallerAlone()
    {
        FakePolkit polkit(m_bus);
        QVERIFY(polkit.start());
        const QDBusPendingCall pending = beginAs(grantedUser);
        QTRY_COMPARE(polkit.waiting(), 1);
        QCOMPARE(callAs(0), done);
        QVERIFY(!pending.isFinished());
        polkit.answerAtOnce(true);
        QTRY_VERIFY(pending.isFinished());
        QCOMPARE(outcome(pending.reply()), done);
    }

    void aPolkitThatNeverAnswersMeansNoBeforeTheCallerGivesUp()
    {
        FakePolkit polkit(m_bus);
        QVERIFY(polkit.start());
        const auto status = QDBusMessage::createMethodCall(
            QString(names::service), QString(names::object), QString(names::interface), QStringLiteral("Status"));
        const QDBusPendingCall pending = m_bus.connectAs(grantedUser).asyncCall(status);
        QTRY_VERIFY_WITH_TIMEOUT(pending.isFinished(), 12'000); // twice that is what a client waits for rows
        QCOMPARE(outcome(pending.reply()), notAuthorized);
    }

    void polkitIsAskedByBusNameAtEveryCall_data() { rows(); }
    void polkitIsAskedByBusNameAtEveryCall()
    {
        QFETCH(const QString, method);
        QFETCH(const bool, needsManage);
        FakePolkit polkit(m_bus);
        QVERIFY(polkit.start());
        polkit.answerAtOnce(true);
        const QDBusConnection user = m_bus.connectAs(grantedUser);
        for (int round = 1; round <= 2; ++round) {
            QCOMPARE(outcome(call(user, method, methods().value(method).arguments)), done);
            const QString action = QStringLiteral("org.bandwidthtracker.helper1.")
                + (needsManage ? QStringLiteral("manage") : QStringLiteral("view"));
            const QString question = QStringLiteral("system-bus-name %1 %2").arg(user.baseService(), action);
            QCOMPARE(polkit.questions().count(question), round);
        }
    }

    void onASessionBusTheHelpersOwnUserMayAllAndOthersNothing()
    {
        PrivateBus session;
        QVERIFY(session.start());
        FakePolkit polkit(session);
        QVERIFY(polkit.start());
        polkit.answerAtOnce(true);
        HelperProcess helper(session);
        helper.setVariable(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"), session.address());
        QVERIFY(helper.start({QStringLiteral("--bus"), QStringLiteral("session"), QStringLiteral("--backend"),
            QStringLiteral("replay:") + m_bus.directory() + QStringLiteral("/recording")}));
        for (auto [name, method] : methods().asKeyValueRange()) {
            QCOMPARE(outcome(call(session.connectAs(0), name, method.arguments)), done);
            QCOMPARE(outcome(call(session.connectAs(grantedUser), name, method.arguments)), notAuthorized);
        }
        QVERIFY(polkit.questions().isEmpty());
        QCOMPARE(helper.stop(), 0);
    }

private:
    void rows() const
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<bool>("needsManage");
        for (auto [name, method] : methods().asKeyValueRange())
            QTest::addRow("%s", qPrintable(name)) << name << (method.needs == Needs::Manage);
    }

    [[nodiscard]] QString callAs(uid_t user, Ask ask = Ask::Never)
    {
        const QString method = currentMethod();
        return outcome(call(m_bus.connectAs(user), method, methods().value(method).arguments, ask));
    }

    [[nodiscard]] QDBusPendingCall beginAs(uid_t user)
    {
        const QString method = currentMethod();
        auto message = QDBusMessage::createMethodCall(
            QString(names::service), QString(names::object), QString(names::interface), method);
        message.setArguments(methods().value(method).arguments);
        return m_bus.connectAs(user).asyncCall(message);
    }

    static QString currentMethod() { return QString::fromLatin1(QTest::currentDataTag()); }

    PrivateBus m_bus;
    std::unique_ptr<HelperProcess> m_helper;
};

QTEST_GUILESS_MAIN(AccessTest)
#include "tst_access.moc"
