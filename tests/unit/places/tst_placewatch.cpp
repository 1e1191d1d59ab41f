// SPDX-License-Identifier: GPL-3.0-or-later
#include "mmdbwriter.h"

#include "helper/collector/naming.h"
#include "helper/places/placewatch.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace bwt;
using namespace bwt::test;

namespace {

MmdbWriter countries(const char* code)
{
    MmdbWriter writer;
    writer.add(QStringLiteral("192.0.2.0/24"), inCountry(QString::fromLatin1(code)));
    return writer;
}

MmdbWriter operators(quint32 asn)
{
    MmdbWriter writer;
    writer.add(QStringLiteral("192.0.2.0/24"), ofOperator(asn, QStringLiteral("Operator")));
    return writer;
}

Place placeIn(const PlaceFiles& files)
{
    return Places(files).placeOf(addressFromText(QStringLiteral("192.0.2.1")).value());
}

} // namespace

class PlaceWatchTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<PlaceWatch> m_watch;

    [[nodiscard]] QString path(const char* name) const { return m_folder->filePath(QString::fromLatin1(name)); }
    static void expectWarning(const char* pattern)
    {
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QString::fromLatin1(pattern)));
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_watch = std::make_unique<PlaceWatch>(m_folder->path());
        QTest::failOnWarning(QRegularExpression(QStringLiteral(".*")));
    }

    void withoutPathsNothingIsKnownAndNothingSaid()
    {
        QVERIFY(Places(m_watch->refresh({})).isEmpty());
        QCOMPARE(m_watch->sources(), PlaceSources());
    }

    void itSaysWhichFilesThereAre()
    {
        QVERIFY(countries("DE").writeTo(path("c")));
        PlaceSource told{
            .path = path("c"), .tellsCountries = true, .type = QStringLiteral("Test"), .builtMs = 1'750'000'000'000};
        for (const PlacePaths& paths : {PlacePaths{path("c"), {}}, {{}, path("c")}, {path("c"), path("c")}}) {
            QVERIFY(!Places(m_watch->refresh(paths)).isEmpty());
            QCOMPARE(m_watch->sources(), PlaceSources{told});
        }
        expectWarning("No such file");
        QVERIFY(!Places(m_watch->refresh({path("c"), path("o")})).isEmpty());
        const PlaceSource missing{.path = path("o"),
            .tellsOperators = true,
            .problem = QStringLiteral("Io"),
            .problemDetail = path("o") + QStringLiteral(" can't be read: No such file or directory")};
        QCOMPARE(m_watch->sources(), PlaceSources({told, missing}));
    }

    void itSaysWhatAFileTells()
    {
        QJsonObject both = inCountry(QStringLiteral("DE"));
        both[QStringLiteral("autonomous_system_number")] = 3320;
        MmdbWriter writer;
        writer.add(QStringLiteral("2001:db8::/32"), both);
        QVERIFY(writer.writeTo(path("both")) && operators(3320).writeTo(path("o")));
        const auto told = [&](const PlacePaths& paths) { QVERIFY(!Places(m_watch->refresh(paths)).isEmpty()); };
        told({path("both"), {}});
        QVERIFY(m_watch->sources()[0].tellsCountries && m_watch->sources()[0].tellsOperators);
        told({path("both"), path("o")}); // which is asked for its part alone
        QVERIFY(m_watch->sources()[0].tellsCountries && !m_watch->sources()[0].tellsOperators);
        QVERIFY(!m_watch->sources()[1].tellsCountries && m_watch->sources()[1].tellsOperators);
        told({path("o"), path("both")}); // the wrong way round
        QVERIFY(!m_watch->sources()[0].tellsCountries && !m_watch->sources()[0].tellsOperators);
    }

    void itSaysThatAnOlderFileIsStillInUse()
    {
        QVERIFY(countries("DE").writeTo(path("c")));
        QVERIFY(!Places(m_watch->refresh({path("c"), {}})).isEmpty());
        QFile file(path("c"));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("half of it") > 0 && file.flush());
        expectWarning("MaxMind");
        QVERIFY(!Places(m_watch->refresh({path("c"), {}})).isEmpty());
        QCOMPARE(m_watch->sources()[0].type, QStringLiteral("Test"));
        QCOMPARE(m_watch->sources()[0].problem, QStringLiteral("InvalidArgument"));
        QVERIFY(countries("JP").writeTo(path("c")));
        QVERIFY(!Places(m_watch->refresh({path("c"), {}})).isEmpty());
        QCOMPARE(m_watch->sources()[0].problem, QString());
    }

    void eachFileTellsItsPart()
    {
        QVERIFY(countries("DE").writeTo(path("c")) && operators(3320).writeTo(path("o")));
        QCOMPARE(placeIn(m_watch->refresh({path("c"), path("o")})), (Place{countryFromText("DE"), 3320}));
    }

    void oneFileTellsBoth()
    {
        QJsonObject both = inCountry(QStringLiteral("DE"));
        both[QStringLiteral("autonomous_system_number")] = 3320;
        MmdbWriter writer;
        writer.add(QStringLiteral("192.0.2.0/24"), both);
        QVERIFY(writer.writeTo(path("both")));
        const Place german{countryFromText("DE"), 3320};
        QCOMPARE(placeIn(m_watch->refresh({path("both"), {}})), german);
        QCOMPARE(placeIn(m_watch->refresh({{}, path("both")})), german);
        const PlaceFiles same = m_watch->refresh({path("both"), path("both")});
        QCOMPARE(placeIn(same), german);
        QCOMPARE(same.countries, same.operators);
    }

    void theSameFileIsNotOpenedAgain()
    {
        QVERIFY(countries("DE").writeTo(path("c")));
        const PlaceFiles first = m_watch->refresh({path("c"), {}});
        QCOMPARE(m_watch->refresh({path("c"), {}}), first);
    }

    void aFileInItsPlaceIsTaken()
    {
        QVERIFY(countries("DE").writeTo(path("c")));
        const PlaceFiles old = m_watch->refresh({path("c"), {}});
        QVERIFY(countries("JP").writeTo(path("c")));
        QCOMPARE(placeIn(m_watch->refresh({path("c"), {}})).country, countryFromText("JP"));
        QCOMPARE(placeIn(old).country, countryFromText("DE")); // who still asks it is answered
    }

    void aDamagedFileLeavesWhatWasKnownAndIsSaidOnce()
    {
        QVERIFY(countries("DE").writeTo(path("c")));
        QVERIFY(!Places(m_watch->refresh({path("c"), {}})).isEmpty());
        QFile file(path("c"));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("half of it") > 0 && file.flush());
        expectWarning("places are not known.*MaxMind");
        QCOMPARE(placeIn(m_watch->refresh({path("c"), {}})).country, countryFromText("DE"));
        QCOMPARE(placeIn(m_watch->refresh({path("c"), {}})).country, countryFromText("DE"));
        QVERIFY(countries("JP").writeTo(path("c")));
        QCOMPARE(placeIn(m_watch->refresh({path("c"), {}})).country, countryFromText("JP"));
    }

    void aFileThatIsGoneTakesItsPlacesAndIsSaidOnce()
    {
        QVERIFY(countries("DE").writeTo(path("c")) && operators(3320).writeTo(path("o")));
        QVERIFY(!Places(m_watch->refresh({path("c"), path("o")})).isEmpty());
        QVERIFY(QFile::remove(path("c")));
        expectWarning("places are not known.*No such file");
        QCOMPARE(placeIn(m_watch->refresh({path("c"), path("o")})), (Place{0, 3320}));
        QCOMPARE(placeIn(m_watch->refresh({path("c"), path("o")})), (Place{0, 3320}));
        QVERIFY(countries("JP").writeTo(path("c")));
        QCOMPARE(placeIn(m_watch->refresh({path("c"), path("o")})), (Place{countryFromText("JP"), 3320}));
    }

    void aFullFolderIsTriedAgain()
    {
        QVERIFY(countries("DE").writeTo(path("c")));
        PlaceWatch watch(path("later"));
        expectWarning("can't be copied");
        QVERIFY(Places(watch.refresh({path("c"), {}})).isEmpty());
        QVERIFY(QDir().mkdir(path("later")));
        QCOMPARE(placeIn(watch.refresh({path("c"), {}})).country, countryFromText("DE"));
    }

    void anotherPathForgetsTheFirstFile()
    {
        QVERIFY(countries("DE").writeTo(path("c")));
        QVERIFY(!Places(m_watch->refresh({path("c"), {}})).isEmpty());
        expectWarning("No such file");
        QVERIFY(Places(m_watch->refresh({path("missing"), {}})).isEmpty());
        QVERIFY(Places(m_watch->refresh({})).isEmpty());
    }
};

QTEST_GUILESS_MAIN(PlaceWatchTest)
#include "tst_placewatch.moc"
