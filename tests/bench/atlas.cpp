// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/atlas.h"

#include "tests/bench/dice.h"
#include "tests/unit/places/mmdbwriter.h"

namespace bwt::test {

namespace {

constexpr int countryCount = 120;
constexpr int operatorCount = 8'000;

/// All networks of IPv4 and IPv6 that hosts.cpp takes addresses from, in pieces.
QStringList networks()
{
    QStringList all;
    for (const int first : {3, 13, 18, 34, 52, 81, 93, 104, 142, 151, 185, 195}) {
        for (int second = 0; second < 256; ++second) {
            for (int third = 0; third < 256; third += 16)
                all.append(QStringLiteral("%1.%2.%3.0/20").arg(first).arg(second).arg(third));
        }
    }
    for (const char* const first :
        {"2a00:1450", "2606:4700", "2a04:4e42", "2600:9000", "2a03:2880", "2620:1ec", "2a02:26f0", "2001:67c"}) {
        for (int third = 0; third < 16; ++third)
            all.append(QStringLiteral("%1:%2::/48").arg(QLatin1StringView(first), QString::number(third, 16)));
    }
    return all;
}

QString countryOf(int number)
{
    constexpr int letters = 26;
    return QString(QChar(u'A' + number / letters)) + QChar(u'A' + number % letters);
}

} // namespace

Result<PlaceFiles> makeAtlas(const QString& folder)
{
    Dice dice(7);
    MmdbWriter countries;
    MmdbWriter operators;
    for (const QString& network : networks()) {
        const auto country = static_cast<int>(dice.below(countryCount));
        const auto asn = static_cast<quint32>(dice.below(operatorCount));
        countries.add(network, inCountry(countryOf(country)));
        operators.add(network, ofOperator(64'496 + asn, QStringLiteral("Operator No. %1").arg(asn)));
    }
    const QString countryFile = folder + QStringLiteral("/countries.mmdb");
    const QString operatorFile = folder + QStringLiteral("/operators.mmdb");
    if (!countries.writeTo(countryFile) || !operators.writeTo(operatorFile))
        return failure(ErrorCode::Io, QStringLiteral("the files of places can't be written"));
    return PlaceFile::open(countryFile, folder).and_then([&](const auto& opened) {
        return PlaceFile::open(operatorFile, folder).map([&](const auto& other) {
            return PlaceFiles{opened, other};
        });
    });
}

} // namespace bwt::test
