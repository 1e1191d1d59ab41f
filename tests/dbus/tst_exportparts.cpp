// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/rowjson.h"
#include "helper/service/exporter.h"
#include "helper/service/exportstream.h"
#include "helper/service/exporttext.h"
#include "tests/dbus/pipes.h"

#include <QJsonDocument>
#include <QSignalSpy>
#include <QTemporaryFile>
#include <QTest>

#include <sys/eventfd.h>

using namespace bwt;
using namespace bwt::test;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype muchBytes = 3'000'000; // more than any pipe or socket holds

QByteArray pattern(qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    for (qsizetype i = 0; i < size; ++i)
        bytes[i] = static_cast<char>('a' + i % 23);
    return bytes;
}

std::unique_ptr<ExportStream> opened(int fd, std::chrono::milliseconds patience = 60s)
{
    auto stream = ExportStream::open(fd, patience, nullptr);
    return stream ? std::move(*stream) : nullptr;
}

Series sample(const QString& name)
{
    Row row;
    row.pid = 7;
    row.startTimeMs = 1'700'000'000'000;
    row.processName = name;
    row.remoteIp = QStringLiteral("::1");
    row.numbers.txBytes = 5;
    row.numbers.firstSeenMs = 1'700'000'000'500;
    Row others;
    others.kind = RowKind::OtherUsers;
    Series series;
    series.sinceMs = 1'700'000'000'000;
    series.untilMs = 1'700'000'120'000;
    series.buckets = {{1'700'000'000'000, 1'700'000'060'000, false, {row, others}},
        {1'700'000'060'000, 1'700'000'120'000, true, {}}};
    return series;
}

constexpr Dimensions byProcess{Dimension::Process, Dimension::Remote};

/// The cells of each line, under the heading's names.
QList<QMap<QString, QString>> parsedCsv(const QByteArray& text)
{
    QList<QStringList> lines{{QString()}};
    bool isQuoted = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char at = text[i];
        if (at == '"' && isQuoted && text.mid(i + 1, 1) == "\"")
            lines.last().last() += QLatin1Char(text[++i]);
        else if (at == '"')
            isQuoted = !isQuoted;
        else if (at == ',' && !isQuoted)
            lines.last().append(QString());
        else if (at == '\r' && !isQuoted && text.mid(i + 1, 1) == "\n" && ++i > 0)
            lines.append(QStringList(QString()));
        else
            lines.last().last() += QLatin1Char(at);
    }
    lines.removeLast(); // the empty one after the last line's end
    QList<QMap<QString, QString>> rows;
    for (const QStringList& line : lines.sliced(1)) {
        QMap<QString, QString> row;
        for (qsizetype i = 0; i < line.size(); ++i)
            row.insert(lines.first().value(i), line[i]);
        rows.append(row);
    }
    return rows;
}

} // namespace

/// What an export is made of: its text, its way out, its bounds.
class ExportPartsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void jsonInPiecesIsTheSameAsInOne()
    {
        const Series series = sample(QStringLiteral("curl"));
        Series first = series;
        Series second = series;
        first.buckets.removeLast();
        second.buckets.removeFirst();
        ExportText text(ExportFormat::Json, byProcess);
        QByteArray json = text.begin(series);
        for (const Series& piece : {first, Series(), second})
            json += text.rows(piece);
        json += text.end();
        QJsonParseError error{};
        const QJsonDocument document = QJsonDocument::fromJson(json, &error);
        QVERIFY2(error.error == QJsonParseError::NoError, json);
        QCOMPARE(document.object(), seriesToJson(series, byProcess));
        QCOMPARE(text.count(), 3U);
    }

    void jsonWithoutRowsIsWhole()
    {
        const ExportText text(ExportFormat::Json, byProcess);
        QCOMPARE(
            QJsonDocument::fromJson(text.begin(Series()) + text.end()).object(), seriesToJson(Series(), byProcess));
    }

    void csvHasTheKeysOfJsonAndMomentsForPeople()
    {
        const Series series = sample(QStringLiteral("curl"));
        ExportText text(ExportFormat::Csv, byProcess);
        const auto rows = parsedCsv(text.begin(series) + text.rows(series) + text.end());
        QCOMPARE(rows.size(), 3);
        const QJsonArray json = seriesRowsToJson(series, byProcess);
        for (qsizetype i = 0; i < json.size(); ++i) {
            const QJsonObject row = json[i].toObject();
            for (const QString& key : row.keys())
                QCOMPARE(rows[i].value(key, QStringLiteral("no such column")), row[key].toVariant().toString());
        }
        QCOMPARE(rows[0][QStringLiteral("bucket_start")], QStringLiteral("2023-11-14T22:13:20.000Z"));
        QCOMPARE(rows[0][QStringLiteral("first_seen")], QStringLiteral("2023-11-14T22:13:20.500Z"));
        QCOMPARE(rows[0][QStringLiteral("last_seen")], QString()); // not known is empty, not 1970
        QCOMPARE(rows[0][QStringLiteral("gap")], QString());
        QCOMPARE(rows[1][QStringLiteral("other_users")], QStringLiteral("true"));
        QCOMPARE(rows[2][QStringLiteral("gap")], QStringLiteral("true"));
        QCOMPARE(rows[2][QStringLiteral("tx_bytes")], QString());
    }

    void noCellOfCsvIsAFormulaOrBreaksTheLine_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("cell");
        const auto row = [](const char* name, const char* cell) {
            QTest::newRow(name) << QString::fromLatin1(name) << QString::fromLatin1(cell);
        };
        row("=1+1", "'=1+1");
        row("+1", "'+1");
        row("-bash", "'-bash");
        row("@sum", "'@sum");
        row("\tx", "'\tx");
        row("a=b", "a=b");
        row("a,b", "a,b");
        row("say \"hi\"", "say \"hi\"");
        row("two\r\nlines", "two\r\nlines");
        row("=a,\"b\"", "'=a,\"b\"");
    }
    void noCellOfCsvIsAFormulaOrBreaksTheLine()
    {
        QFETCH(const QString, name);
        QFETCH(const QString, cell);
        ExportText text(ExportFormat::Csv, byProcess);
        const auto rows = parsedCsv(text.begin({}) + text.rows(sample(name)));
        QCOMPARE(rows.size(), 3);
        QCOMPARE(rows[0][QStringLiteral("process_name")], cell);
        QCOMPARE(rows[0][QStringLiteral("remote_ip")], QStringLiteral("::1"));
    }

    void everyByteComesThroughAndNoFlagChanges_data()
    {
        QTest::addColumn<bool>("isSocket");
        QTest::newRow("pipe") << false;
        QTest::newRow("socket") << true;
    }
    void everyByteComesThroughAndNoFlagChanges()
    {
        QFETCH(const bool, isSocket);
        const Ends ends = isSocket ? makeSockets(SOCK_STREAM) : makePipe();
        const int before = fcntl(ends.writer.get(), F_GETFL);
        const auto stream = opened(ends.writer.get());
        QVERIFY(stream);
        QSignalSpy written(stream.get(), &ExportStream::written);
        const QByteArray text = pattern(muchBytes);
        QByteArray received;
        for (int round = 1; round <= 2; ++round) {
            stream->write([text] { return text; });
            QTRY_VERIFY((received += readAvailable(ends.reader.get())).size() == round * muchBytes);
            QTRY_COMPARE(written.size(), round);
        }
        QVERIFY(received == text + text);
        QCOMPARE(fcntl(ends.writer.get(), F_GETFL), before);
        stream->write([] { return QByteArray(); });
        QTRY_COMPARE(written.size(), 3);
    }

    void aFileGetsAll()
    {
        QTemporaryFile file;
        QVERIFY(file.open());
        const auto stream = opened(file.handle());
        QVERIFY(stream);
        QSignalSpy written(stream.get(), &ExportStream::written);
        stream->write([] { return pattern(muchBytes); });
        QTRY_COMPARE(written.size(), 1);
        file.seek(0);
        QVERIFY(file.readAll() == pattern(muchBytes));
    }

    void whatCantBeWrittenToInPeaceIsRefused()
    {
        const Ends pipe = makePipe();
        const Ends datagrams = makeSockets(SOCK_DGRAM);
        const Descriptor event(eventfd(0, EFD_CLOEXEC));
        const Descriptor directory(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const Descriptor device(open("/dev/null", O_WRONLY | O_CLOEXEC));
        QTemporaryFile file;
        QVERIFY(file.open());
        const QByteArray name = QFile::encodeName(file.fileName());
        const Descriptor readOnly(open(name.constData(), O_RDONLY | O_CLOEXEC));
        const Descriptor pathOnly(open(name.constData(), O_PATH | O_CLOEXEC));
        for (const int fd : {pipe.reader.get(), datagrams.writer.get(), event.get(), directory.get(), device.get(),
                 readOnly.get(), pathOnly.get(), -1}) {
            const auto stream = ExportStream::open(fd, 60s, nullptr);
            QVERIFY(!stream);
            QCOMPARE(stream.error().code, ErrorCode::InvalidArgument);
        }
    }

    void aReaderThatLeavesEndsIt_data() { everyByteComesThroughAndNoFlagChanges_data(); }
    void aReaderThatLeavesEndsIt()
    {
        QFETCH(const bool, isSocket);
        Ends ends = isSocket ? makeSockets(SOCK_STREAM) : makePipe();
        const auto stream = opened(ends.writer.get());
        QSignalSpy failed(stream.get(), &ExportStream::failed);
        stream->write([] { return pattern(muchBytes); });
        QByteArray received; // the condition is looked at once more when it holds
        QTRY_VERIFY(!(received += readPiece(ends.reader.get())).isEmpty());
        QCOMPARE(failed.size(), 0);
        ends.reader = Descriptor();
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(failed[0][0].value<Error>().code, ErrorCode::Io);
    }

    void aReaderThatStallsEndsIt_data() { everyByteComesThroughAndNoFlagChanges_data(); }
    void aReaderThatStallsEndsIt()
    {
        QFETCH(const bool, isSocket);
        const Ends ends = isSocket ? makeSockets(SOCK_STREAM) : makePipe();
        const auto held = std::make_shared<int>(0);
        auto stream = ExportStream::open(ends.writer.get(), 200ms, held);
        QVERIFY(stream);
        QSignalSpy failed(stream->get(), &ExportStream::failed);
        (*stream)->write([] { return pattern(muchBytes); });
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(failed[0][0].value<Error>().code, ErrorCode::Io);
        QTRY_COMPARE(held.use_count(), 1); // the thread has ended
    }

    void aSlowReaderThatGoesOnIsNoStalledOne()
    {
        const Ends ends = makePipe();
        const auto stream = opened(ends.writer.get(), 400ms);
        QSignalSpy failed(stream.get(), &ExportStream::failed);
        QSignalSpy written(stream.get(), &ExportStream::written);
        stream->write([] { return pattern(1'000'000); });
        QTimer reading;
        std::array<char, 65'536> piece{};
        reading.callOnTimeout(
            [&] { [[maybe_unused]] const auto count = read(ends.reader.get(), piece.data(), piece.size()); });
        reading.start(50ms); // 1 MB takes twice the patience
        QTRY_COMPARE(written.size(), 1);
        QCOMPARE(failed.size(), 0);
    }

    void whoeverGivesItUpDoesNotWait()
    {
        const Ends ends = makePipe();
        const auto held = std::make_shared<int>(0);
        auto stream = ExportStream::open(ends.writer.get(), 60s, held);
        QVERIFY(stream);
        (*stream)->write([] { return pattern(muchBytes); });
        stream->reset();
        QTRY_COMPARE(held.use_count(), 1);
    }

    void twoOfAUserAndFourInAllMayGoOn()
    {
        ExportQuota quota;
        std::vector<ExportQuota::Place> places{quota.take(1000), quota.take(1000)};
        QVERIFY(places[0] && places[1]);
        QVERIFY(!quota.take(1000));
        places.push_back(quota.take(1001));
        places.push_back(quota.take(1002));
        QVERIFY(places[2] && places[3]);
        QVERIFY(!quota.take(1003));
        places.clear();
        QVERIFY(quota.take(1000));
    }
};

QTEST_GUILESS_MAIN(ExportPartsTest)
#include "tst_exportparts.moc"
