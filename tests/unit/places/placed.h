// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"
#include "helper/places/places.h"
#include "tests/unit/places/mmdbwriter.h"

/// What tests of rows with places share.
namespace bwt::test {

/// Both files, written and opened in a folder.
inline PlaceFiles placeFiles(const QString& folder, const MmdbWriter& countries, const MmdbWriter& operators)
{
    const auto open = [&folder](const MmdbWriter& writer, const QString& name) {
        const QString path = folder + QLatin1Char('/') + name;
        if (!writer.writeTo(path))
            qFatal("%s can't be written", qPrintable(path));
        return PlaceFile::open(path, folder).value();
    };
    return {open(countries, QStringLiteral("countries")), open(operators, QStringLiteral("operators"))};
}

/// "COUNTRY/ASN BYTES" of each row, as received, and what a sum is in place of its place.
inline QStringList summary(const QList<Row>& rows)
{
    QStringList lines;
    for (const Row& row : rows) {
        const QString number = row.asn ? QString::number(*row.asn) : QStringLiteral("-");
        QString place = (row.country.isNull() ? QStringLiteral("-") : row.country) + QLatin1Char('/') + number;
        if (row.kind == RowKind::OtherUsers)
            place = QStringLiteral("others");
        if (row.kind == RowKind::Rest)
            place = QStringLiteral("rest");
        lines.append(place + QLatin1Char(' ') + QString::number(row.numbers.rxBytes));
    }
    return lines;
}

} // namespace bwt::test
