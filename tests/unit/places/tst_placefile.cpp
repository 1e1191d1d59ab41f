// SPDX-License-Identifier: GPL-3.0-or-later
#include "mmdbwriter.h"

#include "helper/collector/naming.h"
#include "helper/places/nesting.h"
#include "helper/places/places.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace bwt;
using namespace bwt::test;

namespace {

Address address(const char* text)
{
    return addressFromText(QString::fromLatin1(text)).value();
}

/// Germany and Japan, in two operators' networks, over both families.
MmdbWriter atlas(MmdbWriter::Family family = MmdbWriter::Family::Ipv6, int recordBits = 28)
{
    QJsonObject german = inCountry(QStringLiteral("DE"));
    const QJsonObject telekom = ofOperator(3320, QStringLiteral("Deutsche Telekom AG"));
    for (auto field = telekom.begin(); field != telekom.end(); ++field)
        german[field.key()] = field.value();
    MmdbWriter writer(family, recordBits);
    writer.add(QStringLiteral("192.0.2.0/24"), german);
    writer.add(QStringLiteral("192.0.2.128/25"), inCountry(QStringLiteral("JP")));
    writer.add(QStringLiteral("198.51.100.7/32"), ofOperator(4'200'000'000, QStringLiteral("Größte Nummer")));
    if (family == MmdbWriter::Family::Ipv6) {
        writer.add(QStringLiteral("2001:db8::/32"), german);
        writer.alias(QStringLiteral("2002::/16"));
    }
    return writer;
}

QByteArray nestedArrays(int levels)
{
    return QByteArray("\x01\x04").repeated(levels) + QByteArray("\x40", 1);
}

} // namespace

class PlaceFileTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;

    [[nodiscard]] QString path(const char* name) const { return m_folder->filePath(QString::fromLatin1(name)); }
    [[nodiscard]] QString copies() const { return path("copies"); }

    [[nodiscard]] Result<std::shared_ptr<const PlaceFile>> open(const MmdbWriter& writer) const
    {
        if (!writer.writeTo(path("file.mmdb")))
            return failure(ErrorCode::Internal, QStringLiteral("the test could not write its file"));
        return PlaceFile::open(path("file.mmdb"), copies());
    }
    [[nodiscard]] Result<std::shared_ptr<const PlaceFile>> open(const QByteArray& content) const
    {
        QFile file(path("file.mmdb"));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size() || !file.flush())
            return failure(ErrorCode::Internal, QStringLiteral("the test could not write its file"));
        return PlaceFile::open(path("file.mmdb"), copies());
    }
    [[nodiscard]] Places placesOf(const MmdbWriter& writer) const
    {
        const auto file = open(writer);
        return file ? Places({*file, *file}) : Places();
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(QDir().mkdir(copies()));
    }
    void cleanup()
    {
        QVERIFY(QDir(copies()).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot));
        m_folder.reset();
    }

    void everyKindOfRecordLeadsToItsValue_data()
    {
        QTest::addColumn<int>("bits");
        for (const int bits : {24, 28, 32})
            QTest::addRow("%d bits", bits) << bits;
    }
    void everyKindOfRecordLeadsToItsValue()
    {
        QFETCH(const int, bits);
        Places places = placesOf(atlas(MmdbWriter::Family::Ipv6, bits));
        const Place german{countryFromText("DE"), 3320};
        const Place japanese{countryFromText("JP"), 0};
        QCOMPARE(places.placeOf(address("192.0.2.1")), german);
        QCOMPARE(places.placeOf(address("192.0.2.127")), german);
        QCOMPARE(places.placeOf(address("192.0.2.128")), japanese);
        QCOMPARE(places.placeOf(address("192.0.2.255")), japanese);
        QCOMPARE(places.placeOf(address("192.0.3.0")), Place());
        QCOMPARE(places.placeOf(address("198.51.100.7")), (Place{0, 4'200'000'000}));
        QCOMPARE(places.placeOf(address("198.51.100.8")), Place());
        QCOMPARE(places.placeOf(address("2001:db8:ffff::1")), german);
        QCOMPARE(places.placeOf(address("2001:db9::1")), Place());
        QCOMPARE(QString::fromUtf8(places.operatorOf(address("192.0.2.1"))), QStringLiteral("Deutsche Telekom AG"));
        QCOMPARE(QString::fromUtf8(places.operatorOf(address("198.51.100.7"))), QStringLiteral("Größte Nummer"));
        QVERIFY(places.operatorOf(address("192.0.2.200")).isNull());
    }

    void addressesThatStandForIpv4HaveItsPlace()
    {
        Places places = placesOf(atlas());
        const Place german{countryFromText("DE"), 3320};
        QCOMPARE(places.placeOf(address("::ffff:192.0.2.1")), german); // mapped
        QCOMPARE(places.placeOf(address("64:ff9b::192.0.2.1")), german); // behind a translator
        QCOMPARE(places.placeOf(address("2002:c000:201::1")), german); // 6to4, by the file's own alias
        QCOMPARE(places.placeOf(address("64:ff9c::192.0.2.1")), Place());
    }

    void aFileOfIpv4AloneKnowsNothingOfIpv6()
    {
        Places places = placesOf(atlas(MmdbWriter::Family::Ipv4));
        QCOMPARE(places.placeOf(address("192.0.2.1")), (Place{countryFromText("DE"), 3320}));
        QCOMPARE(places.placeOf(address("64:ff9b::192.0.2.1")).asn, 3320U);
        QCOMPARE(places.placeOf(address("2001:db8::1")), Place());
    }

    void otherMakersNamesOfFieldsAreKnown_data()
    {
        QTest::addColumn<QJsonObject>("value");
        QTest::newRow("a code and a text") << QJsonObject{{QStringLiteral("country_code"), QStringLiteral("DE")},
            {QStringLiteral("asn"), QStringLiteral("AS3320")},
            {QStringLiteral("as_name"), QStringLiteral("Deutsche Telekom AG")}};
        QTest::newRow("a country and a number") << QJsonObject{{QStringLiteral("country"), QStringLiteral("de")},
            {QStringLiteral("asn"), 3320}, {QStringLiteral("as_name"), QStringLiteral("Deutsche Telekom AG")}};
        QJsonObject traits = inCountry(QStringLiteral("DE"));
        traits[QStringLiteral("traits")] = ofOperator(3320, QStringLiteral("Deutsche Telekom AG"));
        QTest::newRow("traits") << traits;
    }
    void otherMakersNamesOfFieldsAreKnown()
    {
        QFETCH(const QJsonObject, value);
        MmdbWriter writer;
        writer.add(QStringLiteral("192.0.2.0/24"), value);
        Places places = placesOf(writer);
        QCOMPARE(places.placeOf(address("192.0.2.1")), (Place{countryFromText("DE"), 3320}));
        QCOMPARE(places.operatorOf(address("192.0.2.1")), QByteArray("Deutsche Telekom AG"));
    }

    void whatIsNoCountryOrNumberIsUnknown()
    {
        MmdbWriter writer;
        writer.add(QStringLiteral("192.0.2.0/24"),
            {{QStringLiteral("country"), QStringLiteral("Germany")},
                {QStringLiteral("asn"), QStringLiteral("AS-X")}});
        writer.add(QStringLiteral("192.0.3.0/24"),
            {{QStringLiteral("country"), QStringLiteral("\u00e4\u00f6")}, {QStringLiteral("asn"), true}});
        Places places = placesOf(writer);
        QCOMPARE(places.placeOf(address("192.0.2.1")), Place());
        QCOMPARE(places.placeOf(address("192.0.3.1")), Place());
    }

    void aLongNameIsCutBetweenTwoCharacters()
    {
        MmdbWriter writer;
        writer.add(QStringLiteral("192.0.2.0/24"), ofOperator(1, QLatin1Char('x') + QString(70'000, QChar(0xe4))));
        const QByteArray name = placesOf(writer).operatorOf(address("192.0.2.1"));
        QCOMPARE(QString::fromUtf8(name), QString(QLatin1Char('x') + QString(127, QChar(0xe4))));
    }

    void whatIsNoSuchFileIsRefusedInWords()
    {
        const auto reason = [&](const char* name, ErrorCode code) {
            const auto file = PlaceFile::open(path(name), copies());
            if (file || file.error().code != code || !file.error().detail.contains(path(name)))
                return QStringLiteral("not refused as it should be");
            return file.error().detail;
        };
        QVERIFY(reason("missing", ErrorCode::Io).contains(QStringLiteral("No such file")));
        QVERIFY(QDir().mkdir(path("folder")));
        QVERIFY(reason("folder", ErrorCode::InvalidArgument).contains(QStringLiteral("no regular file")));
        QCOMPARE(mkfifo(QFile::encodeName(path("pipe")).constData(), 0600), 0);
        QVERIFY(reason("pipe", ErrorCode::InvalidArgument).contains(QStringLiteral("no regular file")));
        QFile large(path("large"));
        QVERIFY(large.open(QIODevice::WriteOnly) && large.resize(PlaceFile::mostBytes + 1));
        QVERIFY(reason("large", ErrorCode::InvalidArgument).contains(QStringLiteral("larger than")));
        QFile empty(path("empty"));
        QVERIFY(empty.open(QIODevice::WriteOnly));
        QVERIFY(reason("empty", ErrorCode::InvalidArgument).contains(QStringLiteral("MaxMind")));
    }

    void aFolderThatTakesNoCopyIsAnErrorInWords()
    {
        QVERIFY(atlas().writeTo(path("file.mmdb")));
        const auto file = PlaceFile::open(path("file.mmdb"), path("missing"));
        QVERIFY(!file);
        QCOMPARE(file.error().code, ErrorCode::Io);
        QVERIFY(file.error().detail.contains(QStringLiteral("can't be copied")));
    }

    void aFileThatEndsEarlyIsRefusedWhereverThatIs()
    {
        const QByteArray whole = atlas().bytes();
        QVERIFY(open(whole));
        for (qsizetype size = 0; size < whole.size(); ++size) {
            const auto file = open(whole.first(size));
            if (file)
                QFAIL(qPrintable(QStringLiteral("%1 of %2 bytes were taken").arg(size).arg(whole.size())));
            QCOMPARE(file.error().code, ErrorCode::InvalidArgument);
        }
    }

    void aFileThatIsShortenedWhileItIsOpenGoesOn()
    {
        const auto file = open(atlas());
        QVERIFY(file);
        QVERIFY(QFile::resize(path("file.mmdb"), 0));
        Places places({*file, *file});
        QCOMPARE(places.placeOf(address("192.0.2.1")), (Place{countryFromText("DE"), 3320}));
    }

    void valuesThatNestWithoutEndAreUnknown()
    {
        constexpr int deep = 500'000; // the library's own recursion would need more than a thread's stack
        MmdbWriter writer;
        writer.add(QStringLiteral("192.0.3.0/24"), inCountry(QStringLiteral("DE")));
        writer.addRaw(QStringLiteral("192.0.2.0/24"), QByteArray("\xe1\x41x") + nestedArrays(deep));
        Places places = placesOf(writer);
        QCOMPARE(places.placeOf(address("192.0.2.1")), Place());
        QCOMPARE(places.placeOf(address("192.0.3.1")).country, countryFromText("DE"));
    }

    void aDescriptionThatNestsWithoutEndIsRefused()
    {
        constexpr int deep = 60'000;
        QByteArray content = atlas().bytes();
        const qsizetype mark = content.lastIndexOf("MaxMind.com") + 11;
        content.insert(mark + 1, QByteArray("\x41x") + nestedArrays(deep));
        content[mark] = char(content[mark] + 1); // one field more
        const auto file = open(content);
        QVERIFY(!file);
        QCOMPARE(file.error().code, ErrorCode::InvalidArgument);
    }

    void nestingIsCountedUpToTheLastByte()
    {
        const auto isGood = [](const QByteArray& bytes, std::size_t offset = 0) {
            return isShallow(
                {reinterpret_cast<const std::uint8_t*>(bytes.constData()), std::size_t(bytes.size())}, offset);
        };
        QVERIFY(isGood(nestedArrays(30)));
        QVERIFY(!isGood(nestedArrays(40)));
        QVERIFY(!isGood(nestedArrays(30).chopped(1)));
        QVERIFY(isGood(QByteArray("\xe0")));
        QVERIFY(!isGood(QByteArray("\xe1\x41x")));
        QVERIFY(isGood(QByteArray("\xe1\x41x\x20\0", 5))); // a pointer is not followed
        QVERIFY(!isGood(QByteArray("\xe1\x41x\x28\0", 5)));
        QVERIFY(isGood(QByteArray("\x1f\x07\xff\xff\xff", 5))); // a boolean is as long as its head
        QVERIFY(!isGood(QByteArray("\x5f\xff\xff\xff", 4)));
        QVERIFY(!isGood(QByteArray()));
        QVERIFY(!isGood(QByteArray("\x40"), 1));
        QVERIFY(!isGood(QByteArray("\x40"), 2));
    }

    void countriesAreTwoLetters()
    {
        QCOMPARE(countryText(countryFromText("DE")), QStringLiteral("DE"));
        QCOMPARE(countryText(countryFromText("de")), QStringLiteral("DE"));
        QVERIFY(countryText(0).isNull());
        for (const char* const wrong : {"", "D", "DEU", "D1", "\xc3\xa4", "D\n"})
            QCOMPARE(countryFromText(wrong), std::uint16_t(0));
    }
};

QTEST_GUILESS_MAIN(PlaceFileTest)
#include "tst_placefile.moc"
