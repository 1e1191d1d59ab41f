// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/apptable.h"
#include "app/cli/eventtable.h"
#include "app/cli/output.h"
#include "app/cli/rowtable.h"
#include "app/cli/statusreport.h"
#include "app/cli/table.h"
#include "app/cli/text.h"
#include "app/cli/timerange.h"
#include "dbus/gaps.h"

#include <QRegularExpression>
#include <QTest>

using namespace bwt;
using namespace bwt::cli;

namespace {

const Palette plain(Palette::Colours::Off);

Table sample()
{
    Table table({{.heading = QStringLiteral("Name"), .leastWidth = 4, .shrinks = true},
        {.heading = QStringLiteral("Number"), .align = Align::Right, .leastWidth = 7},
        {.heading = QStringLiteral("Extra"), .dropOrder = 1}});
    table.addRow({{QStringLiteral("a rather long name")}, {QStringLiteral("12 kB")}, {QStringLiteral("x")}});
    table.addRow({{QStringLiteral("b")}, {QStringLiteral("999 B")}, {}});
    return table;
}

Row rowOf(const QString& name, quint64 bytes)
{
    Row row;
    row.pid = 1;
    row.processName = name;
    row.numbers.rxBytes = bytes;
    return row;
}

} // namespace

class TableTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyKindOfEventHasASentenceAndNoneSteersTheTerminal()
    {
        const QString detail = QStringLiteral("eth0\u001b[2J");
        EventList events;
        for (const EventKind kind : {EventKind::Boot, EventKind::Restart, EventKind::Sleep, EventKind::Clock,
                 EventKind::Network, EventKind::Alert, EventKind::Other})
            events.append({kind, 1'700'000'000'000, 1'700'000'060'000, detail});
        const QStringList lines = eventTable(events).lines(std::nullopt, plain);
        QCOMPARE(lines.size(), events.size() + 1);
        QCOMPARE(QSet(lines.begin(), lines.end()).size(), lines.size());
        QVERIFY(!lines.join(QLatin1Char('\n')).contains(QChar(0x1b)));
        QVERIFY2(lines[3].contains(QStringLiteral("slept until")), qPrintable(lines[3]));
    }

    void anAppIsListedWithWhatWasDecidedOfIt()
    {
        const QString id = QStringLiteral("/usr/bin/a");
        const QString other = QStringLiteral("/usr/bin/b");
        const auto decided = [](const AppEntry& app, const AppList& others = {}) {
            return appTable(others + AppList{app})
                .lines(std::nullopt, plain)
                .constLast()
                .section(app.id, 1)
                .trimmed();
        };
        QCOMPARE(decided({id, QStringLiteral("a"), QStringLiteral("a"), {}}), QString());
        QCOMPARE(decided({id, QStringLiteral("A"), QStringLiteral("a"), {}}), QStringLiteral("was a"));
        QCOMPARE(decided({id, QStringLiteral("A"), QStringLiteral("a"), other}),
            QStringLiteral("was a, counts for /usr/bin/b"));
        const AppEntry known{other, QStringLiteral("B"), QStringLiteral("b"), {}};
        QCOMPARE(
            decided({id, QStringLiteral("a"), QStringLiteral("a"), other}, {known}), QStringLiteral("counts for B"));
    }

    void namesNeverSteerTheTerminal_data()
    {
        QTest::addColumn<QString>("raw");
        QTest::addColumn<QString>("shown");
        QTest::newRow("plain") << QStringLiteral("curl café 漢字 😀") << QStringLiteral("curl café 漢字 😀");
        QTest::newRow("escape") << QStringLiteral("\x1b[31m") << QStringLiteral("\\x1b[31m");
        QTest::newRow("newline") << QStringLiteral("a\nb\tc") << QStringLiteral("a\\x0ab\\x09c");
        QTest::newRow("delete") << QStringLiteral("\x7f") << QStringLiteral("\\x7f");
        QTest::newRow("C1") << QString(QChar(0x9b)) << QStringLiteral("\\x9b");
        QTest::newRow("direction") << QString(QChar(0x202e)) << QStringLiteral("\\u{202e}");
        QTest::newRow("line separator") << QString(QChar(0x2028)) << QStringLiteral("\\u{2028}");
    }
    void namesNeverSteerTheTerminal()
    {
        QFETCH(const QString, raw);
        QFETCH(const QString, shown);
        QCOMPARE(printable(raw), shown);
    }

    void jsonNeverSteersTheTerminal()
    {
        const QString name = QChar(0x9b) + QStringLiteral("2J\x1b\x7f");
        const QJsonObject object{{QStringLiteral("name"), name}};
        const QByteArray json = jsonText(object, QJsonDocument::Compact);
        QCOMPARE(json, QByteArray("{\"name\":\"\\u009b2J\\u001b\\u007f\"}\n"));
        QCOMPARE(QJsonDocument::fromJson(json).object(), object);
    }

    void packetsHaveColumnsWhereTheyWereCounted()
    {
        Row row = rowOf(QStringLiteral("curl"), 100);
        const auto heading = [&](Rates rates) {
            return rowTable({rowOf(QStringLiteral("ssh"), 5), row}, {Dimension::Process}, rates)
                .lines({}, plain)
                .first();
        };
        QVERIFY(!heading(Rates::Omitted).contains(QStringLiteral("Wire")));
        row.numbers.rxWireBytes = 180;
        row.numbers.rxPackets = 2;
        QVERIFY(heading(Rates::Omitted).contains(QStringLiteral("Wire ↓")));
        QVERIFY(heading(Rates::Omitted).contains(QStringLiteral("Packets ↑")));
        QVERIFY(!heading(Rates::Shown).contains(QStringLiteral("Wire")));
    }

    void placesHaveColumnsWhereTheyAreKnown()
    {
        Row row;
        row.remoteIp = QStringLiteral("192.0.2.1");
        const auto lines = [&](Dimensions by, std::optional<int> width = {}) {
            return rowTable({Row(), row}, by, Rates::Omitted).lines(width, plain);
        };
        QVERIFY(!lines({Dimension::Remote})[0].contains(QRegularExpression(QStringLiteral("Country|operator"))));
        QVERIFY(lines({Dimension::Country})[0].startsWith(QStringLiteral("Country")));
        QVERIFY(lines({Dimension::Country})[2].startsWith(QStringLiteral("—")));
        row.country = QStringLiteral("DE");
        QVERIFY(lines({Dimension::Remote})[0].contains(QStringLiteral("Country  Download")));
        row.asn = 3320;
        QVERIFY(lines({Dimension::Remote})[2].contains(QStringLiteral("DE       AS3320 ")));
        row.asName = QStringLiteral("Deutsche\u001b Telekom");
        QVERIFY(lines({Dimension::Remote})[2].contains(QStringLiteral("AS3320 Deutsche\\x1b Telekom")));
        QVERIFY(!lines({Dimension::Remote}, 50)[0].contains(QStringLiteral("Country"))); // makes room for the rest
        QVERIFY(lines({Dimension::Country}, 40)[0].contains(QStringLiteral("Country")));
        QVERIFY(!lines({Dimension::Protocol})[0].contains(QStringLiteral("Country"))); // one remote's among many
        QVERIFY(rowLine(row, {Dimension::Asn}).endsWith(QStringLiteral("AS3320 Deutsche\\x1b Telekom")));
    }

    void widthCountsColumnsAndNotCharacters()
    {
        QCOMPARE(displayWidth(QStringLiteral("漢字")), 4);
        QCOMPARE(displayWidth(QStringLiteral("e\u0301")), 1); // a combining accent
        QCOMPARE(elided(QStringLiteral("漢字漢字"), 5), QStringLiteral("漢字…"));
        QCOMPARE(elided(QStringLiteral("abc"), 3), QStringLiteral("abc"));
        QCOMPARE(elided(QStringLiteral("abcd"), 3), QStringLiteral("ab…"));
        QCOMPARE(elided(QStringLiteral("abcd"), 0), QString());
        QCOMPARE(padded(QStringLiteral("漢"), 4, Align::Right), QStringLiteral("  漢"));
    }

    void columnsAreAligned()
    {
        QCOMPARE(sample().lines(std::nullopt, plain),
            (QStringList{
                QStringLiteral("Name                 Number  Extra"),
                QStringLiteral("a rather long name    12 kB  x"),
                QStringLiteral("b                     999 B"),
            }));
    }

    void namesAreCutToFitAndNeverWrapped()
    {
        QCOMPARE(sample().lines(26, plain),
            (QStringList{
                QStringLiteral("Name         Number  Extra"),
                QStringLiteral("a rather …    12 kB  x"),
                QStringLiteral("b             999 B"),
            }));
    }

    void columnsThatCanBeSparedGoBeforeTheOthersAreCutTooShort()
    {
        QCOMPARE(sample().lines(13, plain),
            (QStringList{
                QStringLiteral("Name   Number"),
                QStringLiteral("a r…    12 kB"),
                QStringLiteral("b       999 B"),
            }));
    }

    void whatIsLeftOverGoesToTheNames()
    {
        for (const QString& line : sample().lines(60, plain, Table::Fill::Yes).sliced(0, 2))
            QVERIFY(line.indexOf(QRegularExpression(QStringLiteral("Extra|x$"))) == 55);
    }

    void noLineIsWiderThanTheTerminal()
    {
        Row long1 = rowOf(QString(500, QLatin1Char('n')), 1);
        long1.exe = QString(500, QLatin1Char('e'));
        Row other = rowOf(QString(), 5);
        other.kind = RowKind::OtherUsers;
        for (int width = 40; width < 200; ++width) {
            for (const Rates rates : {Rates::Shown, Rates::Omitted}) {
                for (const QString& line : rowTable({long1, other}, {Dimension::Process}, rates).lines(width, plain))
                    QVERIFY2(displayWidth(line) <= width, qPrintable(line));
            }
        }
    }

    void colourChangesNothingButColour()
    {
        const Palette colours(Palette::Colours::On);
        const QStringList with = sample().lines(30, colours);
        const QStringList without = sample().lines(30, plain);
        QVERIFY(with[0] != without[0]);
        for (qsizetype i = 0; i < with.size(); ++i)
            QCOMPARE(QString(with[i]).remove(QRegularExpression(QStringLiteral("\x1b\\[[0-9]*m"))), without[i]);
    }

    void unknownIsADashAndOtherPeopleAreSaidInWords()
    {
        Row other;
        other.kind = RowKind::OtherUsers;
        other.numbers.rxBytes = 1000;
        const QStringList lines
            = rowTable({rowOf(QString(), 0), other}, {Dimension::Process}, Rates::Shown).lines(std::nullopt, plain);
        QVERIFY2(lines[1].startsWith(QStringLiteral("—")), qPrintable(lines[1]));
        QVERIFY2(lines[1].contains(QStringLiteral("0 B")), qPrintable(lines[1]));
        QVERIFY2(lines[2].startsWith(QStringLiteral("Other people on this computer")), qPrintable(lines[2]));
        QVERIFY2(lines[2].contains(QStringLiteral("1.0 kB")), qPrintable(lines[2]));
    }

    void otherPeoplesSumsAreToldByTheirScope()
    {
        Row other;
        other.kind = RowKind::OtherUsers;
        other.scope = QStringLiteral("lan");
        Row own = rowOf(QString(), 0);
        own.scope = QStringLiteral("lan");
        for (const Dimensions by : {Dimensions{Dimension::Scope}, Dimensions{Dimension::Scope, Dimension::Process}}) {
            const QStringList lines = rowTable({own, other}, by, Rates::Omitted).lines(std::nullopt, plain);
            QVERIFY2(lines[2].contains(QRegularExpression(QStringLiteral("Other people on this computer +lan "))),
                qPrintable(lines.join(QLatin1Char('\n'))));
        }
        QVERIFY(rowLine(other, {Dimension::Scope}).endsWith(QStringLiteral("Other people on this computer  lan")));
    }

    void whatIsPastTheLimitIsSaidInWords()
    {
        Row rest;
        rest.kind = RowKind::Rest;
        rest.numbers.rxBytes = 1000;
        const Series series{0, 1000, 0, 1000, QStringLiteral("replay"), {{0, 1000, false, {rowOf({}, 2000), rest}}}};
        for (const QStringList& lines :
            {rowTable({rowOf({}, 0), rest}, {Dimension::Process}, Rates::Shown).lines(std::nullopt, plain),
                seriesTable(series, {Dimension::Process}).lines(std::nullopt, plain)})
            QVERIFY2(lines[2].contains(QRegularExpression(QStringLiteral("Everything else .*1\\.0 kB"))),
                qPrintable(lines.join(QLatin1Char('\n'))));
    }

    void aGapIsNotAZero()
    {
        constexpr qint64 hourMs = 3'600'000;
        const Series series{0, 3 * hourMs, 0, 3 * hourMs, QStringLiteral("replay"),
            {{0, hourMs, false, {rowOf({}, 2000)}}, {hourMs, 2 * hourMs, true, {}},
                {2 * hourMs, 3 * hourMs, false, {}}}};
        const QStringList lines = seriesTable(series, {}).lines(std::nullopt, plain);
        QCOMPARE(lines.size(), 4);
        QVERIFY2(
            lines[1].contains(QStringLiteral("2.0 kB")) && lines[1].contains(QChar(0x2588)), qPrintable(lines[1]));
        QVERIFY2(lines[2].endsWith(QStringLiteral("not recorded")), qPrintable(lines[2]));
        QVERIFY2(lines[3].contains(QStringLiteral("0 B")), qPrintable(lines[3]));
    }

    void theStatusHasWordsForGapsAndNoBoundWhereThereIsNone()
    {
        Status status;
        status.gaps = {gap::noIpv6, QStringLiteral("of-a-newer-helper")};
        status.flows = 40;
        status.backends = {{QStringLiteral("fexit"), true, {},
            {{QStringLiteral("fexit/new\nline"), HookState::Refused, EPERM}}, {}}};
        const QString text = statusReport(status, 0, plain).join(QLatin1Char('\n'));
        QVERIFY2(text.contains(QStringLiteral("IPv6: this kernel's")), qPrintable(text));
        QVERIFY2(text.contains(QStringLiteral("  of-a-newer-helper")), qPrintable(text));
        QVERIFY2(text.contains(QStringLiteral("Hooks       fexit: 0 of 1 answer\n")), qPrintable(text));
        QVERIFY2(text.contains(QStringLiteral("fexit: refused: fexit/new\\x0aline (Operation not permitted)\n")),
            qPrintable(text));
        QVERIFY2(text.contains(QRegularExpression(QStringLiteral("Counters +40\n"))), qPrintable(text));
        status.flowCapacity = 100;
        QVERIFY(statusReport(status, 0, plain).join(QLatin1Char('\n')).contains(QStringLiteral("40 of 100")));
    }

    void theStatusSaysSinceWhenItIsPaused()
    {
        Status status;
        status.counting = status.paused = true;
        status.pausedSinceMs = 1'700'000'000'000;
        const QString text = statusReport(status, 0, plain).join(QLatin1Char('\n'));
        QVERIFY2(text.contains(QStringLiteral("paused since ") % momentText(status.pausedSinceMs)), qPrintable(text));
    }

    void theStatusTellsTheNetworksAndWhichAreMetered()
    {
        Status status;
        status.networks
            = {{QStringLiteral("wlan0"), QStringLiteral("At\x1b home"), QStringLiteral("wifi"), Metered::No},
                {QStringLiteral("wwan0"), QStringLiteral("Phone"), QStringLiteral("mobile"), Metered::Yes},
                {QStringLiteral("tun0"), QStringLiteral("Work"), QStringLiteral("tunnel"), Metered::Unknown}};
        const QStringList lines = statusReport(status, 0, plain);
        QCOMPARE(lines.mid(lines.size() - 4),
            (QStringList{QStringLiteral("Network      Interface  Type    Metered"),
                QStringLiteral("At\\x1b home  wlan0      wifi    no"),
                QStringLiteral("Phone        wwan0      mobile  yes"),
                QStringLiteral("Work         tun0       tunnel  unknown")}));
    }

    void theStatusTellsTheFilesOfPlacesWhereThereAreSome()
    {
        Status status;
        QVERIFY(statusReport(status, 0, plain).filter(QStringLiteral("Places")).isEmpty());
        PlaceSource countries{.path = QStringLiteral("/c.mmdb"),
            .tellsCountries = true,
            .type = QStringLiteral("Count\x1bries"),
            .builtMs = 1'750'000'000'000};
        PlaceSource operators{.path = QStringLiteral("/o.mmdb"),
            .tellsOperators = true,
            .problem = QStringLiteral("Io"),
            .problemDetail = QStringLiteral("/o.mmdb can't be read: No such file or directory")};
        status.placeSources = {countries, operators};
        const QString title = QStringLiteral("Places      ");
        const QString next(title.size(), QLatin1Char(' '));
        QStringList lines = statusReport(status, 0, plain);
        QVERIFY(lines.contains(title % QStringLiteral("countries by /c.mmdb: Count\\x1bries of 2025-06-15")));
        QVERIFY(lines.contains(
            next % QStringLiteral("network operators: /o.mmdb can't be read: No such file or directory")));
        operators.type = QStringLiteral("Odd");
        operators.tellsOperators = false;
        operators.problem = QString();
        status.placeSources = {operators};
        QVERIFY(statusReport(status, 0, plain).contains(title % QStringLiteral("nothing by /o.mmdb: Odd")));
        countries.problem = QStringLiteral("InvalidArgument");
        countries.tellsOperators = true;
        status.placeSources = {countries};
        lines = statusReport(status, 0, plain);
        QVERIFY(lines.contains(title
            % QStringLiteral("countries and network operators: InvalidArgument; still in use is Count\\x1bries of "
                             "2025-06-15")));
    }

    void theStatusEndsWithTheInterfacesBooks()
    {
        Status status;
        status.books = {
            {QStringLiteral("eth0"), true, {10'000, 10, 9'000, 100, 0, 140, 0}, {50'000, 40, 50'100, 0, 0, 560, 0}},
            {QStringLiteral("a\x1b[2J"), false, {1, 0, 0, 0, 0, 0, 0}, {}}, {QStringLiteral("idle"), false, {}, {}}};
        status.identified = 0.976;
        const QStringList lines = statusReport(status, 0, plain);
        QVERIFY2(lines.contains(QStringLiteral("Identified  97.6 % of what left and reached this computer")),
            qPrintable(lines.join(QLatin1Char('\n'))));
        QCOMPARE(lines.mid(lines.size() - 3),
            (QStringList{QStringLiteral("Interface  Received     Sent  Identified  Unknown received  Unknown sent"),
                QStringLiteral("eth0        50.0 kB  10.0 kB      97.6 %            -660 B         760 B"),
                QStringLiteral("a\\x1b[2J        0 B      1 B       0.0 %               0 B           1 B")}));
    }
};

QTEST_GUILESS_MAIN(TableTest)
#include "tst_table.moc"
