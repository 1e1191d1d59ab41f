// SPDX-License-Identifier: GPL-3.0-or-later
// Thousands of damaged files, the same in every run. Sanitizers see what is read beside them.
#include "mmdbwriter.h"

#include "helper/collector/naming.h"
#include "helper/places/places.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <random>

using namespace bwt;
using namespace bwt::test;

#if defined(__SANITIZE_ADDRESS__)
/// libmaxminddb 1.7 forgets the list of a description's languages where one of them is no text. What is ours to close
/// the other tests of places tell.
extern "C" const char* __lsan_default_suppressions()
{
    return "leak:libmaxminddb\n";
}
#endif

namespace {

constexpr int rounds = 20'000;

using Dice = std::minstd_rand; // said to the bit by the standard, as its distributions are not

qsizetype below(Dice& dice, qsizetype bound)
{
    return qsizetype(dice()) % bound;
}

QByteArray original(MmdbWriter::Family family, int recordBits)
{
    MmdbWriter writer(family, recordBits);
    writer.add(QStringLiteral("192.0.2.0/24"), inCountry(QStringLiteral("DE")));
    writer.add(QStringLiteral("192.0.2.128/25"), ofOperator(3320, QStringLiteral("Deutsche Telekom AG")));
    QJsonObject both = inCountry(QStringLiteral("JP"));
    both[QStringLiteral("traits")] = ofOperator(2497, QString(400, QLatin1Char('x')));
    writer.add(QStringLiteral("198.51.100.0/24"), both);
    if (family == MmdbWriter::Family::Ipv6) {
        writer.add(QStringLiteral("2001:db8::/32"), both);
        writer.alias(QStringLiteral("2002::/16"));
    }
    return writer.bytes();
}

/// Most of the damage is done behind the tree, where the values and the description are.
void damage(QByteArray& content, Dice& dice)
{
    const qsizetype tail = std::min<qsizetype>(content.size(), 900);
    const qsizetype at = below(dice, 4) == 0 ? below(dice, content.size()) : content.size() - 1 - below(dice, tail);
    constexpr char meaningful[] = {0, 1, 2, 4, 7, 0x1f, 0x20, 0x3f, 0x5f, char(0xdf), char(0xe1), char(0xff)};
    switch (below(dice, 5)) {
    case 0:
        content[at] = char(content[at] ^ 1 << below(dice, 8));
        break;
    case 1:
        content[at] = meaningful[below(dice, std::size(meaningful))];
        break;
    case 2:
        content[at] = char(dice());
        break;
    case 3: // a piece once more, elsewhere
        content.insert(below(dice, content.size()), content.mid(at, 1 + below(dice, 40)));
        break;
    default: // a piece less
        content.remove(at, 1 + below(dice, 3));
    }
}

bool isFit(const Place& place, const QByteArray& name)
{
    const QString country = countryText(place.country);
    return (country.isNull() || std::ranges::all_of(country, [](QChar letter) { return letter.isUpper(); }))
        && name.size() <= 256;
}

} // namespace

class PlaceMutationsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void thousandsOfDamagedFilesAreReadWithinTheirBounds()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("file.mmdb"));
        const QByteArray whole[] = {original(MmdbWriter::Family::Ipv6, 28), original(MmdbWriter::Family::Ipv6, 24),
            original(MmdbWriter::Family::Ipv4, 32)};
        std::vector<Address> asked;
        for (const char* const text : {"192.0.2.1", "192.0.2.200", "198.51.100.1", "203.0.113.1", "2001:db8::1",
                 "2002:c000:201::1", "::1", "ffff:ffff::"})
            asked.push_back(addressFromText(QString::fromLatin1(text)).value());
        Dice dice(20'260'801);
        int taken = 0;
        int told = 0;
        for (int round = 0; round < rounds; ++round) {
            QByteArray content = whole[below(dice, std::size(whole))];
            for (qsizetype times = 1 + below(dice, 4); times > 0; --times)
                damage(content, dice);
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size() && file.flush());
            const auto opened = PlaceFile::open(path, folder.path());
            if (!opened) {
                QVERIFY(!opened.error().detail.isEmpty());
                continue;
            }
            ++taken;
            Places places({*opened, *opened});
            for (const Address& address : asked) {
                const Place place = places.placeOf(address);
                if (!isFit(place, places.operatorOf(address)))
                    QFAIL(content.toHex().constData());
                told += place == Place() ? 0 : 1;
            }
        }
        qInfo() << taken << "of" << rounds << "files were taken, and told" << told << "places";
        QVERIFY(taken > rounds / 10); // or the damage would end all reading at once
        QVERIFY(taken < rounds);
        QVERIFY(told > taken);
        QVERIFY(told < taken * qsizetype(asked.size()));
    }
};

QTEST_GUILESS_MAIN(PlaceMutationsTest)
#include "tst_placemutations.moc"
