// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cli/terminal.h"
#include "tests/dbus/childprocess.h"
#include "tests/dbus/fakepolkit.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/polkitdaemon.h"
#include "tests/dbus/privatebus.h"
#include "tests/dbus/recording.h"
#include "tests/unit/places/mmdbwriter.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <csignal>

using namespace bwt::test;

namespace {

constexpr uid_t root = 0;

constexpr qint64 curlTx = 1'234;
constexpr qint64 curlRx = 9'007'199'254'740'993; // the first number that a double can't hold
constexpr qint64 systemRx = 500;
constexpr qint64 bobTx = 77;
const QString farRemote = QStringLiteral("203.0.113.7"); // in no network of the machine that tests

/// How one run of bwtctl ended.
struct Outcome {
    int exitCode = -1;
    QByteArray output;
    QString errors;

    [[nodiscard]] QJsonObject json() const { return QJsonDocument::fromJson(output).object(); }
    [[nodiscard]] QJsonArray rows() const { return json()[QStringLiteral("rows")].toArray(); }
};

QStringList words(const char* line)
{
    return QString::fromLatin1(line).split(QLatin1Char(' '));
}

qint64 sum(const QJsonArray& rows, const char* key)
{
    qint64 sum = 0;
    for (const auto& row : rows)
        sum += row[QLatin1StringView(key)].toInteger();
    return sum;
}

QJsonObject rowOf(const QJsonArray& rows, const char* key, const QJsonValue& value)
{
    for (const auto& row : rows) {
        if (row[QLatin1StringView(key)] == value)
            return row.toObject();
    }
    return {};
}

} // namespace

/// The real bwtctl against the real helper, which replays a recording, on a private system bus.
class BwtctlTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<PrivateBus> m_bus;
    std::unique_ptr<FakePolkit> m_polkit;
    std::unique_ptr<HelperProcess> m_helper;

    void startHelper(const QList<Moved>& traffic, const QStringList& options = {})
    {
        const QString recording = writeRecording(m_bus->directory() + QStringLiteral("/recording"), traffic);
        QVERIFY(!recording.isEmpty());
        QVERIFY(m_helper->start(
            QStringList{QStringLiteral("--backend"), QStringLiteral("replay:") + recording} + options));
    }

    /// Two programs of alice and the system, and one of bob, all moved at the start.
    void startHelper(const QStringList& options = {})
    {
        const QList<Moved> traffic{
            {.pid = 100,
                .uid = alice,
                .name = QStringLiteral("curl"),
                .txBytes = curlTx,
                .rxBytes = curlRx,
                .remoteIp = farRemote},
            {.pid = 200,
                .uid = root,
                .name = QStringLiteral("apt"),
                .rxBytes = systemRx,
                .protocol = QStringLiteral("UDP"),
                .remoteIp = farRemote},
            {.pid = 300,
                .uid = bob,
                .name = QStringLiteral("secret"),
                .txBytes = bobTx,
                .remoteIp = QStringLiteral("2001:db8::1")},
        };
        startHelper(traffic, options);
    }

    [[nodiscard]] QString pathOf(const char* name) const
    {
        return m_bus->directory() + QLatin1Char('/') + QString::fromLatin1(name);
    }

    /// Where bob's remote is in Japan, and everyone else's in this country.
    [[nodiscard]] static MmdbWriter atlas(const char* country)
    {
        MmdbWriter writer;
        QJsonObject place = inCountry(QString::fromLatin1(country));
        place[QStringLiteral("traits")] = ofOperator(64496, QStringLiteral("Example, \"Net\""));
        writer.add(farRemote + QStringLiteral("/32"), place);
        writer.add(QStringLiteral("2001:db8::/32"), inCountry(QStringLiteral("JP")));
        return writer;
    }

    [[nodiscard]] Outcome run(const char* line, uid_t user = root, const QString& outputFile = {}) const
    {
        QProcess process;
        tie(process, user);
        process.setProcessEnvironment(m_bus->environment());
        process.setStandardInputFile(QProcess::nullDevice());
        if (!outputFile.isEmpty())
            process.setStandardOutputFile(outputFile);
        process.start(QStringLiteral(BWT_BWTCTL), words(line));
        if (!waitUntil([&] { return process.state() == QProcess::NotRunning; }, 30'000))
            return {};
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
            process.readAllStandardOutput(), QString::fromUtf8(process.readAllStandardError())};
    }

    /// Failed with one line on stderr that holds each of the parts.
    static bool isOneLineWith(const Outcome& outcome, const QStringList& parts)
    {
        bool good
            = outcome.errors.startsWith(QStringLiteral("bwtctl: ")) && outcome.errors.count(QLatin1Char('\n')) == 1;
        for (const QString& part : parts)
            good = good && outcome.errors.contains(part);
        if (!good)
            qWarning().noquote() << outcome.exitCode << outcome.errors;
        return good;
    }

private Q_SLOTS:
    void init()
    {
        m_bus = std::make_unique<PrivateBus>();
        QVERIFY(m_bus->start());
        m_polkit = std::make_unique<FakePolkit>(*m_bus);
        QVERIFY(m_polkit->start());
        m_polkit->answerAtOnce(true);
        m_helper = std::make_unique<HelperProcess>(*m_bus);
    }
    void cleanup()
    {
        m_helper.reset();
        m_polkit.reset();
        m_bus.reset();
    }

    void totalsAreExact()
    {
        startHelper();
        const Outcome all = run("--json totals");
        QCOMPARE(all.exitCode, 0);
        QCOMPARE(all.rows().size(), 1);
        QCOMPARE(all.rows()[0][QStringLiteral("tx_bytes")].toInteger(), curlTx + bobTx);
        QCOMPARE(all.rows()[0][QStringLiteral("rx_bytes")].toInteger(), curlRx + systemRx);
        QVERIFY(all.rows()[0][QStringLiteral("tx_packets")].isNull());
        QCOMPARE(all.json()[QStringLiteral("backend")], QJsonValue(QStringLiteral("replay")));

        const QJsonArray processes = run("totals --json --by process,protocol,remote").rows();
        QCOMPARE(processes.size(), 3);
        const QJsonObject curl = rowOf(processes, "process_name", QStringLiteral("curl"));
        QCOMPARE(curl[QStringLiteral("pid")], QJsonValue(100));
        QCOMPARE(curl[QStringLiteral("uid")], QJsonValue(qint64(alice)));
        QCOMPARE(curl[QStringLiteral("exe")], QJsonValue(QStringLiteral("/usr/bin/curl")));
        QCOMPARE(curl[QStringLiteral("protocol")], QJsonValue(QStringLiteral("TCP")));
        QCOMPARE(curl[QStringLiteral("remote_ip")], QJsonValue(farRemote));
        QCOMPARE(curl[QStringLiteral("rx_bytes")].toInteger(), curlRx);
    }

    void historyBreakdownsAndTopAddUpToTheTotals()
    {
        startHelper();
        for (const char* line : {"top --json", "top --json --by user,protocol", "history --json --bucket hour",
                 "protocols --json", "protocols --json --range 1h", "ips --json", "ips --json --range 1h"}) {
            const Outcome outcome = run(line);
            QVERIFY2(outcome.exitCode == 0, qPrintable(outcome.errors));
            QVERIFY2(sum(outcome.rows(), "tx_bytes") == curlTx + bobTx, outcome.output);
            QVERIFY2(sum(outcome.rows(), "rx_bytes") == curlRx + systemRx, outcome.output);
        }
        QCOMPARE(rowOf(run("protocols --json").rows(), "protocol", QStringLiteral("UDP"))[QStringLiteral("rx_bytes")],
            QJsonValue(systemRx));
        const QJsonArray filtered = run("history --json --bucket hour --process apt").rows();
        QCOMPARE(sum(filtered, "rx_bytes"), systemRx);
        QVERIFY(rowOf(filtered, "gap", true).contains(QStringLiteral("bucket_start_ms")));
    }

    void tablesForPeopleHaveHeadingsAndUnits()
    {
        startHelper();
        const QString top = QString::fromUtf8(run("top").output);
        for (const char* part : {"Program", "PID", "Download", "Upload", "Total", "curl", "1.2 kB", "500 B"})
            QVERIFY2(top.contains(QLatin1StringView(part)), qPrintable(top));
        QVERIFY(!top.contains(QChar(0x1b)));
        const QString status = QString::fromUtf8(run("status").output);
        QVERIFY2(status.contains(QStringLiteral("replay")), qPrintable(status));
        QCOMPARE(run("status --json").json()[QStringLiteral("backend")], QJsonValue(QStringLiteral("replay")));
    }

    void liveOnceHasTheRatesOfTwoTicks()
    {
        QList<Moved> steady;
        for (qint64 atMs = 0; atMs < 60'000; atMs += 100)
            steady.append({.atMs = atMs, .pid = 100, .uid = alice, .name = QStringLiteral("curl"), .rxBytes = 1'000});
        startHelper(steady);
        const Outcome outcome = run("live --once --json");
        QVERIFY2(outcome.exitCode == 0, qPrintable(outcome.errors));
        const QJsonObject curl = rowOf(outcome.rows(), "process_name", QStringLiteral("curl"));
        QVERIFY2(curl[QStringLiteral("rx_rate")].toInteger() > 1'000, outcome.output);
        QCOMPARE(curl[QStringLiteral("tx_rate")], QJsonValue(0));
        const QString screen = QString::fromUtf8(run("live --once").output);
        for (const char* part : {"Now", "curl", "TCP", "192.0.2.7"})
            QVERIFY2(screen.contains(QLatin1StringView(part)), qPrintable(screen));
    }

    void liveOnNoTerminalGoesOnOverARestartOfTheHelper()
    {
        startHelper();
        QProcess live;
        tie(live);
        live.setProcessEnvironment(m_bus->environment());
        live.start(QStringLiteral(BWT_BWTCTL), words("live --json"));
        QByteArray output;
        const auto frames = [&] {
            output += live.readAllStandardOutput();
            return output.count('\n');
        };
        QVERIFY(waitUntil([&] { return frames() >= 2; }));
        for (const QByteArray& line : output.trimmed().split('\n'))
            QVERIFY2(QJsonDocument::fromJson(line).object().contains(QStringLiteral("rows")), line);
        m_helper->signal(SIGKILL);
        QVERIFY(waitUntil([&] { return !m_helper->isRunning(); }));
        startHelper();
        const qsizetype before = frames();
        QVERIFY(waitUntil([&] { return frames() > before + 1; }));
        QVERIFY(live.readAllStandardError().contains("The helper is gone"));
        live.kill();
        QVERIFY(live.waitForFinished());
    }

    void aTerminalIsRedrawnInPlaceAndGivenBack()
    {
        startHelper();
        Terminal terminal({80, 24});
        terminal.setEnvironment(m_bus->environment());
        QVERIFY(terminal.start(QStringLiteral(BWT_BWTCTL), {QStringLiteral("live")}));
        QTRY_VERIFY(terminal.drawn().contains("curl"));
        QVERIFY(terminal.drawn().contains("\x1b[?1049h"));
        QVERIFY(!terminal.isAsBefore());
        terminal.forget();
        terminal.resize({120, 40});
        QTRY_VERIFY(terminal.drawn().contains("/usr/bin/curl")); // there is room for the executable now

        m_helper->signal(SIGKILL);
        QTRY_VERIFY(terminal.drawn().contains("The helper is gone"));
        terminal.type("q");
        QTRY_COMPARE(terminal.process().state(), QProcess::NotRunning);
        QCOMPARE(terminal.process().exitCode(), 0);
        QVERIFY(terminal.drawn().endsWith("\x1b[?1049l"));
        QVERIFY(terminal.isAsBefore());
    }

    void aTerminalIsGivenBackOnControlC()
    {
        startHelper();
        Terminal terminal({80, 24});
        terminal.setEnvironment(m_bus->environment());
        QVERIFY(terminal.start(QStringLiteral(BWT_BWTCTL), {QStringLiteral("live")}));
        QTRY_VERIFY(terminal.drawn().contains("curl"));
        terminal.type("\x03");
        QTRY_COMPARE(terminal.process().state(), QProcess::NotRunning);
        QVERIFY(terminal.drawn().endsWith("\x1b[?1049l"));
        QVERIFY(terminal.isAsBefore());
    }

    void noColourIsRespected()
    {
        startHelper();
        const auto hasColours = [this](const QString& value) {
            Terminal terminal({80, 24});
            QProcessEnvironment environment = m_bus->environment();
            environment.insert(QStringLiteral("TERM"), QStringLiteral("xterm"));
            environment.insert(QStringLiteral("NO_COLOR"), value);
            terminal.setEnvironment(environment);
            const bool ran = terminal.start(QStringLiteral(BWT_BWTCTL), {QStringLiteral("status")})
                && waitUntil([&] { return terminal.drawn().contains("Version"); });
            return ran && terminal.drawn().contains("\x1b[1m");
        };
        QVERIFY(hasColours(QString()));
        QVERIFY(!hasColours(QStringLiteral("1")));
    }

    void whoMayNotIsToldWhatToDo()
    {
        startHelper();
        m_polkit->answerAtOnce(false);
        const Outcome refused = run("totals --json", alice);
        QCOMPARE(refused.exitCode, 1);
        QVERIFY(isOneLineWith(refused, {QStringLiteral("org.bandwidthtracker.helper1.view")}));
        QVERIFY(refused.output.isEmpty());
    }

    void otherPeoplesProgramsAreOneSumWithoutAuthorisation()
    {
        m_polkit.reset();
        PolkitDaemon polkit(*m_bus);
        QVERIFY(polkit.start());
        startHelper();
        const QJsonArray rows = run("totals --json --by process", alice).rows();
        QCOMPARE(rows.size(), 3);
        const QJsonObject others = rowOf(rows, "other_users", true);
        QCOMPARE(others[QStringLiteral("tx_bytes")], QJsonValue(bobTx));
        QVERIFY(others[QStringLiteral("process_name")].isNull());
        const QString table = QString::fromUtf8(run("totals --by process", alice).output);
        QVERIFY2(table.contains(QStringLiteral("Other people on this computer")), qPrintable(table));
        QVERIFY2(!table.contains(QStringLiteral("secret")), qPrintable(table));

        const QJsonArray apps = run("apps --json", alice).rows();
        QCOMPARE(apps.size(), 2);
        QVERIFY(rowOf(apps, "app_name", QStringLiteral("secret")).isEmpty());

        const Outcome paused = run("pause", alice);
        QCOMPARE(paused.exitCode, 1);
        QVERIFY(isOneLineWith(paused, {QStringLiteral("administrator"), QStringLiteral("sudo")}));
    }

    void aPasswordIsAskedOnTheTerminal()
    {
        m_polkit.reset();
        PolkitDaemon polkit(*m_bus);
        QVERIFY(polkit.start());
        startHelper();
        Terminal terminal({80, 24}, alice);
        QProcessEnvironment environment = m_bus->environment();
        environment.remove(QStringLiteral("XDG_SESSION_ID")); // this polkitd knows of no sessions
        terminal.setEnvironment(environment);
        QVERIFY(terminal.start(QStringLiteral(BWT_BWTCTL), words("totals --by process --all-users")));
        QTRY_VERIFY2(
            terminal.drawn().contains("AUTHENTICATING FOR org.bandwidthtracker.helper1.view-all"), terminal.drawn());
    }

    void pauseAndResumeAreManaging()
    {
        startHelper();
        const Outcome paused = run("pause");
        QVERIFY2(paused.exitCode == 0 && paused.output.startsWith("Paused."), qPrintable(paused.errors));
        QCOMPARE(run("status --json").json()[QStringLiteral("paused")], QJsonValue(true));
        QCOMPARE(run("resume --json").json()[QStringLiteral("paused")], QJsonValue(false));
        QCOMPARE(run("status --json").json()[QStringLiteral("paused")], QJsonValue(false));
    }

    void anExportIsTheSameInAFileAndOnStandardOutput()
    {
        startHelper();
        const Outcome json = run("export --json");
        QVERIFY2(json.exitCode == 0, qPrintable(json.errors));
        const QJsonObject curl = rowOf(json.rows(), "process_name", QStringLiteral("curl"));
        QCOMPARE(curl[QStringLiteral("tx_bytes")], QJsonValue(curlTx));
        QVERIFY(curl.contains(QStringLiteral("bucket_start_ms")));
        QCOMPARE(curl[QStringLiteral("protocol")], QJsonValue(QStringLiteral("TCP")));

        const QString path = m_bus->directory() + QStringLiteral("/history.csv");
        const Outcome csv = run("export --process curl");
        QVERIFY(csv.output.startsWith("bucket_start_ms,bucket_start,") && csv.output.contains(",curl,"));
        QVERIFY(!csv.output.contains(",apt,"));
        QVERIFY(csv.errors.isEmpty()); // no progress where nobody looks
        const Outcome file = run(qPrintable(QStringLiteral("export --process curl --output ") + path));
        QVERIFY2(file.output.startsWith("Wrote "), qPrintable(file.errors));
        QFile written(path);
        QVERIFY(written.open(QIODevice::ReadOnly));
        QVERIFY(written.readAll().contains(",curl,"));
        QCOMPARE(QDir(m_bus->directory()).entryList({QStringLiteral("history.csv*")}),
            QStringList(QStringLiteral("history.csv")));

        const Outcome device = run("export --output /dev/null");
        QCOMPARE(device.exitCode, 1);
        QVERIFY(isOneLineWith(device, {QStringLiteral("/dev/null")}));
    }

    void anExportTellsATerminalHowFarItIs()
    {
        startHelper();
        Terminal terminal({80, 24});
        terminal.setEnvironment(m_bus->environment());
        const QString path = m_bus->directory() + QStringLiteral("/history.csv");
        QVERIFY(
            terminal.start(QStringLiteral(BWT_BWTCTL), {QStringLiteral("export"), QStringLiteral("--output"), path}));
        QTRY_COMPARE(terminal.process().state(), QProcess::NotRunning);
        QTRY_VERIFY(terminal.drawn().contains("Wrote "));
        QVERIFY2(terminal.drawn().contains(" %, ") && terminal.drawn().contains(" rows a second"), terminal.drawn());
        QVERIFY(!terminal.drawn().contains("second\r\n")); // it goes when it is over
    }

    void topTakesFiltersAndEventsAreRows()
    {
        startHelper();
        const QJsonArray top = run("top --json --user root --by process").rows();
        QCOMPARE(top.size(), 1);
        QCOMPARE(top[0][QStringLiteral("process_name")], QJsonValue(QStringLiteral("apt")));
        QVERIFY(run("top --json --range all --scope loopback").rows().isEmpty());
        QVERIFY(!run("history --json --range all --bucket day").rows().isEmpty());
        const Outcome events = run("events --json");
        QVERIFY2(events.exitCode == 0, qPrintable(events.errors));
        const QJsonObject restart = rowOf(events.rows(), "kind", QStringLiteral("restart"));
        QCOMPARE(restart[QStringLiteral("detail")], QJsonValue(QStringLiteral(BWT_VERSION)));
        QVERIFY(run("events").output.contains("A helper of version"));
    }

    void appsAreCalledAndCountedAsTheUserSays()
    {
        startHelper();
        const auto apps = [this](const char* line) {
            QMap<QString, qint64> bytes;
            for (const auto& row : run(line).rows())
                bytes[row[QStringLiteral("app_name")].toString()]
                    += row[QStringLiteral("tx_bytes")].toInteger() + row[QStringLiteral("rx_bytes")].toInteger();
            return bytes;
        };
        const auto done = [this](const char* line) {
            const Outcome outcome = run(line);
            if (outcome.exitCode != 0)
                qWarning().noquote() << outcome.errors;
            return outcome.exitCode == 0;
        };
        QVERIFY(done("apps rename /usr/bin/apt Updates")); // of which nothing may be stored yet
        QVERIFY(done("apps merge /usr/bin/secret /usr/bin/curl"));
        const QMap<QString, qint64> changed{
            {QStringLiteral("curl"), curlTx + curlRx + bobTx}, {QStringLiteral("Updates"), systemRx}};
        for (const char* line : {"top --json --by app", "totals --json --by app", "live --once --json --by app",
                 "history --json --bucket day --by app --range 1h"})
            QCOMPARE(apps(line), changed);
        QCOMPARE(run("ips --json --app /usr/bin/curl").rows().size(), 2);
        const QJsonArray list = run("apps --json").rows();
        QCOMPARE(list.size(), 3);
        const QJsonObject secret = rowOf(list, "app_id", QStringLiteral("/usr/bin/secret"));
        QCOMPARE(secret[QStringLiteral("merged_into")], QJsonValue(QStringLiteral("/usr/bin/curl")));
        const QString table = QString::fromUtf8(run("apps").output);
        QVERIFY2(table.contains(QStringLiteral("was apt")), qPrintable(table));

        const Outcome loop = run("apps merge /usr/bin/curl /usr/bin/secret");
        QCOMPARE(loop.exitCode, 1);
        QVERIFY(isOneLineWith(loop, {QStringLiteral("counts for"), QStringLiteral("already")}));
        QVERIFY(isOneLineWith(run("apps reset nobody"), {QStringLiteral("bwtctl apps")}));
        m_polkit->answerAtOnce(false);
        const Outcome refused = run("apps reset /usr/bin/apt", alice);
        QCOMPARE(refused.exitCode, 1);
        QVERIFY(isOneLineWith(refused, {QStringLiteral("org.bandwidthtracker.helper1.manage")}));
        m_polkit->answerAtOnce(true);

        QVERIFY(done("apps reset /usr/bin/apt"));
        QVERIFY(done("apps reset /usr/bin/secret"));
        const QMap<QString, qint64> before{{QStringLiteral("curl"), curlTx + curlRx},
            {QStringLiteral("apt"), systemRx}, {QStringLiteral("secret"), bobTx}};
        for (const char* line : {"top --json --by app", "totals --json --by app"})
            QCOMPARE(apps(line), before);
    }

    void settingsAreListedAndChanged()
    {
        startHelper();
        const auto setting = [](const Outcome& outcome, const char* name) {
            return rowOf(outcome.rows(), "name", QLatin1StringView(name));
        };
        const Outcome before = run("settings --json");
        QCOMPARE(setting(before, "keep-hours")[QStringLiteral("value")], QJsonValue(QStringLiteral("731")));
        QCOMPARE(setting(before, "interval")[QStringLiteral("value")], QJsonValue(QJsonValue::Null));
        QCOMPARE(setting(before, "backend")[QStringLiteral("origin")], QJsonValue(QStringLiteral("command-line")));

        const Outcome after = run("settings --json keep-hours=900 interval=2000");
        QCOMPARE(after.exitCode, 0);
        QCOMPARE(setting(after, "keep-hours")[QStringLiteral("value")], QJsonValue(QStringLiteral("900")));
        QCOMPARE(setting(after, "keep-hours")[QStringLiteral("origin")], QJsonValue(QStringLiteral("file")));
        QCOMPARE(run("status --json").json()[QStringLiteral("interval_ms")], QJsonValue(2000));
        const QString table = QString::fromUtf8(run("settings interval=").output);
        QVERIFY2(table.contains(QStringLiteral("settings file; default 731")), qPrintable(table));
        QVERIFY2(!table.contains(QStringLiteral("2000")), qPrintable(table));

        const Outcome wrong = run("settings keep-hours=3 interval=9");
        QCOMPARE(wrong.exitCode, 1);
        QVERIFY(isOneLineWith(wrong, {QStringLiteral("keep-hours: 3 days are fewer than")}));
        m_polkit->answerAtOnce(false);
        QVERIFY(isOneLineWith(
            run("settings interval=3000", alice), {QStringLiteral("org.bandwidthtracker.helper1.manage")}));
        m_polkit->answerAtOnce(true);
        QCOMPARE(setting(run("settings --json"), "keep-hours")[QStringLiteral("value")],
            QJsonValue(QStringLiteral("900")));
    }

    void placesAreToldByTheFileThatTheHelperWasGiven()
    {
        QVERIFY(atlas("DE").writeTo(pathOf("places.mmdb")));
        startHelper({QStringLiteral("--country-db"), pathOf("places.mmdb")});
        for (const char* const line : {"totals --json --by country", "top --json --by country",
                 "history --json --bucket day --by country", "live --once --json --by country"}) {
            const QJsonArray rows = run(line).rows();
            QCOMPARE(rowOf(rows, "country", QStringLiteral("DE"))[QStringLiteral("rx_bytes")],
                QJsonValue(curlRx + systemRx));
            QCOMPARE(rowOf(rows, "country", QStringLiteral("JP"))[QStringLiteral("tx_bytes")], QJsonValue(bobTx));
        }
        const QJsonObject host = rowOf(run("ips --json").rows(), "remote_ip", farRemote);
        QCOMPARE(host[QStringLiteral("country")], QJsonValue(QStringLiteral("DE")));
        QCOMPARE(host[QStringLiteral("asn")], QJsonValue(64496));
        QCOMPARE(host[QStringLiteral("as_name")], QJsonValue(QStringLiteral("Example, \"Net\"")));
        QCOMPARE(run("top --json --by asn").rows()[0][QStringLiteral("asn")], QJsonValue(64496));
        QCOMPARE(sum(run("top --json --country jp --by user").rows(), "tx_bytes"), bobTx);
        QCOMPARE(sum(run("ips --json --asn AS64496").rows(), "rx_bytes"), curlRx + systemRx);
        const QByteArray csv = run("export --by remote --bucket day --country DE").output;
        QVERIFY2(csv.contains(",remote_ip,remote_name,country,asn,as_name,"), csv);
        QVERIFY2(csv.contains(",203.0.113.7,,DE,64496,\"Example, \"\"Net\"\"\","), csv);
        QVERIFY(run("ips").output.contains("AS64496 Example"));
        const QJsonObject file = run("status --json").json()[QStringLiteral("place_files")].toArray()[0].toObject();
        QCOMPARE(file[QStringLiteral("path")], QJsonValue(pathOf("places.mmdb")));
        QCOMPARE(file[QStringLiteral("tells")], (QJsonArray{QStringLiteral("country"), QStringLiteral("asn")}));
        QCOMPARE(file[QStringLiteral("built_ms")], QJsonValue(qint64(1'750'000'000'000)));
        QVERIFY(file[QStringLiteral("problem")].isNull());
        const QByteArray status = run("status").output;
        QVERIFY2(status.contains("places.mmdb: Test of 2025-06-15"), status);
    }

    void whereOthersTalkToIsNotToldByPlaceEither()
    {
        m_polkit.reset();
        PolkitDaemon polkit(*m_bus);
        QVERIFY(polkit.start());
        QVERIFY(atlas("DE").writeTo(pathOf("places.mmdb")));
        startHelper({QStringLiteral("--country-db"), pathOf("places.mmdb")});
        for (const char* const line : {"totals --json --by country", "top --json --by country,asn"}) {
            const QJsonArray rows = run(line, alice).rows();
            QVERIFY2(rows.size() == 2, line);
            QVERIFY(rowOf(rows, "country", QStringLiteral("JP")).isEmpty());
            QCOMPARE(rowOf(rows, "other_users", true)[QStringLiteral("country")], QJsonValue());
            QCOMPARE(rowOf(rows, "other_users", true)[QStringLiteral("tx_bytes")], QJsonValue(bobTx));
        }
        QVERIFY(run("top --json --country JP", alice).rows().isEmpty());
        QVERIFY(run("ips --json --country JP", alice).rows().isEmpty());
    }

    void withoutAFileNothingSpeaksOfPlaces()
    {
        startHelper();
        const QJsonObject host = rowOf(run("ips --json").rows(), "remote_ip", farRemote);
        QVERIFY(host.contains(QStringLiteral("country")) && host[QStringLiteral("country")].isNull());
        QVERIFY(host.contains(QStringLiteral("asn")) && host[QStringLiteral("asn")].isNull());
        QVERIFY(!run("status").output.contains("Places"));
        QVERIFY(!run("ips").output.contains("Country"));
        QVERIFY(!run("ips --range 1h").output.contains("operator"));
        QVERIFY(m_helper->log().filter(QStringLiteral("place")).isEmpty());
    }

    void anotherFileIsTakenWhenTheSettingsAreReadAgain()
    {
        const QString config = pathOf("helper.conf");
        const auto set = [&](const QByteArray& lines) {
            QFile file(config);
            const bool isWritten = file.open(QIODevice::WriteOnly) && file.write("[helper]\n" + lines) > 0;
            file.close();
            m_helper->signal(SIGHUP);
            return isWritten;
        };
        const auto countries = [&] {
            QStringList all;
            for (const char* const line : {"totals --json --by country", "top --json --by country"})
                all.append(run(line).rows()[0][QStringLiteral("country")].toString(QStringLiteral("none")));
            return all;
        };
        const QByteArray lines = "country-db=" + pathOf("places.mmdb").toUtf8() + '\n';
        QFile file(config);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("[helper]\n" + lines) > 0);
        file.close();
        startHelper({QStringLiteral("--config"), config});
        QVERIFY(m_helper->waitForLog(QStringLiteral("places are not known: "))); // and the rest goes on
        QCOMPARE(countries(), QStringList(2, QStringLiteral("none")));
        QVERIFY(run("status").output.contains("places.mmdb can't be read: No such file or directory"));
        QVERIFY(atlas("DE").writeTo(pathOf("places.mmdb")));
        QVERIFY(set(lines));
        QTRY_COMPARE(countries(), QStringList(2, QStringLiteral("DE")));
        QVERIFY(atlas("FR").writeTo(pathOf("places.mmdb")));
        QVERIFY(set(lines));
        QTRY_COMPARE(countries(), QStringList(2, QStringLiteral("FR")));
        QVERIFY(set("#\n"));
        QTRY_COMPARE(countries(), QStringList(2, QStringLiteral("none")));
        QVERIFY(m_helper->log().filter(QStringLiteral("next start")).isEmpty());
    }

    void clearNeedsAWordAndSaysWhatWent()
    {
        startHelper();
        QVERIFY(!run("top --json").rows().isEmpty());
        const Outcome asked = run("clear");
        QCOMPARE(asked.exitCode, 2);
        QVERIFY(isOneLineWith(asked, {QStringLiteral("--yes")}));
        QVERIFY(!run("top --json").rows().isEmpty());
        const Outcome cleared = run("clear --yes --json");
        QVERIFY2(cleared.exitCode == 0, qPrintable(cleared.errors));
        QVERIFY(cleared.json()[QStringLiteral("removed_rows")].toInteger() > 0);
        QVERIFY(run("top --json").rows().isEmpty());
    }

    void clearAsksOnATerminalAndTakesNoForAnAnswer()
    {
        startHelper();
        QVERIFY(!run("top --json").rows().isEmpty());
        const auto clear = [this](const QByteArray& answer) {
            Terminal terminal({80, 24});
            terminal.setEnvironment(m_bus->environment());
            if (!terminal.start(QStringLiteral(BWT_BWTCTL), {QStringLiteral("clear")})
                || !waitUntil([&] { return terminal.drawn().contains("[y/N]"); }))
                return QByteArray("nothing was asked");
            terminal.type(answer);
            const bool ended = waitUntil([&] { return terminal.process().state() == QProcess::NotRunning; });
            return ended ? terminal.drawn() : QByteArray("it did not end");
        };
        QVERIFY(clear("\n").contains("nothing was deleted"));
        QVERIFY(!run("top --json").rows().isEmpty());
        QVERIFY(clear("y\n").contains("Deleted"));
        QVERIFY(run("top --json").rows().isEmpty());
    }

    void clearAsksAboutTheRangeThatItDeletes()
    {
        startHelper();
        constexpr qint64 minuteMs = 60'000;
        const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
        const qint64 firstMs = nowMs - nowMs % minuteMs - 60 * minuteMs; // of which minutes are kept
        const auto moment = [](qint64 ms) {
            const QDateTime local = QDateTime::fromMSecsSinceEpoch(ms);
            return local.toOffsetFromUtc(local.offsetFromUtc()).toString(Qt::ISODate);
        };
        const QByteArray range
            = QStringLiteral("from %1 to %2").arg(moment(firstMs), moment(firstMs + 2 * minuteMs)).toLatin1();
        Terminal terminal({200, 24});
        terminal.setEnvironment(m_bus->environment());
        QVERIFY(terminal.start(QStringLiteral(BWT_BWTCTL),
            {QStringLiteral("clear"), QStringLiteral("--since"), QString::number(firstMs + minuteMs / 2),
                QStringLiteral("--until"), QString::number(firstMs + minuteMs + 10'000)}));
        QTRY_VERIFY2(terminal.drawn().contains("[y/N]"), terminal.drawn());
        QVERIFY2(terminal.drawn().contains(range), terminal.drawn());
        terminal.type("n\n");
        QTRY_VERIFY2(terminal.drawn().contains("nothing was deleted"), terminal.drawn());
    }

    void whatIsWrongIsSaidInOneLineWithWhatToDo()
    {
        const Outcome missing = run("status");
        QCOMPARE(missing.exitCode, 1);
        QVERIFY(isOneLineWith(missing, {QStringLiteral("systemctl start ebpf-bandwidth-tracker")}));

        const Outcome usage = run("totls");
        QCOMPARE(usage.exitCode, 2);
        QVERIFY(isOneLineWith(usage, {QStringLiteral("did you mean 'totals'?")}));

        startHelper();
        const Outcome full = run("totals", root, QStringLiteral("/dev/full"));
        QCOMPARE(full.exitCode, 1);
        QVERIFY(isOneLineWith(full, {QStringLiteral("No space left")}));

        m_bus->stop();
        const Outcome noBus = run("status");
        QCOMPARE(noBus.exitCode, 1);
        QVERIFY(isOneLineWith(noBus, {QStringLiteral("system bus")}));
    }
};

QTEST_GUILESS_MAIN(BwtctlTest)
#include "tst_bwtctl.moc"
