// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/placetext.h"

#include <QLocale>

namespace bwt {

namespace {

QString numberText(quint32 asn)
{
    return QStringLiteral("AS%1").arg(asn);
}

} // namespace

QString countryName(const QString& code)
{
    const QLocale::Territory territory = QLocale::codeToTerritory(code);
    return territory == QLocale::AnyTerritory ? code : QLocale::territoryToString(territory);
}

QString operatorName(std::optional<quint32> asn, const QString& name)
{
    if (!name.isEmpty() || !asn)
        return name;
    return numberText(*asn);
}

QString operatorText(std::optional<quint32> asn, const QString& name)
{
    if (!asn || name.isEmpty())
        return operatorName(asn, name);
    return numberText(*asn) % u' ' % name;
}

} // namespace bwt
