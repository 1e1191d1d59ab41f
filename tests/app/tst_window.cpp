// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/charts/usagechart.h"
#include "app/client/helperclient.h"
#include "app/models/format.h"
#include "app/models/theme.h"
#include "app/models/usagemodel.h"
#include "app/tray/trayicon.h"
#include "app/views/actions.h"
#include "app/views/barlist.h"
#include "app/views/card.h"
#include "app/views/diagnosispage.h"
#include "app/views/elidedlabel.h"
#include "app/views/factlist.h"
#include "app/views/mainwindow.h"
#include "app/views/noticeview.h"
#include "app/views/session.h"
#include "app/views/statusline.h"
#include "app/views/usagetable.h"
#include "tests/app/stagedhelper.h"
#include "tests/models/rows.h"
#include "tests/unit/client/restartablebus.h"

#include <QAbstractButton>
#include <QAction>
#include <QCheckBox>
#include <QClipboard>
#include <QInputDialog>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QMenu>
#include <QPointer>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTest>

using namespace bwt;
using bwt::test::appRow;
using bwt::test::internetRow;
using bwt::test::StagedHelper;

namespace {

const QString firefox = QStringLiteral("Firefox");
const QString steam = QStringLiteral("Steam");
const QString notAuthorized = QStringLiteral("org.bandwidthtracker.Helper1.Error.NotAuthorized");
const QString authorizationNeeded = QStringLiteral("org.bandwidthtracker.Helper1.Error.AuthorizationNeeded");

Frame frameOf(qint64 second, const QList<Row>& rows)
{
    const qint64 startMs = QDateTime::currentMSecsSinceEpoch() - 10'000;
    Frame frame;
    frame.sinceMs = startMs + second * 1000;
    frame.untilMs = frame.sinceMs + 1000;
    frame.rows = rows;
    return frame;
}

/// The app as main() puts it together, on a bus of its own.
struct App {
    enum class Start { Shown, Hidden };

    explicit App(const QString& address, const ViewChoice& choice = {}, Start start = Start::Shown)
        : client(address, HelperClient::Activation::Never)
        , session(client, choice)
        , actions(session)
        , window(session, actions)
    {
        if (start == Start::Shown)
            window.show();
        else
            session.setWatched(false);
    }

    template <typename Widget> Widget* find(const char* name)
    {
        return window.findChild<Widget*>(QLatin1StringView(name));
    }
    void click(const char* name) { find<QAbstractButton>(name)->click(); }
    [[nodiscard]] bool says(const char* place, const QString& words)
    {
        const auto* view = find<NoticeView>(place);
        const QString said = view->notice().title % u' ' % view->notice().text;
        return view->isVisible() && said.contains(words);
    }
    [[nodiscard]] QStringList names()
    {
        QStringList names;
        const QAbstractItemModel* rows = find<UsageTable>("usageTable")->model();
        for (int row = 0; row < rows->rowCount(); ++row)
            names.append(rows->index(row, UsageModel::NameColumn).data().toString());
        return names;
    }
    [[nodiscard]] QString diagnosis() { return find<DiagnosisPage>("diagnosisPage")->text(); }
    [[nodiscard]] const QLabel* label(const QString& words)
    {
        for (const auto* label : window.findChildren<QLabel*>())
            if (label->isVisible() && label->text().contains(words))
                return label;
        return nullptr;
    }
    [[nodiscard]] bool shows(const QString& words) { return label(words) != nullptr; }
    [[nodiscard]] QString cell(int row, UsageModel::Column column)
    {
        return find<UsageTable>("usageTable")->model()->index(row, column).data().toString();
    }

    HelperClient client;
    Session session;
    Actions actions;
    MainWindow window;
};

} // namespace

class TestWindow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QStandardPaths::setTestModeEnabled(true); }

    void init()
    {
        m_bus = std::make_unique<RestartableBus>();
        QVERIFY(m_bus->start());
        m_helper = std::make_unique<StagedHelper>(m_bus->address());
    }

    void cleanup()
    {
        m_helper.reset();
        m_bus.reset();
    }

    void programsAndRatesShowWithinATick()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        QCOMPARE(m_helper->subscribedBy(), Dimensions({Dimension::App, Dimension::Scope}));
        m_helper->tick(frameOf(0, {internetRow(firefox, 3'910'000'000, 24'300'000), internetRow(steam, 1000, 0)}));
        QTRY_COMPARE(app.names(), QStringList({firefox, steam}));
        QCOMPARE(app.cell(0, UsageModel::RxBytesColumn), QStringLiteral("3.91 GB"));
        QCOMPARE(app.find<Card>("cardDownload")->number(), QStringLiteral("24.3 MB/s"));
        QTRY_VERIFY(app.find<StatusLine>("statusLine")->text().startsWith(QStringLiteral("Counting")));
        QVERIFY(!app.find<NoticeView>("stripNotice")->isVisible());
    }

    void theDiagnosisTellsWhatEachHookAnswered()
    {
        m_helper->status.backends = {{QStringLiteral("tracepoint"), true, {},
            {{QStringLiteral("tracepoint/sock/sock_send_length"), HookState::Ok, 0},
                {QStringLiteral("cgroup/sendmsg4"), HookState::Refused, EPERM}},
            {}}};
        m_helper->appear();
        App app(m_bus->address());
        app.click("pageDiagnosis");
        QTRY_VERIFY2(app.diagnosis().contains(QStringLiteral("  socket tracepoints: 1 of 2 answer\n"
                                                             "  socket tracepoints: refused: cgroup/sendmsg4 (")),
            qPrintable(app.diagnosis()));
    }

    void theStatusLineTellsHowMuchIsIdentifiedAndItsClickTellsOfEachInterface()
    {
        m_helper->status.identified = 0.9765;
        m_helper->status.books
            = {{QStringLiteral("eth0"), true, {10'000, 10, 9'100, 0, 0, 140, 0}, {50'000, 40, 50'100, 0, 0, 560, 0}}};
        m_helper->appear();
        App app(m_bus->address());
        auto* line = app.find<StatusLine>("statusLine");
        QTRY_VERIFY2(line->text().contains(QStringLiteral("97.6 % identified")), qPrintable(line->text()));
        QTest::mouseClick(line, Qt::LeftButton);
        const QString explained = QStringLiteral("  eth0: 97.6 % of 50.0 kB received and 10.0 kB sent; in nobody's "
                                                 "name: -660 B received, 760 B sent\n");
        QVERIFY2(app.diagnosis().contains(explained), qPrintable(app.diagnosis()));
    }

    void theDiagnosisSaysWhatIsWrongWhatToDoAndWhatWasLost()
    {
        m_helper->status.problem = QStringLiteral("StoreUnavailable");
        m_helper->status.problemDetail = QStringLiteral("disk is full");
        m_helper->status.losses = {{QStringLiteral("lost-tx-bytes"), 1234}, {QStringLiteral("map-full"), 0}};
        m_helper->appear();
        App app(m_bus->address());
        app.window.setPage(Page::Diagnosis);
        QTRY_VERIFY2(app.diagnosis().contains(QStringLiteral("disk is full")), qPrintable(app.diagnosis()));
        QVERIFY(app.diagnosis().contains(QStringLiteral("  lost-tx-bytes: ")));
        QVERIFY(!app.diagnosis().contains(QStringLiteral("map-full")));
        QTRY_VERIFY(app.shows(QStringLiteral("Make room on the disk")));
        m_helper->vanish();
        QTRY_VERIFY2(
            app.diagnosis().contains(QStringLiteral("  Now: Helper not running\n")), qPrintable(app.diagnosis()));
        QTRY_VERIFY(app.shows(QStringLiteral("systemctl start ebpf-bandwidth-tracker")));
    }

    void theDiagnosisTellsTheFilesOfPlacesWhereThereAreSome()
    {
        m_helper->appear();
        App app(m_bus->address());
        app.window.setPage(Page::Diagnosis);
        QTRY_VERIFY(app.diagnosis().contains(QStringLiteral("History\n")));
        QVERIFY(!app.diagnosis().contains(QStringLiteral("Places\n")));
        m_helper->status.placeSources = {{.path = QStringLiteral("/c.mmdb"),
                                             .tellsCountries = true,
                                             .type = QStringLiteral("Countries"),
                                             .builtMs = 1'750'000'000'000},
            {.path = QStringLiteral("/o.mmdb"),
                .tellsOperators = true,
                .problem = QStringLiteral("Io"),
                .problemDetail = QStringLiteral("/o.mmdb can't be read")}};
        app.session.setWatched(false);
        app.session.setWatched(true); // asks for the status
        const QString expected = QStringLiteral("Places\n  /c.mmdb: countries by “Countries” of ")
            % formatMoment(1'750'000'000'000) % QStringLiteral("\n  /o.mmdb: /o.mmdb can't be read\n");
        QTRY_VERIFY2(app.diagnosis().contains(expected), qPrintable(app.diagnosis()));
    }

    void theDiagnosisIsCopiedAsItIsShown()
    {
        m_helper->status.kernel = QStringLiteral("6.12.1-test");
        m_helper->appear();
        App app(m_bus->address());
        app.window.setPage(Page::Diagnosis);
        QTRY_VERIFY(app.diagnosis().contains(QStringLiteral("  Kernel: 6.12.1-test\n")));
        app.click("diagnosisCopy");
        QCOMPARE(QGuiApplication::clipboard()->text(), app.diagnosis());
    }

    void numbersOfTheDiagnosisChangeInPlace()
    {
        m_helper->status.residentBytes = 12'000'000;
        m_helper->appear();
        App app(m_bus->address());
        app.window.setPage(Page::Diagnosis);
        QTRY_VERIFY(app.shows(QStringLiteral("12.0 MB")));
        const QPointer<const QLabel> label = app.label(QStringLiteral("12.0 MB"));
        m_helper->status.residentBytes = 13'000'000;
        QTRY_VERIFY_WITH_TIMEOUT(label.isNull() || label->text() == QStringLiteral("13.0 MB"), 15'000);
        QVERIFY(!label.isNull());
    }

    void settingsAreSentWhenTheirFieldIsLeftAndShowWhatHolds()
    {
        m_helper->settings = {{QStringLiteral("keep-minutes"), QStringLiteral("7"), QStringLiteral("7"),
                                  SettingOrigin::Default, SettingReach::AtOnce},
            {QStringLiteral("wire"), QStringLiteral("on"), QStringLiteral("on"), SettingOrigin::CommandLine,
                SettingReach::NextStart}};
        m_helper->appear();
        App app(m_bus->address());
        app.click("pageSettings");
        const auto days = [&app] { return app.find<QSpinBox>("setting-keep-minutes"); };
        QTRY_VERIFY(days());
        QCOMPARE(days()->value(), 7);
        QVERIFY(!app.find<QCheckBox>("setting-wire")->isEnabled());
        QVERIFY(!app.find<QAbstractButton>("default-keep-minutes"));
        days()->setFocus();
        days()->selectAll();
        QTest::keyClicks(days(), QStringLiteral("14"));
        QCOMPARE(m_helper->count(QStringLiteral("SetSetting")), 0);
        QTest::keyClick(days(), Qt::Key_Return);
        QTRY_VERIFY(app.find<QAbstractButton>("default-keep-minutes"));
        QCOMPARE(m_helper->count(QStringLiteral("SetSetting")), 1);
        QVERIFY(m_helper->mayAsk(QStringLiteral("SetSetting")));
        QCOMPARE(m_helper->lastCall(QStringLiteral("SetSetting")).mid(0, 2),
            QVariantList({QStringLiteral("keep-minutes"), QStringLiteral("14")}));
        QCOMPARE(days()->value(), 14);
        app.click("default-keep-minutes");
        QTRY_COMPARE(m_helper->lastCall(QStringLiteral("SetSetting")).value(1).toString(), QString());
        QTRY_VERIFY(!app.find<QAbstractButton>("default-keep-minutes"));
        QCOMPARE(days()->value(), 7);
    }

    void aRefusedSettingIsSaidAndTheOldOneShown()
    {
        m_helper->settings
            = {{QStringLiteral("totals-only-apps"), {}, {}, SettingOrigin::Default, SettingReach::AtOnce}};
        m_helper->methodError = notAuthorized;
        m_helper->appear();
        App app(m_bus->address());
        app.window.setPage(Page::Settings);
        const auto apps = [&app] { return app.find<QLineEdit>("setting-totals-only-apps"); };
        QTRY_VERIFY(apps());
        apps()->setFocus();
        QTest::keyClicks(apps(), QStringLiteral("firefox"));
        QTest::keyClick(apps(), Qt::Key_Return);
        QTRY_VERIFY(app.shows(QStringLiteral("The system's rules don't let you")));
        QCOMPARE(apps()->text(), QString());
        QCOMPARE(m_helper->count(QStringLiteral("SetSetting")), 1);
    }

    void settingsWaitForTheHelper()
    {
        m_helper->settings = {{QStringLiteral("keep-hours"), QStringLiteral("731"), QStringLiteral("731"),
            SettingOrigin::Default, SettingReach::AtOnce}};
        App app(m_bus->address());
        app.window.setPage(Page::Settings);
        QTRY_VERIFY(app.shows(QStringLiteral("as soon as the helper answers")));
        m_helper->appear();
        QTRY_VERIFY(app.find<QSpinBox>("setting-keep-hours"));
    }

    void pagesFollowTheColoursOfTheDesktop()
    {
        m_helper->appear();
        App app(m_bus->address());
        app.window.setPage(Page::Settings);
        const QString words = QStringLiteral("How the helper counts");
        QTRY_VERIFY(app.shows(words));
        QPalette dark = app.window.palette();
        dark.setColor(QPalette::Base, Qt::black);
        dark.setColor(QPalette::Window, Qt::black);
        dark.setColor(QPalette::Text, Qt::white);
        app.window.setPalette(dark);
        QTRY_COMPARE(app.label(words)->palette().color(QPalette::WindowText), theme::muted(dark));
    }

    void pagesAreReachedByKeysAndEscapeLeadsBack()
    {
        m_helper->appear();
        App app(m_bus->address());
        app.window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&app.window));
        QTest::keyClick(&app.window, Qt::Key_2, Qt::ControlModifier);
        QVERIFY(app.find<QWidget>("diagnosisPage")->isVisible());
        QVERIFY(!app.find<QWidget>("usageTable")->isVisible());
        QTest::keyClick(&app.window, Qt::Key_Escape);
        QVERIFY(!app.find<QWidget>("diagnosisPage")->isVisible());
        QVERIFY(app.find<QAbstractButton>("pageUsage")->isChecked());
    }

    void rowsHoldStillUntilAskedToSort()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(0, {internetRow(firefox, 30), internetRow(steam, 20)}));
        QTRY_COMPARE(app.names(), QStringList({firefox, steam}));
        auto* sortAgain = app.find<QAbstractButton>("sortAgain");
        QVERIFY(!sortAgain->isVisible());
        m_helper->tick(frameOf(1, {internetRow(steam, 90)}));
        QTRY_COMPARE(app.cell(1, UsageModel::RxBytesColumn), QStringLiteral("90 B"));
        QCOMPARE(app.names(), QStringList({firefox, steam}));
        QTRY_VERIFY(sortAgain->isVisible());
        sortAgain->click();
        QCOMPARE(app.names(), QStringList({steam, firefox}));
    }

    void sumsCountInTheHeadlineAndAreNotLookedInto()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        Row rest = internetRow({}, 500, 70);
        rest.kind = RowKind::Rest;
        Row others = internetRow({}, 400, 20);
        others.kind = RowKind::OtherUsers;
        m_helper->tick(frameOf(0, {internetRow(firefox, 30, 7), others, rest}));
        QTRY_COMPARE(app.find<Card>("cardDownload")->number(), QStringLiteral("97 B/s"));
        QCOMPARE(app.names().size(), 3);
        QVERIFY(app.names().contains(QStringLiteral("Everything else")));
        QVERIFY(app.names().contains(QStringLiteral("Other people on this computer")));
        app.session.select(groupKey(rest, Grouping::App));
        QVERIFY(!app.find<BarList>("detailsFirstSection")->isVisible());
        QVERIFY(!app.find<QAbstractButton>("detailsEveryone")->isVisible());
        app.session.select(groupKey(others, Grouping::App));
        QVERIFY(app.find<QAbstractButton>("detailsEveryone")->isVisible());
    }

    void scopesAreKeptApart()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        const QString openvpn = QStringLiteral("openvpn");
        m_helper->tick(frameOf(0,
            {internetRow(firefox, 30), appRow(steam, QStringLiteral("lan"), 20, 5),
                appRow(openvpn, QStringLiteral("tunnel"), 40, 5)}));
        QTRY_COMPARE(app.names(), QStringList({firefox}));
        app.click("scopeLan");
        QCOMPARE(app.names(), QStringList({steam}));
        app.click("scopeTunnel");
        QCOMPARE(app.names(), QStringList({openvpn}));
        app.click("scopeAll");
        QCOMPARE(app.names().size(), 3);
    }

    void theFilterRulesTableCardsAndChart()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(0, {internetRow(firefox, 30, 7), internetRow(steam, 20, 5)}));
        QTRY_COMPARE(app.find<Card>("cardDownload")->number(), QStringLiteral("12 B/s"));
        app.find<QLineEdit>("filter")->setText(QStringLiteral("steam"));
        QCOMPARE(app.names(), QStringList({steam}));
        QCOMPARE(app.find<Card>("cardDownload")->number(), QStringLiteral("5 B/s"));
        QCOMPARE(app.find<UsageChart>("usageChart")->data().bands.constFirst().name, steam);
        app.find<QLineEdit>("filter")->setText(QStringLiteral("nobody"));
        QVERIFY(app.says("rowsNotice", QStringLiteral("Nothing matches")));
    }

    void placesGroupWhereAFileTellsThem()
    {
        PlaceSource source{.path = QStringLiteral("/c"), .tellsCountries = true, .type = QStringLiteral("Test")};
        m_helper->status.placeSources = {source};
        m_helper->appear();
        App app(m_bus->address());
        app.window.resize(1400, 900);
        const auto isOffered = [&](const char* button) { return !app.find<QWidget>(button)->isHidden(); };
        QTRY_VERIFY(isOffered("groupCountry"));
        QVERIFY(!isOffered("groupOperator"));
        app.click("groupCountry");
        QTRY_COMPARE(m_helper->subscribedBy(), Dimensions({Dimension::Country, Dimension::Scope}));
        Row german = internetRow({}, 30);
        german.country = QStringLiteral("DE");
        const Row unknown = internetRow({}, 20);
        m_helper->tick(frameOf(0, {german, unknown}));
        QTRY_COMPARE(app.names(), QStringList({QStringLiteral("Germany"), QStringLiteral("Unknown country")}));
        QVERIFY(app.find<UsageTable>("usageTable")->isColumnHidden(UsageModel::CountryColumn)); // it is the name

        // What is on show stays to choose, whatever became of the file.
        source.tellsCountries = false;
        source.tellsOperators = true;
        m_helper->status.placeSources = {source};
        app.session.setWatched(false);
        app.session.setWatched(true); // asks for the status
        QTRY_VERIFY(isOffered("groupOperator"));
        QVERIFY(isOffered("groupCountry"));
        app.click("groupOperator");
        QTRY_VERIFY(!isOffered("groupCountry"));
        QTRY_COMPARE(m_helper->subscribedBy(), Dimensions({Dimension::Asn, Dimension::Scope}));
        Row network = internetRow({}, 30);
        network.asn = 3320;
        network.asName = QStringLiteral("Deutsche Telekom AG");
        m_helper->tick(frameOf(1, {network}));
        QTRY_COMPARE(app.names(), QStringList({network.asName}));
    }

    void placesHaveColumnsWhereTheyAreKnown()
    {
        m_helper->appear();
        App app(m_bus->address());
        app.window.resize(1400, 900);
        const auto hasColumns = [&] {
            const auto* table = app.find<UsageTable>("usageTable");
            const bool hasCountry = !table->isColumnHidden(UsageModel::CountryColumn);
            return hasCountry == !table->isColumnHidden(UsageModel::OperatorColumn) && hasCountry;
        };
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(0, {internetRow(firefox, 30)}));
        QTRY_COMPARE(app.names(), QStringList({firefox}));
        QVERIFY(!hasColumns());
        QVERIFY(app.find<QWidget>("groupCountry")->isHidden() && app.find<QWidget>("groupOperator")->isHidden());
        app.click("groupHost");
        QTRY_COMPARE(m_helper->subscribedBy(), Dimensions({Dimension::Remote, Dimension::Scope}));
        Row host = internetRow({}, 30);
        host.remoteIp = QStringLiteral("192.0.2.1");
        m_helper->tick(frameOf(0, {host}));
        QTRY_COMPARE(app.names(), QStringList({host.remoteIp}));
        QVERIFY(!hasColumns());
        host.country = QStringLiteral("DE");
        host.asn = 3320;
        host.asName = QStringLiteral("Deutsche Telekom AG");
        m_helper->tick(frameOf(1, {host}));
        QTRY_VERIFY(hasColumns());
        QCOMPARE(app.cell(0, UsageModel::CountryColumn), QStringLiteral("Germany"));
        QCOMPARE(app.cell(0, UsageModel::OperatorColumn), host.asName);
        QTRY_VERIFY(app.find<FactList>("detailsFacts")
                ->facts()
                .contains({QStringLiteral("Network operator"), QStringLiteral("AS3320 Deutsche Telekom AG")}));
        app.find<QLineEdit>("filter")->setText(QStringLiteral("germany"));
        QCOMPARE(app.names(), QStringList({host.remoteIp}));
        app.find<QLineEdit>("filter")->setText(QStringLiteral("japan"));
        QVERIFY(app.names().isEmpty());
    }

    void aMissingHelperIsSaidAndItsComingNoticed()
    {
        App app(m_bus->address());
        QTRY_VERIFY(app.says("pageNotice", QStringLiteral("not running")));
        QCOMPARE(app.find<NoticeView>("pageNotice")->notice().button, Notice::Button::StartHelper);
        m_helper->appear();
        QTRY_VERIFY(m_helper->hasSubscriber());
        QTRY_VERIFY(!app.find<NoticeView>("pageNotice")->isVisible());
        QVERIFY(app.says("rowsNotice", QStringLiteral("Waiting for the first numbers")));
        m_helper->tick(frameOf(0, {}));
        QTRY_VERIFY(app.says("rowsNotice", QStringLiteral("Nothing yet")));
        QCOMPARE(app.find<Card>("cardDownload")->number(), QStringLiteral("0 B/s"));
    }

    void aLostHelperLeavesItsLastNumbersAndComesBack()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(0, {internetRow(firefox, 30, 7)}));
        QTRY_COMPARE(app.names(), QStringList({firefox}));
        m_helper->vanish();
        QTRY_VERIFY(app.says("stripNotice", QStringLiteral("lost")));
        QCOMPARE(app.names(), QStringList({firefox}));
        m_helper->appear();
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(5, {internetRow(firefox, 90, 7)}));
        QTRY_COMPARE(app.cell(0, UsageModel::RxBytesColumn), QStringLiteral("90 B"));
        QTRY_VERIFY(!app.find<NoticeView>("stripNotice")->isVisible());
        const QList<ChartSlice> slices = app.session.chart().slices;
        QVERIFY(std::ranges::any_of(slices, &ChartSlice::gap));
    }

    void aRefusalIsSaidAndItsButtonAsks()
    {
        m_helper->errorName = authorizationNeeded;
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(app.says("pageNotice", QStringLiteral("administrator's permission")));
        QVERIFY(!m_helper->mayAsk(QStringLiteral("Status")));
        m_helper->errorName.clear();
        app.find<NoticeView>("pageNotice")->findChild<QAbstractButton*>(QStringLiteral("noticeButton"))->click();
        QTRY_VERIFY(m_helper->hasSubscriber());
        QVERIFY(m_helper->mayAsk(QStringLiteral("Subscribe")));
        QTRY_VERIFY(!app.find<NoticeView>("pageNotice")->isVisible());
    }

    void aHelperThatDoesNotAnswerIsNotCalledMissing()
    {
        m_helper->errorName = QStringLiteral("org.freedesktop.DBus.Error.NoReply");
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(app.says("pageNotice", QStringLiteral("does not answer")));
        m_helper->errorName.clear();
        QTRY_VERIFY(m_helper->hasSubscriber());
        QTRY_VERIFY(!app.find<NoticeView>("pageNotice")->isVisible());
    }

    void aMissingBusIsSaid()
    {
        m_bus->stop();
        App app(m_bus->address());
        QTRY_VERIFY(app.says("pageNotice", QStringLiteral("message bus")));
    }

    void notCountingIsSaidWithWhatToDo()
    {
        m_helper->status.counting = false;
        m_helper->status.problem = QStringLiteral("NotCounting");
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(app.says("stripNotice", QStringLiteral("--check")));
    }

    void pausingIsACommandAndARefusalIsSaid()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(app.actions.pause->isEnabled());
        m_helper->methodError = notAuthorized;
        app.actions.pause->trigger();
        QTRY_VERIFY(app.says("stripNotice", QStringLiteral("did not happen")));
        QVERIFY(m_helper->mayAsk(QStringLiteral("Pause")));
        m_helper->methodError.clear();
        app.actions.pause->trigger();
        QTRY_VERIFY(app.says("stripNotice", QStringLiteral("paused")));
        QVERIFY(app.says("stripNotice", formatMoment(StagedHelper::pausedAtMs)));
        QVERIFY(!m_helper->mayAsk(QStringLiteral("Status")));
    }

    void everyonesProgramsAreSaidToShowOnlyWhenTheHelperSaysSo()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        app.actions.everyone->trigger();
        QTRY_VERIFY(app.says("stripNotice", QStringLiteral("did not happen")));
        QCOMPARE(app.actions.everyone->text(), QStringLiteral("Show &everyone's…"));
        m_helper->vanish();
        m_helper->appear();
        QTRY_VERIFY(m_helper->hasSubscriber());
        QVERIFY(!m_helper->mayAsk(QStringLiteral("Subscribe"))); // a no is not asked about again
        QTRY_VERIFY(app.actions.everyone->isEnabled());

        m_helper->everyone = true;
        app.actions.everyone->trigger();
        QTRY_COMPARE(app.actions.everyone->text(), QStringLiteral("Show only &mine"));
        QVERIFY(m_helper->mayAsk(QStringLiteral("Subscribe")));
        m_helper->everyone = false;
        app.actions.everyone->trigger();
        QTRY_COMPARE(app.actions.everyone->text(), QStringLiteral("Show &everyone's…"));
    }

    void whoSeesEveryonesAnywayIsNotOfferedIt()
    {
        m_helper->everyone = true;
        m_helper->appear();
        App app(m_bus->address());
        QTRY_COMPARE(app.actions.everyone->text(), QStringLiteral("Everyone's are shown"));
        QVERIFY(!app.actions.everyone->isEnabled());
    }

    void aPermissionThatRanOutIsSaidAndItsButtonAsks()
    {
        m_helper->everyone = true;
        m_helper->breakdown = [](const StagedHelper::Question&) {
            Row others;
            others.kind = RowKind::OtherUsers;
            others.numbers.rxBytes = 7;
            return Frame{0, 0, 0, 0, {}, {internetRow(firefox, 600), others}};
        };
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        app.click("rangeHour");
        QTRY_COMPARE(app.names().size(), 2);
        QVERIFY(!app.find<NoticeView>("stripNotice")->isVisible());
        app.session.setWantsEveryone(true);
        QTRY_VERIFY(app.says("stripNotice", QStringLiteral("run out")));
        const int asked = m_helper->count(QStringLiteral("Subscribe"));
        m_helper->breakdown = nullptr;
        app.find<NoticeView>("stripNotice")->findChild<QAbstractButton*>(QStringLiteral("noticeButton"))->click();
        QTRY_COMPARE(m_helper->count(QStringLiteral("Subscribe")), asked + 1);
        QVERIFY(m_helper->mayAsk(QStringLiteral("Subscribe")));
        QTRY_VERIFY(!app.find<NoticeView>("stripNotice")->isVisible());
    }

    void aPermissionThatEndsWithTheHelperIsSaidAndNobodyIsAskedUncalled()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->everyone = true;
        app.session.setWantsEveryone(true);
        QTRY_COMPARE(app.actions.everyone->text(), QStringLiteral("Show only &mine"));
        m_helper->vanish();
        m_helper->everyone = false;
        m_helper->appear();
        QTRY_VERIFY(app.says("stripNotice", QStringLiteral("run out")));
        QVERIFY(!m_helper->mayAsk(QStringLiteral("Subscribe")));
        QCOMPARE(app.actions.everyone->text(), QStringLiteral("Show &everyone's…"));
    }

    void thePastShowsItsGapsAndItsEmptiness()
    {
        m_helper->series = [](const StagedHelper::Question& question) {
            Series series;
            series.sinceMs = question.sinceMs;
            series.untilMs = question.untilMs;
            const qint64 half = (question.sinceMs + question.untilMs) / 2;
            series.buckets
                = {{question.sinceMs, half, true, {}}, {half, question.untilMs, false, {internetRow(firefox, 600)}}};
            return series;
        };
        m_helper->breakdown = [](const StagedHelper::Question& question) {
            Frame frame;
            if (question.by.has(Dimension::App))
                frame.rows = {internetRow(firefox, 600)};
            return frame;
        };
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        app.click("rangeHour");
        QTRY_COMPARE(app.names(), QStringList({firefox}));
        const ChartData chart = app.find<UsageChart>("usageChart")->data();
        QCOMPARE(chart.slices.size(), 2);
        QVERIFY(chart.slices.constFirst().gap);
        m_helper->breakdown = nullptr;
        m_helper->series = nullptr;
        app.click("rangeWeek");
        QTRY_VERIFY(app.says("rowsNotice", QStringLiteral("Nothing in this range")));
    }

    void aFailedLookUpIsSaid()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->errorName = QStringLiteral("org.bandwidthtracker.Helper1.Error.StoreUnavailable");
        app.click("rangeDay");
        QTRY_VERIFY(app.says("rowsNotice", QStringLiteral("history can't be read")));
        m_helper->errorName.clear();
        app.find<NoticeView>("rowsNotice")->findChild<QAbstractButton*>(QStringLiteral("noticeButton"))->click();
        QTRY_VERIFY(app.says("rowsNotice", QStringLiteral("Nothing in this range")));
    }

    void detailsBreakTheSelectedRowDown()
    {
        m_helper->breakdown = [](const StagedHelper::Question& question) {
            Frame frame;
            if (question.filter.app != firefox)
                return frame;
            Row row = internetRow(firefox, 600);
            row.protocol = QStringLiteral("UDP");
            row.remoteIp = QStringLiteral("192.0.2.7");
            frame.rows = {row};
            return frame;
        };
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(0, {internetRow(firefox, 600, 7)}));
        QTRY_COMPARE(app.find<ElidedLabel>("detailsTitle")->text(), firefox);
        QTRY_COMPARE(app.find<BarList>("detailsFirstSection")->groups().value(0).name, QStringLiteral("UDP"));
        QTRY_COMPARE(app.find<BarList>("detailsSecondSection")->groups().value(0).name, QStringLiteral("192.0.2.7"));
        for (const FactList::Fact& fact : app.find<FactList>("detailsFacts")->facts()) {
            if (fact.caption == QLatin1StringView("Packets") || fact.caption == QLatin1StringView("On the wire"))
                QCOMPARE(fact.text, QStringLiteral("—"));
        }
    }

    void anAppsMenuRenamesAndMergesIt()
    {
        const QString browser = QStringLiteral("Browser");
        m_helper->apps = {{firefox, browser, firefox, {}}, {steam, steam, steam, {}},
            {QStringLiteral("part"), QStringLiteral("Part"), QStringLiteral("Part"), firefox}};
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(0, {internetRow(firefox, 600, 7)}));
        QTRY_COMPARE(app.names().size(), 1);
        const auto choose = [&app](const char* action) {
            auto* table = app.find<UsageTable>("usageTable");
            Q_EMIT table->customContextMenuRequested(table->visualRect(table->currentIndex()).center());
            QTRY_VERIFY(app.find<QMenu>("appMenu"));
            auto* found = app.find<QAction>(action);
            QVERIFY(found && found->isEnabled());
            found->trigger();
            app.find<QMenu>("appMenu")->hide();
            QTRY_VERIFY(!app.find<QMenu>("appMenu"));
        };
        const auto called = [this](const char* method) { return m_helper->lastCall(QLatin1StringView(method)); };

        choose("appRename");
        auto* question = app.find<QInputDialog>("appQuestion");
        QVERIFY(question);
        QCOMPARE(question->textValue(), firefox);
        question->setTextValue(QStringLiteral("My Fox"));
        question->accept();
        QTRY_COMPARE(called("RenameApp"), QVariantList({firefox, QStringLiteral("My Fox")}));
        QVERIFY(m_helper->mayAsk(QStringLiteral("RenameApp")));
        QTRY_VERIFY(!app.find<QInputDialog>("appQuestion"));

        choose("appMerge");
        question = app.find<QInputDialog>("appQuestion");
        QCOMPARE(question->comboBoxItems(), QStringList(steam)); // not itself, and nothing that counts for another
        question->accept();
        QTRY_COMPARE(called("MergeApp"), QVariantList({firefox, steam}));

        choose("appOwnName");
        QTRY_COMPARE(called("ResetApp"), QVariantList({firefox}));
        choose("appTakeApart");
        QTRY_COMPARE(called("ResetApp"), QVariantList({QStringLiteral("part")}));

        app.click("groupProcess");
        QTRY_COMPARE(m_helper->subscribedBy(), Dimensions({Dimension::Process, Dimension::Scope}));
        Row process = internetRow(firefox, 800, 7);
        process.pid = 7;
        m_helper->tick(frameOf(1, {process}));
        QTRY_COMPARE(app.names().size(), 1);
        const int asked = m_helper->count(QStringLiteral("Apps"));
        Q_EMIT app.find<UsageTable>("usageTable")->customContextMenuRequested(QPoint(1, 1));
        app.session.setPaused(true);
        QTRY_COMPARE(m_helper->count(QStringLiteral("Pause")), 1);
        QCOMPARE(m_helper->count(QStringLiteral("Apps")), asked); // a process is no app
    }

    void whatCantBeDecidedIsSaid()
    {
        m_helper->apps = {{firefox, QStringLiteral("Browser"), firefox, {}}};
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(0, {internetRow(firefox, 600, 7)}));
        QTRY_COMPARE(app.names().size(), 1);
        m_helper->errorName = notAuthorized;
        app.session.changeApp({AppChange::Kind::Reset, firefox});
        QTRY_VERIFY(app.says("stripNotice", QStringLiteral("did not happen")));
    }

    void hostsShowWhatProgramsAskedForAndOthersOnRequest()
    {
        m_helper->appear();
        ViewChoice choice;
        choice.grouping = Grouping::Host;
        App app(m_bus->address(), choice);
        QTRY_VERIFY(m_helper->hasSubscriber());
        Row row = internetRow({}, 600, 7);
        row.remoteIp = QStringLiteral("127.0.0.1");
        m_helper->tick(frameOf(0, {row}));
        QTRY_COMPARE(app.names(), QStringList(row.remoteIp));
        row.remoteName = QStringLiteral("www.example.net");
        m_helper->tick(frameOf(1, {row}));
        QTRY_COMPARE(app.names(), QStringList(row.remoteName));
        const QAbstractItemModel* rows = app.find<UsageTable>("usageTable")->model();
        QCOMPARE(rows->index(0, UsageModel::NameColumn).data(Qt::ToolTipRole).toString(), row.remoteIp);

        const auto reverse = [&app] {
            for (const FactList::Fact& fact : app.find<FactList>("detailsFacts")->facts()) {
                if (fact.caption == QLatin1StringView("Name (reverse)"))
                    return fact.text;
            }
            return QString();
        };
        auto* lookUp = app.window.findChild<QAction*>(QStringLiteral("lookUpName"));
        QTRY_VERIFY(lookUp->isEnabled());
        QCOMPARE(reverse(), QString());
        lookUp->trigger();
        QTRY_COMPARE(reverse(), QStringLiteral("localhost")); // of every hosts(5)
    }

    void namesOfProgramsAreNotLookedUp()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(0, {internetRow(firefox, 600, 7)}));
        QTRY_COMPARE(app.find<ElidedLabel>("detailsTitle")->text(), firefox);
        QVERIFY(!app.window.findChild<QAction*>(QStringLiteral("lookUpName"))->isEnabled());
    }

    void wholeAt800By600()
    {
        m_helper->appear();
        App app(m_bus->address());
        QVERIFY(app.window.minimumSizeHint().width() <= 800);
        QVERIFY(app.window.minimumSizeHint().height() <= 600);
        app.window.resize(800, 600);
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(0, {internetRow(firefox, 600, 7)}));
        QTRY_COMPARE(app.names().size(), 1);
        QVERIFY(!app.find<QWidget>("detailsFacts")->isVisible());
        app.click("detailsFold");
        QTRY_VERIFY(app.find<QWidget>("detailsFacts")->isVisible());
        app.window.layout()->activate();
        QVERIFY2(app.window.minimumSizeHint().height() <= 600,
            qPrintable(QString::number(app.window.minimumSizeHint().height())));
        QCOMPARE(app.window.size(), QSize(800, 600));
    }

    void everythingThatCanBeUsedHasAName()
    {
        m_helper->appear();
        App app(m_bus->address());
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(0, {internetRow(firefox, 600, 7)}));
        QTRY_COMPARE(app.names().size(), 1);
        const auto widgets = app.window.findChildren<QWidget*>();
        for (const QWidget* widget : widgets) {
            const bool isUsed = (widget->focusPolicy() & Qt::TabFocus) != 0 && widget->isVisible()
                && widget->focusProxy() == nullptr;
            const auto* button = qobject_cast<const QAbstractButton*>(widget);
            const bool isNamed
                = !widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty());
            QVERIFY2(!isUsed || isNamed, widget->metaObject()->className());
        }
    }

    void aHiddenWindowAsksInsteadOfWatching()
    {
        m_helper->breakdown = [](const StagedHelper::Question& question) {
            Frame frame;
            frame.untilMs = QDateTime::currentMSecsSinceEpoch();
            if (question.sinceMs == 0 && question.untilMs == 0)
                frame.rows = {internetRow(firefox, 3000, 8000)};
            return frame;
        };
        m_helper->appear();
        App app(m_bus->address());
        TrayIcon tray(app.session, app.actions);
        QTRY_VERIFY(m_helper->hasSubscriber());
        app.window.hide();
        QTRY_COMPARE(m_helper->count(QStringLiteral("Unsubscribe")), 1);
        QTRY_VERIFY(tray.toolTip().contains(QStringLiteral("8.0 kB/s")));
        app.window.show();
        QTRY_COMPARE(m_helper->count(QStringLiteral("Subscribe")), 2);
        m_helper->tick(frameOf(0, {internetRow(firefox, 9000, 5000)}));
        QTRY_VERIFY(tray.toolTip().contains(QStringLiteral("5.0 kB/s")));
    }

    void whatStartsHiddenNeverWatches()
    {
        m_helper->appear();
        App app(m_bus->address(), {}, App::Start::Hidden);
        QTRY_COMPARE(m_helper->count(QStringLiteral("Breakdown")), 1);
        QCOMPARE(m_helper->count(QStringLiteral("Subscribe")), 0);
        QTRY_COMPARE_WITH_TIMEOUT(m_helper->count(QStringLiteral("Breakdown")), 2, 8'000);
        QCOMPARE(m_helper->count(QStringLiteral("Subscribe")), 0);
    }

    void askingToSeeEveryoneFromTheTrayAsksOnce()
    {
        m_helper->appear();
        App app(m_bus->address(), {}, App::Start::Hidden);
        TrayIcon tray(app.session, app.actions);
        QObject::connect(&tray, &TrayIcon::openRequested, &app.window, &MainWindow::raiseToUser);
        QTRY_VERIFY(app.actions.everyone->isEnabled());
        m_helper->everyone = true;
        app.actions.everyone->trigger();
        QTRY_COMPARE(app.actions.everyone->text(), QStringLiteral("Show only &mine"));
        QVERIFY(app.window.isVisible());
        QVERIFY(m_helper->mayAsk(QStringLiteral("Subscribe")));
        QCOMPARE(m_helper->count(QStringLiteral("Subscribe")), 1);
    }

    void theTrayTellsThatThereIsNoContact()
    {
        App app(m_bus->address());
        TrayIcon tray(app.session, app.actions);
        QTRY_COMPARE(app.session.state(), HelperClient::State::Missing);
        QVERIFY2(tray.toolTip().contains(QStringLiteral("No contact")), qPrintable(tray.toolTip()));
        m_helper->appear();
        QTRY_VERIFY2(!tray.toolTip().contains(QStringLiteral("No contact")), qPrintable(tray.toolTip()));
    }

    void theTrayTellsRatesAndTalkers()
    {
        m_helper->appear();
        App app(m_bus->address());
        TrayIcon tray(app.session, app.actions);
        QTRY_VERIFY(m_helper->hasSubscriber());
        m_helper->tick(frameOf(0, {internetRow(firefox, 30, 7000), internetRow(steam, 20, 0)}));
        QTRY_VERIFY(tray.toolTip().contains(QStringLiteral("7.0 kB/s")));
        QStringList shown;
        for (const QAction* action : tray.menu().actions()) {
            if (action->isVisible())
                shown.append(action->text());
        }
        QVERIFY(!shown.filter(firefox).isEmpty());
        QVERIFY(shown.filter(steam).isEmpty());
    }

private:
    std::unique_ptr<RestartableBus> m_bus;
    std::unique_ptr<StagedHelper> m_helper;
};

QTEST_MAIN(TestWindow)
#include "tst_window.moc"
