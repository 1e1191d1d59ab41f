// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/rowjson.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <limits>

using namespace bwt;

namespace {

const QStringList numberKeys
    = QStringLiteral("tx_bytes,rx_bytes,tx_calls,rx_calls,tx_packets,rx_packets,tx_wire_bytes,"
                     "rx_wire_bytes,first_seen_ms,last_seen_ms")
          .split(QLatin1Char(','));

QStringList sorted(QStringList list)
{
    list.sort();
    return list;
}

QByteArray text(const QJsonObject& object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

Row fullRow()
{
    Row row;
    row.pid = 42;
    row.startTimeMs = 1'700'000'000'123;
    row.processName = QStringLiteral("curl");
    row.exe = QStringLiteral("/usr/bin/curl");
    row.appId = QStringLiteral("app");
    row.appName = QStringLiteral("App");
    row.uid = 1000;
    row.userName = QStringLiteral("alice");
    row.protocol = QStringLiteral("TCP");
    row.service = QStringLiteral("https");
    row.remoteIp = QStringLiteral("192.0.2.1");
    row.direction = QStringLiteral("tx");
    row.scope = QStringLiteral("internet");
    row.network = QStringLiteral("home");
    row.numbers.txBytes = 1;
    return row;
}

} // namespace

class RowJsonTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void eventsAreRows()
    {
        const QJsonObject json
            = eventsToJson({{EventKind::Boot, 5, 5, {}}, {EventKind::Network, 6, 6, QStringLiteral("eth0")}}, 1, 9);
        QCOMPARE(json[QStringLiteral("since_ms")], QJsonValue(1));
        const QJsonArray rows = json[QStringLiteral("rows")].toArray();
        QCOMPARE(rows[0][QStringLiteral("kind")], QJsonValue(QStringLiteral("boot")));
        QCOMPARE(rows[0][QStringLiteral("detail")], QJsonValue());
        QCOMPARE(rows[1][QStringLiteral("time_ms")], QJsonValue(6));
        QCOMPARE(rows[1][QStringLiteral("detail")], QJsonValue(QStringLiteral("eth0")));
    }

    void aRowHoldsTheKeysAskedForAndNoOthers_data()
    {
        QTest::addColumn<QString>("by");
        QTest::addColumn<QString>("keys");
        const auto row = [](const char* by, const char* keys) {
            QTest::newRow(by) << QString::fromLatin1(by) << QString::fromLatin1(keys);
        };
        row("", "");
        row("process", "pid,start_time_ms,process_name,exe,uid");
        row("app", "app_id,app_name");
        row("user", "uid,user_name");
        row("protocol", "protocol");
        row("service", "service");
        row("remote", "remote_ip,remote_name,country,asn,as_name");
        row("direction", "direction");
        row("scope", "scope");
        row("network", "network");
        row("country", "country");
        row("asn", "asn,as_name");
        row("process,user", "pid,start_time_ms,process_name,exe,uid,user_name");
    }
    void aRowHoldsTheKeysAskedForAndNoOthers()
    {
        QFETCH(const QString, by);
        QFETCH(const QString, keys);
        const auto dimensions = dimensionsFromNames(by.split(QLatin1Char(','), Qt::SkipEmptyParts));
        QVERIFY(dimensions);
        const QStringList expected = numberKeys + keys.split(QLatin1Char(','), Qt::SkipEmptyParts);
        QCOMPARE(rowToJson(fullRow(), *dimensions, Rates::Omitted).keys(), sorted(expected));
        QCOMPARE(rowToJson(fullRow(), *dimensions, Rates::Shown).keys(),
            sorted(expected + QStringList{QStringLiteral("tx_rate"), QStringLiteral("rx_rate")}));
    }

    void whatIsNotKnownIsNullAndNeverZero()
    {
        const QJsonObject row = rowToJson(Row(), {Dimension::Process, Dimension::Remote}, Rates::Shown);
        for (const char* key : {"pid", "start_time_ms", "process_name", "exe", "uid", "remote_ip", "remote_name",
                 "country", "asn", "as_name", "tx_packets", "rx_packets", "tx_wire_bytes", "rx_wire_bytes",
                 "first_seen_ms", "last_seen_ms", "tx_rate", "rx_rate"})
            QVERIFY2(row[QLatin1StringView(key)].isNull(), key);
        QCOMPARE(row[QStringLiteral("tx_bytes")], QJsonValue(0));
    }

    void sixtyFourBitNumbersAreExact()
    {
        Row row;
        row.numbers.txBytes = static_cast<quint64>(std::numeric_limits<qint64>::max());
        row.numbers.rxBytes = (1ULL << 53) + 1; // the first that a double can't hold
        const QByteArray json = text(rowToJson(row, {}, Rates::Omitted));
        QVERIFY2(json.contains("\"tx_bytes\":9223372036854775807,"), json);
        QVERIFY2(json.contains("\"rx_bytes\":9007199254740993,"), json);
    }

    void otherPeoplesSumHasNoKeysAndSaysSo()
    {
        Row row;
        row.kind = RowKind::OtherUsers;
        const QJsonObject json = rowToJson(row, {Dimension::User}, Rates::Omitted);
        QCOMPARE(json[QStringLiteral("other_users")], QJsonValue(true));
        QVERIFY(json[QStringLiteral("uid")].isNull());
        QVERIFY(!rowToJson(Row(), {}, Rates::Omitted).contains(QStringLiteral("other_users")));
    }

    void whatIsPastTheLimitSaysSo()
    {
        Row row;
        row.kind = RowKind::Rest;
        row.scope = QStringLiteral("lan");
        const QJsonObject json = rowToJson(row, {Dimension::User, Dimension::Scope}, Rates::Omitted);
        QCOMPARE(json[QStringLiteral("rest")], QJsonValue(true));
        QCOMPARE(json[QStringLiteral("scope")], QJsonValue(QStringLiteral("lan")));
        QVERIFY(json[QStringLiteral("uid")].isNull());
        QVERIFY(!json.contains(QStringLiteral("other_users")));
        QVERIFY(!rowToJson(Row(), {}, Rates::Omitted).contains(QStringLiteral("rest")));
    }

    void aFrameTellsWhatWasAskedAndWhatItCovers()
    {
        const Frame frame{10, 20, 0, 60, QStringLiteral("replay"), {fullRow()}};
        const QJsonObject json = frameToJson(frame, {}, Rates::Omitted);
        QCOMPARE(
            json.keys(), sorted(QStringLiteral("since_ms,until_ms,backend,covers,rows").split(QLatin1Char(','))));
        QCOMPARE(text(json[QStringLiteral("covers")].toObject()), QByteArray("{\"from_ms\":0,\"to_ms\":60}"));
        QCOMPARE(json[QStringLiteral("rows")].toArray().size(), 1);
    }

    void aGapIsARowWithoutNumbersAndSilenceIsZero()
    {
        const Series series{0, 30, 0, 30, QStringLiteral("replay"),
            {{0, 10, false, {fullRow()}}, {10, 20, true, {}}, {20, 30, false, {}}}};
        const QJsonArray rows = seriesToJson(series, {})[QStringLiteral("rows")].toArray();
        QCOMPARE(rows.size(), 3);
        QCOMPARE(rows[0][QStringLiteral("bucket_end_ms")], QJsonValue(10));
        QVERIFY(!rows[0].toObject().contains(QStringLiteral("gap")));
        QCOMPARE(rows[1][QStringLiteral("gap")], QJsonValue(true));
        QCOMPARE(rows[1][QStringLiteral("bucket_start_ms")], QJsonValue(10));
        QVERIFY(rows[1][QStringLiteral("tx_bytes")].isNull());
        QCOMPARE(rows[2][QStringLiteral("tx_bytes")], QJsonValue(0));
    }

    void statusSaysNullForWhatThereIsNone()
    {
        Status status;
        status.losses = {{QStringLiteral("map-full"), 3}};
        const QJsonObject json = statusToJson(status);
        QVERIFY(json[QStringLiteral("backend")].isNull());
        QVERIFY(json[QStringLiteral("history_since_ms")].isNull());
        QCOMPARE(text(json[QStringLiteral("losses")].toObject()), QByteArray("{\"map-full\":3}"));
        QCOMPARE(json[QStringLiteral("counting")], QJsonValue(false));
        QVERIFY(json[QStringLiteral("identified")].isNull());
        QCOMPARE(json[QStringLiteral("interfaces")].toArray(), QJsonArray());
    }

    void aNetworkIsMeteredOrNotOrNobodyKnows()
    {
        Status status;
        QCOMPARE(statusToJson(status)[QStringLiteral("networks")].toArray(), QJsonArray());
        for (const auto& [metered, json] :
            {std::pair(Metered::Unknown, "null"), {Metered::Yes, "true"}, {Metered::No, "false"}}) {
            status.networks = {{QStringLiteral("wlan0"), QStringLiteral("At home"), QStringLiteral("wifi"), metered}};
            QCOMPARE(text(statusToJson(status)[QStringLiteral("networks")].toArray()[0].toObject()),
                QByteArray(R"({"interface":"wlan0","metered":)") + json + R"(,"network":"At home","type":"wifi"})");
        }
    }

    void aFileOfPlacesTellsWhatItIsOrWhatIsWrong()
    {
        Status status;
        QCOMPARE(statusToJson(status)[QStringLiteral("place_files")].toArray(), QJsonArray());
        status.placeSources = {{.path = QStringLiteral("/c.mmdb"),
                                   .tellsCountries = true,
                                   .type = QStringLiteral("Countries"),
                                   .builtMs = 5},
            {.path = QStringLiteral("/o.mmdb"),
                .tellsCountries = true,
                .tellsOperators = true,
                .problem = QStringLiteral("Io"),
                .problemDetail = QStringLiteral("gone")}};
        const QJsonArray files = statusToJson(status)[QStringLiteral("place_files")].toArray();
        QCOMPARE(text(files[0].toObject()),
            QByteArray(R"({"built_ms":5,"path":"/c.mmdb","problem":null,"problem_detail":null,)"
                       R"("tells":["country"],"type":"Countries"})"));
        QCOMPARE(text(files[1].toObject()),
            QByteArray(R"({"built_ms":null,"path":"/o.mmdb","problem":"Io","problem_detail":"gone",)"
                       R"("tells":["country","asn"],"type":null})"));
    }

    void anInterfacesBookIsARowWithItsRest()
    {
        Status status;
        status.identified = 0.5;
        status.books = {{QStringLiteral("eth0"), true, {100, 2, 60, 5, 1, 28, 0}, {100, 1, 90, 1, 2, 14, 5}}};
        const QJsonObject json = statusToJson(status);
        QCOMPARE(json[QStringLiteral("identified")], QJsonValue(0.5));
        QCOMPARE(text(json[QStringLiteral("interfaces")].toArray()[0].toObject()),
            QByteArray(
                R"({"identified":0.96,"interface":"eth0","leads_out":true,)"
                R"("rx_bundled":5,"rx_bytes":100,"rx_forwarded":2,"rx_headers":14,"rx_kernel":1,"rx_packets":1,)"
                R"("rx_programs":90,"rx_rest":-2,)"
                R"("tx_bundled":0,"tx_bytes":100,"tx_forwarded":1,"tx_headers":28,"tx_kernel":5,"tx_packets":2,)"
                R"("tx_programs":60,"tx_rest":6})"));
    }
};

QTEST_GUILESS_MAIN(RowJsonTest)
#include "tst_rowjson.moc"
