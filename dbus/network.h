// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusArgument>
#include <QList>
#include <QMetaType>
#include <QString>

/// What an interface is connected to.
namespace bwt {

/// Whether its traffic is paid for by how much it is. The values go over the bus.
enum class Metered : quint8 { Unknown, Yes, No };

/// A connection as NetworkManager tells it. Names are printable.
struct Network {
    QString interface;
    QString name; ///< "Wired connection 1", the name of a wireless network, …: as its owner called it
    QString type; ///< "wired", "wifi", "mobile", "tunnel" or "other"
    Metered metered = Metered::Unknown;

    friend bool operator==(const Network&, const Network&) = default;
};

using NetworkList = QList<Network>;

QDBusArgument& operator<<(QDBusArgument& out, const Network& value);
const QDBusArgument& operator>>(const QDBusArgument& in, Network& value);

} // namespace bwt

Q_DECLARE_METATYPE(bwt::Network)
