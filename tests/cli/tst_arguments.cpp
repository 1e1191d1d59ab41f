// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"
#include "app/cli/commandtable.h"
#include "app/cli/nearest.h"

#include <QDateTime>
#include <QFile>
#include <QTest>

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

    void aWrongLineIsRefusedAndSaysWhy_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("part");
        const auto row = [](const char* line, const char* part) {
            QTest::newRow(*line == '\0' ? "nothing" : line) << QString::fromLatin1(line) << QString::fromLatin1(part);
        };
        row("", "--help");
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
        row("history --bucket week", "minute, hour, day or month");
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
