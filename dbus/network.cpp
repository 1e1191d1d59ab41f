// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/network.h"

namespace bwt {

QDBusArgument& operator<<(QDBusArgument& out, const Network& value)
{
    out.beginStructure();
    out << value.interface << value.name << value.type << static_cast<uchar>(value.metered);
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Network& value)
{
    uchar metered = 0;
    in.beginStructure();
    in >> value.interface >> value.name >> value.type >> metered;
    in.endStructure();
    value.metered = metered <= static_cast<uchar>(Metered::No) ? static_cast<Metered>(metered) : Metered::Unknown;
    return in;
}

} // namespace bwt
