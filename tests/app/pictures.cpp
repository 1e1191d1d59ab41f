// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/client/helperclient.h"
#include "app/views/actions.h"
#include "app/views/mainwindow.h"
#include "app/views/session.h"
#include "app/views/usagetable.h"
#include "dbus/gaps.h"
#include "dbus/losses.h"
#include "tests/app/demotraffic.h"
#include "tests/app/stagedhelper.h"
#include "tests/unit/client/restartablebus.h"

#include <QAbstractButton>
#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QEventLoop>
#include <QProcess>
#include <QStandardPaths>
#include <QStyleFactory>
#include <QTemporaryDir>
#include <QTimer>

#include <cstdio>
#include <functional>

/// Takes the pictures of the window: live ones from the real helper that replays made-up traffic, past ones and
/// those of states from a staged helper.
///
///     bwt_pictures [--helper FILE] [--seconds N] DIRECTORY
using namespace bwt;
using bwt::test::StagedHelper;

namespace {

constexpr int recordingSeconds = 300;
constexpr int deadlineMs = 10'000;

QPalette paletteOf(bool isDark)
{
    QPalette palette;
    const auto set = [&](QPalette::ColorRole role, QRgb light, QRgb dark) {
        palette.setColor(role, QColor::fromRgb(isDark ? dark : light));
    };
    set(QPalette::Window, 0xfff3f4f6, 0xff1d1f24);
    set(QPalette::Base, 0xffffffff, 0xff25282e);
    set(QPalette::AlternateBase, 0xfff7f8fa, 0xff2a2d34);
    set(QPalette::Button, 0xfff3f4f6, 0xff2f333b);
    set(QPalette::Text, 0xff20242b, 0xffeceff4);
    set(QPalette::WindowText, 0xff20242b, 0xffeceff4);
    set(QPalette::ButtonText, 0xff20242b, 0xffeceff4);
    set(QPalette::PlaceholderText, 0xff6b7280, 0xff9aa2ae);
    set(QPalette::ToolTipBase, 0xffffffff, 0xff2f333b);
    set(QPalette::ToolTipText, 0xff20242b, 0xffeceff4);
    set(QPalette::Highlight, 0xff2f7de1, 0xff5aa2ff);
    set(QPalette::HighlightedText, 0xffffffff, 0xff10131a);
    return palette;
}

void waitFor(const std::function<bool()>& condition, int limitMs = deadlineMs)
{
    QEventLoop loop;
    QTimer poll;
    QObject::connect(&poll, &QTimer::timeout, &loop, [&] {
        if (condition())
            loop.quit();
    });
    poll.start(50);
    QTimer::singleShot(limitMs, &loop, &QEventLoop::quit);
    loop.exec();
}

void settle(int ms)
{
    waitFor([] { return false; }, ms);
}

/// The app on a bus, and its pictures.
class Studio {
public:
    Studio(const QString& address, QString directory, const ViewChoice& choice = {})
        : m_directory(std::move(directory))
        , m_client(address, HelperClient::Activation::Never)
        , m_session(m_client, choice)
        , m_actions(m_session)
        , m_window(m_session, m_actions)
    {
        m_window.setGeometry(0, 0, 1240, 800);
        m_window.show();
    }

    [[nodiscard]] Session& session() { return m_session; }
    void click(const char* name) { m_window.findChild<QAbstractButton*>(QLatin1StringView(name))->click(); }

    void take(const QString& name, bool isDark = false, QSize size = {1240, 800})
    {
        QApplication::setPalette(paletteOf(isDark));
        m_window.resize(size);
        settle(400);
        const QString path = QDir(m_directory).filePath(name % QStringLiteral(".png"));
        std::printf("%s\n", qPrintable(path));
        m_window.grab().save(path);
    }
    void takeAll(const QString& name)
    {
        take(name % QStringLiteral("-light"));
        take(name % QStringLiteral("-dark"), true);
        take(name % QStringLiteral("-small"), false, {800, 600});
    }

private:
    QString m_directory;
    HelperClient m_client;
    Session m_session;
    Actions m_actions;
    MainWindow m_window;
};

void takeLive(const QString& helper, int seconds, const QString& directory)
{
    RestartableBus bus;
    const QTemporaryDir state;
    const QString recording = state.filePath(QStringLiteral("demo.jsonl"));
    if (!bus.start() || !test::writeDemoRecording(recording, recordingSeconds))
        qFatal("no bus or no recording");
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(helper,
        {QStringLiteral("--bus"), bus.address(), QStringLiteral("--backend"),
            QStringLiteral("replay:%1?loop").arg(recording), QStringLiteral("--state-dir"),
            state.filePath(QStringLiteral("state")), QStringLiteral("--interval"), QStringLiteral("1000")});
    Studio studio(bus.address(), directory);
    waitFor([&] { return !studio.session().liveTimeline().isEmpty(); });
    settle(seconds * 1000);
    studio.takeAll(QStringLiteral("live"));
    studio.click("detailsFold");
    studio.take(QStringLiteral("live-small-details"), false, {800, 600});
    studio.click("detailsFold");
    studio.click("groupHost");
    settle(15'000);
    studio.take(QStringLiteral("live-hosts"));
    process.terminate();
    process.waitForFinished();
    settle(4'000);
    studio.take(QStringLiteral("state-lost"));
    studio.take(QStringLiteral("state-lost-dark"), true);
}

void layOut(StagedHelper& helper)
{
    helper.status.cpuNs = 1'000'000;
    helper.status.residentBytes = 17'000'000;
    helper.status.databaseBytes = 84'000'000;
    helper.status.identified = 0.9968;
    helper.status.kernel = QStringLiteral("6.12.48");
    helper.status.outlives = true;
    helper.status.gaps = {gap::kernelTunnels, gap::kernelBypass};
    helper.status.losses = {{loss::mapFull, 12}};
    helper.status.books = {{QStringLiteral("enp3s0"), true, {412'000'000, 310'000, 410'900'000, 0, 0, 300'000, 0},
        {8'412'000'000, 6'310'000, 8'391'000'000, 0, 0, 2'000'000, 0}}};
    helper.status.backends = {{QStringLiteral("tracepoint"), true, {},
        {{QStringLiteral("tracepoint/sock/sock_send_length"), HookState::Ok, 0},
            {QStringLiteral("tracepoint/sock/sock_recv_length"), HookState::Ok, 0}},
        {}}};
    const auto setting = [](const char* name, const char* value, SettingOrigin origin, SettingReach reach) {
        return SettingEntry{QString::fromLatin1(name), QString::fromLatin1(value), {}, origin, reach};
    };
    helper.settings = {setting("keep-minutes", "14", SettingOrigin::File, SettingReach::AtOnce),
        setting("keep-app-minutes", "", SettingOrigin::Default, SettingReach::AtOnce),
        setting("keep-hours", "731", SettingOrigin::Default, SettingReach::AtOnce),
        setting("history-size", "512", SettingOrigin::Default, SettingReach::AtOnce),
        setting("totals-only-apps", "org.signal.Signal", SettingOrigin::File, SettingReach::AtOnce),
        setting("totals-only-remotes", "", SettingOrigin::Default, SettingReach::AtOnce),
        setting("interval", "", SettingOrigin::Default, SettingReach::AtOnce),
        setting("wire", "on", SettingOrigin::CommandLine, SettingReach::NextStart)};
    helper.series = [](const StagedHelper::Question& asked) {
        return test::demoSeries(asked.sinceMs, asked.untilMs, asked.bucket, asked.by, asked.filter);
    };
    helper.breakdown = [](const StagedHelper::Question& asked) {
        const qint64 untilMs = asked.untilMs > 0 ? asked.untilMs : QDateTime::currentMSecsSinceEpoch();
        const qint64 sinceMs = asked.sinceMs > 0 ? asked.sinceMs : untilMs - 86'400'000;
        return test::demoBreakdown(sinceMs, untilMs, asked.by, asked.filter);
    };
}

void takePast(const QString& directory)
{
    RestartableBus bus;
    if (!bus.start())
        qFatal("no bus");
    StagedHelper helper(bus.address());
    layOut(helper);
    helper.appear();
    Studio studio(bus.address(), directory);
    waitFor([&] { return helper.hasSubscriber(); });
    studio.click("rangeDay");
    settle(3000);
    studio.takeAll(QStringLiteral("day"));
    studio.click("rangeMonth");
    studio.click("groupProtocol");
    studio.click("scopeAll");
    settle(3000);
    studio.take(QStringLiteral("month-protocols"));
    studio.click("pageDiagnosis");
    studio.takeAll(QStringLiteral("diagnosis"));
    studio.click("pageSettings");
    settle(500);
    studio.takeAll(QStringLiteral("settings"));
}

/// Names are asked for and no longer given, and there is more than the table has rows for.
void takeSums(const QString& directory)
{
    RestartableBus bus;
    if (!bus.start())
        qFatal("no bus");
    StagedHelper helper(bus.address());
    layOut(helper);
    helper.everyone = true;
    helper.breakdown = [whole = helper.breakdown](const StagedHelper::Question& asked) {
        Frame frame = whole(asked);
        for (const RowKind kind : {RowKind::OtherUsers, RowKind::Rest}) {
            Row sum;
            sum.kind = kind;
            sum.numbers.rxBytes = 812'000'000;
            sum.numbers.txBytes = 64'000'000;
            frame.rows.append(sum);
        }
        return frame;
    };
    helper.appear();
    Studio studio(bus.address(), directory);
    waitFor([&] { return helper.hasSubscriber(); });
    studio.session().setWantsEveryone(true);
    studio.click("rangeDay");
    settle(3000);
    studio.session().select(groupKey(helper.breakdown({}).rows.constLast(), Grouping::App));
    studio.take(QStringLiteral("state-permission-over"));
}

void takeStates(const QString& directory)
{
    RestartableBus bus;
    if (!bus.start())
        qFatal("no bus");
    {
        Studio studio(bus.address(), directory);
        studio.take(QStringLiteral("state-missing"));
        studio.take(QStringLiteral("state-missing-dark"), true, {800, 600});
        studio.click("pageDiagnosis");
        studio.take(QStringLiteral("diagnosis-missing"));
        studio.click("pageUsage");
        StagedHelper helper(bus.address());
        helper.errorName = QStringLiteral("org.bandwidthtracker.Helper1.Error.AuthorizationNeeded");
        helper.appear();
        studio.take(QStringLiteral("state-refused"));
        helper.errorName = QStringLiteral("org.freedesktop.DBus.Error.NoReply");
        waitFor([&] { return studio.session().state() == HelperClient::State::Silent; });
        studio.take(QStringLiteral("state-silent"));
    }
    StagedHelper helper(bus.address());
    helper.status.counting = false;
    helper.status.backend.clear();
    helper.status.problem = QStringLiteral("NotCounting");
    helper.status.problemDetail
        = QStringLiteral("tracepoint: Operation not permitted; fexit: Operation not permitted");
    helper.appear();
    {
        Studio studio(bus.address(), directory);
        waitFor([&] { return helper.hasSubscriber(); });
        helper.tick({});
        studio.take(QStringLiteral("state-not-counting"), false, {800, 600});
        helper.status.counting = true;
        helper.status.backend = QStringLiteral("tracepoint");
        helper.status.problem.clear();
        studio.click("rangeWeek");
        settle(6000); // the next look at the status
        studio.take(QStringLiteral("state-nothing-in-range"), true);
        studio.click("rangeLive");
        studio.take(QStringLiteral("state-nothing-yet"));
    }
    bus.stop();
    Studio studio(bus.address(), directory);
    studio.take(QStringLiteral("state-no-bus"));
}

} // namespace

int main(int argc, char** argv)
{
    QApplication app(argc, argv);
    QStandardPaths::setTestModeEnabled(true);
    QApplication::setOrganizationName(QStringLiteral("bwt-pictures"));
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setFont(QFont(QStringLiteral("Inter"), 10));

    QCommandLineParser parser;
    const QCommandLineOption helper(
        QStringLiteral("helper"), QStringLiteral("the helper to run"), QStringLiteral("FILE"));
    const QCommandLineOption seconds(QStringLiteral("seconds"),
        QStringLiteral("how much of the live chart to wait for"), QStringLiteral("N"),
        QString::number(recordingSeconds));
    parser.addOptions({helper, seconds});
    parser.addHelpOption();
    parser.process(app);
    const QString directory = parser.positionalArguments().value(0);
    if (directory.isEmpty() || !QDir().mkpath(directory))
        parser.showHelp(2);

    takeStates(directory);
    takeSums(directory);
    takePast(directory);
    if (parser.isSet(helper))
        takeLive(parser.value(helper), parser.value(seconds).toInt(), directory);
    return 0;
}
