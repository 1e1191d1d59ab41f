// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/placing.h"

#include "helper/collector/naming.h"
#include "helper/collector/scope.h"

namespace bwt {

namespace {

bool isFar(const Address& remote)
{
    return remote != Address{} && scopeOf(remote, {}) == Scope::Internet;
}

} // namespace

Place placeOfRemote(Places& places, const Address& remote)
{
    return isFar(remote) ? places.placeOf(remote) : Place();
}

std::uint16_t countryOfRemote(Places& places, const Address& remote)
{
    return isFar(remote) ? places.countryOf(remote) : 0;
}

std::uint32_t asnOfRemote(Places& places, const Address& remote)
{
    return isFar(remote) ? places.asnOf(remote) : 0;
}

void tellPlace(Row& row, Places& places, const Address& remote)
{
    const Place place = placeOfRemote(places, remote);
    row.country = countryText(place.country);
    if (place.asn == 0)
        return;
    row.asn = place.asn;
    row.asName = operatorName(places, remote);
}

QString operatorName(const Places& places, const Address& remote)
{
    const QByteArray name = places.operatorOf(remote);
    return name.isEmpty() ? QString() : printable(name);
}

} // namespace bwt
