// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"
#include "app/cli/commandtable.h"
#include "app/cli/nearest.h"

#include <QDateTime>
#include <QFile>
#include <QTest>

#include <ctime>

using namespace bwt;
using namespace bwt::cli;

namespace {

constexpr qint64 hourMs = 3'600'000;
constexpr qint64 nowMs = 1'800'000'000'000;

ParsedArguments parse(const QString& line)
{
    return parseArguments(line.split(QLatin1Char(' '), Qt::SkipEmptyParts), nowMs);
}

/// What is wrong with the line; empty when nothing is.
QString complaint(const QString& line)
{
    const ParsedArguments parsed = parse(line);
    const auto* wrong = std::get_if<WrongUsage>(&parsed);
    return wrong == nullptr ? QString() : wrong->text;
}

/// The local time zone while it lives.
class TimeZone {
public:
    explicit TimeZone(const QByteArray& name)
        : m_before(qgetenv("TZ"))
    {
        set(name);
    }
    ~TimeZone() { set(m_before); }
    TimeZone(const TimeZone&) = delete;
    TimeZone& operator=(const TimeZone&) = delete;

private:
    static void set(const QByteArray& name)
    {
        if (name.isEmpty())
            qunsetenv("TZ");
        else
            qputenv("TZ", name);
        tzset();
    }

    const QByteArray m_before;
};

Request request(const QString& line)
{
    const ParsedArguments parsed = parse(line);
    if (const auto* request = std::get_if<Request>(&parsed))
        return *request;
    qWarning().noquote() << line << complaint(line);
    return {};
}

} // namespace

class ArgumentsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyCommandIsKnownByItsName()
    {
        for (const CommandEntry& entry : commandTable())
            QCOMPARE(request(entry.name).command, entry.command);
    }

    void theTableOfOptionsIsInTheOrderOfItsEnum()
    {
        for (const OptionEntry& entry : optionTable())
            QCOMPARE(optionEntry(entry.option).name, entry.name);
    }

    void globalOptionsStandBeforeOrAfterTheCommand()
    {
        for (const char* line : {"--bus session --json totals", "totals --json --bus=session"}) {
            const Request parsed = request(QString::fromLatin1(line));
            QCOMPARE(parsed.command, Command::Totals);
            QCOMPARE(parsed.bus, QStringLiteral("session"));
            QVERIFY(parsed.json);
        }
        QCOMPARE(request(QStringLiteral("status")).bus, QStringLiteral("system"));
        QCOMPARE(request(QStringLiteral("status --bus unix:path=/run/x")).bus, QStringLiteral("unix:path=/run/x"));
    }

    void groupingAndFiltersAreRead()
    {
        const Request parsed
            = request(QStringLiteral("history --by process,remote --process 42 --app a --protocol TCP "
                                     "--remote ::1 --bucket hour --limit 10000 --all-users"));
        QCOMPARE(parsed.by, (Dimensions{Dimension::Process, Dimension::Remote}));
        QCOMPARE(parsed.filter.pid, 42U);
        QVERIFY(parsed.filter.process.isEmpty());
        QCOMPARE(request(QStringLiteral("ips --process 7zip")).filter.process, QStringLiteral("7zip"));
        QCOMPARE(request(QStringLiteral("ips --process 0")).filter.process, QStringLiteral("[kernel]"));
        QCOMPARE(parsed.filter.app, QStringLiteral("a"));
        QCOMPARE(parsed.filter.protocol, QStringLiteral("TCP"));
        QCOMPARE(parsed.filter.remote, QStringLiteral("::1"));
        QCOMPARE(parsed.bucket, QStringLiteral("hour"));
        QCOMPARE(parsed.limit, 10'000U);
        QVERIFY(parsed.allUsers);
        QVERIFY(!request(QStringLiteral("top")).by);
    }

    void appsTakesADeedAndWhatItIsAbout()
    {
        QVERIFY(!request(QStringLiteral("apps --all-users")).appChange);
        const auto change
            = [](const char* line) { return request(QString::fromLatin1(line)).appChange.value_or(AppChange()); };
        const QString app = QStringLiteral("/usr/bin/a");
        QCOMPARE(change("apps rename /usr/bin/a A"), (AppChange{AppChange::Kind::Rename, app, QStringLiteral("A")}));
        QCOMPARE(change("apps merge /usr/bin/a desktop:b --json"),
            (AppChange{AppChange::Kind::Merge, app, QStringLiteral("desktop:b")}));
        QCOMPARE(change("apps reset /usr/bin/a"), (AppChange{AppChange::Kind::Reset, app}));
        QVERIFY(complaint(QStringLiteral("apps drop a")).contains(QStringLiteral("rename, merge and reset")));
        QVERIFY(complaint(QStringLiteral("apps rename a")).contains(QStringLiteral("rename takes")));
        QVERIFY(complaint(QStringLiteral("apps merge a b c")).contains(QStringLiteral("merge takes")));
        QVERIFY(complaint(QStringLiteral("apps reset")).contains(QStringLiteral("reset takes")));
        QVERIFY(complaint(QStringLiteral("pause apps")).contains(QStringLiteral("one word too many")));
    }

    void settingsTakeNamesWithValues()
    {
        using Changes = QList<std::pair<QString, QString>>;
        QCOMPARE(request(QStringLiteral("settings")).settings, Changes());
        QCOMPARE(request(QStringLiteral("settings interval=2000 totals-only-apps= keep-hours=a=b")).settings,
            (Changes{{QStringLiteral("interval"), QStringLiteral("2000")}, {QStringLiteral("totals-only-apps"), {}},
                {QStringLiteral("keep-hours"), QStringLiteral("a=b")}}));
        QVERIFY(complaint(QStringLiteral("settings interval")).contains(QStringLiteral("NAME=VALUE")));
        QVERIFY(complaint(QStringLiteral("settings =1")).contains(QStringLiteral("NAME=VALUE")));
    }

    void placesAreReadAsPeopleWriteThem()
    {
        const Request parsed = request(QStringLiteral("top --by country,asn --country de --asn AS3320"));
        QCOMPARE(parsed.by, (Dimensions{Dimension::Country, Dimension::Asn}));
        QCOMPARE(parsed.filter.country, QStringLiteral("DE"));
        QCOMPARE(parsed.filter.asn, 3320U);
        QCOMPARE(request(QStringLiteral("ips --asn 4294967295")).filter.asn, 4'294'967'295U);
        QCOMPARE(request(QStringLiteral("ips")).filter, Filter());
    }

    void rangesCountBackFromNow_data()
    {
        QTest::addColumn<QString>("options");
        QTest::addColumn<qint64>("sinceMs");
        QTest::addColumn<qint64>("untilMs");
        const auto row = [](const char* options, qint64 sinceMs, qint64 untilMs) {
            QTest::newRow(options) << QString::fromLatin1(options) << sinceMs << untilMs;
        };
        row("--range 90s", nowMs - 90'000, 0);
        row("--range 30min", nowMs - hourMs / 2, 0);
        row("--range 24h", nowMs - 24 * hourMs, 0);
        row("--range 7d", nowMs - 7 * 24 * hourMs, 0);
        row("--range 4w", nowMs - 4 * 7 * 24 * hourMs, 0);
        row("--range 1y", nowMs - 365 * 24 * hourMs, 0);
        row("--since 2h", nowMs - 2 * hourMs, 0);
        row("--since 2h --until 1h", nowMs - 2 * hourMs, nowMs - hourMs);
        row("--until 1h", 0, nowMs - hourMs);
        row("--since 1700000000000", 1'700'000'000'000, 0);
        row("--since 2023-11-14T22:13:20Z", 1'700'000'000'000, 0);
        row("--since 2023-11-14T23:13:20+01:00", 1'700'000'000'000, 0);
        row("--since 2023-11-14T22:13:20.500Z", 1'700'000'000'500, 0);
        row("--since 2023-11-14", QDateTime(QDate(2023, 11, 14), QTime(0, 0)).toMSecsSinceEpoch(), 0);
        row("--since 2023-11-14T12:30", QDateTime(QDate(2023, 11, 14), QTime(12, 30)).toMSecsSinceEpoch(), 0);
    }
    void rangesCountBackFromNow()
    {
        QFETCH(const QString, options);
        QFETCH(const qint64, sinceMs);
        QFETCH(const qint64, untilMs);
        const Request parsed = request(QStringLiteral("top ") + options);
        QVERIFY(parsed.range);
        QCOMPARE(parsed.range->sinceMs, sinceMs);
        QCOMPARE(parsed.range->untilMs, untilMs);
    }

    void filtersByServiceNetworkUserAndScopeAreRead()
    {
        for (const char* command : {"top", "history", "protocols", "ips"}) {
            const Request parsed = request(QLatin1StringView(command)
                + QStringLiteral(" --service https --network eth0 --user root --scope lan --app a"));
            QCOMPARE(parsed.filter.service, QStringLiteral("https"));
            QCOMPARE(parsed.filter.network, QStringLiteral("eth0"));
            QCOMPARE(parsed.filter.uid, 0U);
            QCOMPARE(parsed.filter.scope, QStringLiteral("lan"));
            QCOMPARE(parsed.filter.app, QStringLiteral("a"));
        }
        QCOMPARE(request(QStringLiteral("ips --user 1000")).filter.uid, 1000U);
        QVERIFY(!request(QStringLiteral("ips")).filter.uid);
        const Request clearing = request(QStringLiteral("clear --app a --remote ::1"));
        QCOMPARE(clearing.filter.app, QStringLiteral("a"));
        QCOMPARE(clearing.filter.remote, QStringLiteral("::1"));
    }

    void anExportsFormatIsSaidInEitherWay()
    {
        QVERIFY(!request(QStringLiteral("export")).json);
        for (const char* line : {"export --format json", "export --json", "--json export --format json"})
            QVERIFY2(request(QString::fromLatin1(line)).json, line);
        const Request parsed = request(QStringLiteral("export --output a.csv --format csv --bucket day --by app"));
        QCOMPARE(parsed.outputFile, QStringLiteral("a.csv"));
        QVERIFY(!parsed.json);
    }

    void namedRangesAreWholeLocalDays_data()
    {
        QTest::addColumn<QByteArray>("zone");
        QTest::addColumn<QString>("now");
        QTest::addColumn<QString>("options");
        QTest::addColumn<QString>("since");
        QTest::addColumn<QString>("until");
        const auto row
            = [](const char* zone, const char* now, const char* options, const char* since, const char* until = "") {
                  QTest::addRow("%s %s %s", zone, now, options)
                      << QByteArray(zone) << QString::fromLatin1(now) << QString::fromLatin1(options)
                      << QString::fromLatin1(since) << QString::fromLatin1(until);
              };
        const char* const berlin = "Europe/Berlin";
        row(berlin, "2026-03-30T12:00:00+02:00", "today", "2026-03-30T00:00:00+02:00");
        // a day of 23 hours, and one of 25
        row(berlin, "2026-03-30T12:00:00+02:00", "yesterday", "2026-03-29T00:00:00+01:00",
            "2026-03-30T00:00:00+02:00");
        row(berlin, "2026-10-26T00:00:00+01:00", "yesterday", "2026-10-25T00:00:00+02:00",
            "2026-10-26T00:00:00+01:00");
        // a midnight that the zone skips
        row("America/Sao_Paulo", "2018-11-04T12:00:00-02:00", "today", "2018-11-04T01:00:00-02:00");
        row(berlin, "2026-03-29T23:30:00+02:00", "week", "2026-03-23T00:00:00+01:00");
        row(berlin, "2026-03-30T00:00:00+02:00", "week", "2026-03-30T00:00:00+02:00");
        row(berlin, "2026-03-30T12:00:00+02:00", "month", "2026-03-01T00:00:00+01:00");
        row(berlin, "2026-07-30T12:00:00+02:00", "year", "2026-01-01T00:00:00+01:00");
        row(berlin, "2026-07-30T12:00:00+02:00", "all", "");
        row(berlin, "2026-07-14T23:59:59+02:00", "billing --billing-day 15", "2026-06-15T00:00:00+02:00");
        row(berlin, "2026-07-15T00:00:00+02:00", "billing --billing-day 15", "2026-07-15T00:00:00+02:00");
        row(berlin, "2026-07-15T00:00:00+02:00", "last-billing --billing-day 15", "2026-06-15T00:00:00+02:00",
            "2026-07-15T00:00:00+02:00");
        row(berlin, "2026-01-10T00:00:00+01:00", "last-billing --billing-day 15", "2025-11-15T00:00:00+01:00",
            "2025-12-15T00:00:00+01:00");
        // months without the day begin on their last one
        row(berlin, "2026-02-27T12:00:00+01:00", "billing --billing-day 31", "2026-01-31T00:00:00+01:00");
        row(berlin, "2026-02-28T12:00:00+01:00", "billing --billing-day 31", "2026-02-28T00:00:00+01:00");
        row(berlin, "2028-02-29T12:00:00+01:00", "billing --billing-day 30", "2028-02-29T00:00:00+01:00");
        row(berlin, "2026-04-02T12:00:00+02:00", "last-billing --billing-day 31", "2026-02-28T00:00:00+01:00",
            "2026-03-31T00:00:00+02:00");
        row("UTC", "2026-03-30T12:00:00Z", "billing --billing-day 1", "2026-03-01T00:00:00Z");
    }
    void namedRangesAreWholeLocalDays()
    {
        QFETCH(const QByteArray, zone);
        QFETCH(const QString, now);
        QFETCH(const QString, options);
        QFETCH(const QString, since);
        QFETCH(const QString, until);
        const TimeZone local(zone);
        const auto ms = [](const QString& text) {
            return text.isEmpty() ? 0 : QDateTime::fromString(text, Qt::ISODate).toMSecsSinceEpoch();
        };
        const QString line = QStringLiteral("top --range ") + options;
        const auto parsed = parseArguments(line.split(QLatin1Char(' ')), ms(now));
        QVERIFY2(std::holds_alternative<Request>(parsed), qPrintable(line));
        const auto range = std::get<Request>(parsed).range;
        QVERIFY(range);
        QCOMPARE(range->sinceMs, ms(since));
        QCOMPARE(range->untilMs, ms(until));
    }

    void billingPeriodsFollowEachOtherWithoutAGap()
    {
        const TimeZone local("Europe/Berlin");
        for (int day = 1; day <= 31; ++day) {
            for (int back = 1; back < 30; ++back) {
                const TimeRange period = billingPeriod(day, back, nowMs);
                QVERIFY(period.sinceMs < period.untilMs);
                QCOMPARE(period.untilMs, billingPeriod(day, back - 1, nowMs).sinceMs);
            }
            QVERIFY(billingPeriod(day, 0, nowMs).sinceMs <= nowMs);
        }
    }

    void aWrongLineIsRefusedAndSaysWhy_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("part");
        const auto row = [](const char* line, const char* part) {
            QTest::newRow(*line == '\0' ? "nothing" : line) << QString::fromLatin1(line) << QString::fromLatin1(part);
        };
        row("", "--help");
        row("clear --remote www.example.net", "--remote is an address");
        row("--json", "no command");
        row("totls", "did you mean 'totals'?");
        row("xylophone", "--help");
        row("top --rnage 3h", "did you mean '--range'?");
        row("top --once", "no option '--once'");
        row("top --limit", "limit");
        row("top --limit 0", "1 to 10000");
        row("top --limit 10001", "1 to 10000");
        row("top --limit many", "1 to 10000");
        row("top --range 0h", "duration");
        row("top --range 3", "duration");
        row("top --range 999999y", "duration");
        row("top --range 1h --since 2h", "without");
        row("top --since 1h --until 2h", "before it begins");
        row("top --since 1700000000", "no time");
        row("top --since tomorrow", "no time");
        row("top --by planet", "planet");
        row("top --range fortnight", "today");
        row("top --range billing", "needs --billing-day");
        row("top --range billing --billing-day 32", "1 to 31");
        row("top --range billing --billing-day x", "1 to 31");
        row("top --range today --billing-day 3", "goes with");
        row("top --since 2h --billing-day 3", "goes with");
        row("top --user nobody-of-that-name", "nobody-of-that-name");
        row("top --scope moon", "loopback, lan, internet or tunnel");
        row("top --country Germany", "two letters");
        row("top --country D1", "two letters");
        row("top --country=", "two letters");
        row("top --asn 0", "number");
        row("top --asn AS", "number");
        row("top --asn 4294967296", "number");
        row("export --format xml", "csv or json");
        row("export --json --format csv", "without");
        row("export --output=", "file's name");
        row("history --bucket week", "minute, hour, day, month");
        row("status --bus somewhere", "D-Bus address");
        row("status now", "'now'");
        row("clear --by app", "no option '--by'");
    }
    void aWrongLineIsRefusedAndSaysWhy()
    {
        QFETCH(const QString, line);
        QFETCH(const QString, part);
        const QString text = complaint(line);
        QVERIFY2(text.contains(part), qPrintable(text));
        QVERIFY(!text.contains(QLatin1Char('\n')));
    }

    void helpTellsEveryCommandAndEveryOption()
    {
        const auto help = [](const QString& line) { return std::get<Information>(parse(line)).text; };
        for (const CommandEntry& entry : commandTable()) {
            QVERIFY2(help(QStringLiteral("--help")).contains(entry.name), entry.name.data());
            const QString own = help(entry.name + QStringLiteral(" --help"));
            for (const Option option : entry.options)
                QVERIFY2(own.contains(QLatin1StringView("--") + optionEntry(option).name), qPrintable(own));
            for (const QString& line : own.split(QLatin1Char('\n')))
                QVERIFY2(line.size() <= 80, qPrintable(line));
        }
        QCOMPARE(help(QStringLiteral("--version")), QStringLiteral("bwtctl " BWT_VERSION "\n"));
        QVERIFY(help(QStringLiteral("-h")).startsWith(QStringLiteral("Usage:")));
    }

    void theManualTellsEveryCommandAndEveryOption()
    {
        QFile file(QStringLiteral(BWT_MANUAL));
        QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.errorString()));
        const QString manual = QString::fromUtf8(file.readAll());
        for (const CommandEntry& entry : commandTable())
            QVERIFY2(manual.contains(QLatin1StringView(".It Cm ") + entry.name), entry.name.data());
        for (const OptionEntry& entry : optionTable())
            QVERIFY2(manual.contains(QLatin1StringView("Fl Fl ") + entry.name), entry.name.data());
    }

    void theNearestNameIsNearEnough()
    {
        const QStringList names = QStringLiteral("live,totals,top,history").split(QLatin1Char(','));
        QCOMPARE(nearest(QStringLiteral("hist"), names), QStringLiteral("history"));
        QCOMPARE(nearest(QStringLiteral("lvie"), names), QStringLiteral("live"));
        QCOMPARE(nearest(QStringLiteral("zebra"), names), QString());
        QCOMPARE(nearest(QString(), names), QString());
    }
};

QTEST_GUILESS_MAIN(ArgumentsTest)
#include "tst_arguments.moc"
