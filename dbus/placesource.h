// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusArgument>
#include <QList>
#include <QMetaType>
#include <QString>

namespace bwt {

/// A file that the helper was given to tell where addresses are.
struct PlaceSource {
    QString path = {};
    bool tellsCountries = false; ///< is asked for them, and where it is in use knows some
    bool tellsOperators = false;
    QString type = {}; ///< what its maker calls it, as "GeoLite2-Country"; empty where no file is in use
    qint64 builtMs = 0; ///< of that which is in use; 0 where none is, or it does not say
    QString problem = {}; ///< an ErrorCode's name, of the file that is there now; empty when all is well
    QString problemDetail = {};

    friend bool operator==(const PlaceSource&, const PlaceSource&) = default;
};

using PlaceSources = QList<PlaceSource>;

QDBusArgument& operator<<(QDBusArgument& out, const PlaceSource& value);
const QDBusArgument& operator>>(const QDBusArgument& in, PlaceSource& value);

} // namespace bwt

Q_DECLARE_METATYPE(bwt::PlaceSource)
