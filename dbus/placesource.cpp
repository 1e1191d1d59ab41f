// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/placesource.h"

namespace bwt {

QDBusArgument& operator<<(QDBusArgument& out, const PlaceSource& value)
{
    out.beginStructure();
    out << value.path << value.tellsCountries << value.tellsOperators << value.type << qulonglong(value.builtMs)
        << value.problem << value.problemDetail;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, PlaceSource& value)
{
    qulonglong builtMs = 0;
    in.beginStructure();
    in >> value.path >> value.tellsCountries >> value.tellsOperators >> value.type >> builtMs >> value.problem
        >> value.problemDetail;
    in.endStructure();
    value.builtMs = static_cast<qint64>(builtMs);
    return in;
}

} // namespace bwt
