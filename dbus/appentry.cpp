// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/appentry.h"

namespace bwt {

qint64 bytesOnBus(const AppList& apps)
{
    constexpr qint64 fieldsBytes = 40; // but for the texts, with padding
    constexpr qint64 mostBytesOfAUnit = 3; // of UTF-16, in UTF-8
    qint64 bytes = 0;
    for (const AppEntry& app : apps) {
        const qsizetype units = app.id.size() + app.name.size() + app.ownName.size() + app.into.size();
        bytes += fieldsBytes + units * mostBytesOfAUnit;
    }
    return bytes;
}

QDBusArgument& operator<<(QDBusArgument& out, const AppEntry& value)
{
    out.beginStructure();
    out << value.id << value.name << value.ownName << value.into;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, AppEntry& value)
{
    in.beginStructure();
    in >> value.id >> value.name >> value.ownName >> value.into;
    in.endStructure();
    if (value.into.isEmpty())
        value.into = QString();
    return in;
}

} // namespace bwt
