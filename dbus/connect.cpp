// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/connect.h"

namespace bwt {

QDBusConnection connectToBus(const QString& bus, const QString& connectionName)
{
    if (bus == QLatin1StringView("system"))
        return QDBusConnection::connectToBus(QDBusConnection::SystemBus, connectionName);
    if (bus == QLatin1StringView("session"))
        return QDBusConnection::connectToBus(QDBusConnection::SessionBus, connectionName);
    return QDBusConnection::connectToBus(bus, connectionName);
}

} // namespace bwt
