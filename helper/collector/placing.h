// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"
#include "helper/places/places.h"

namespace bwt {

/// The place of a remote address; none near by, where the same address is somewhere else in each network.
[[nodiscard]] Place placeOfRemote(Places& places, const Address& remote);
/// Its parts; 0 where they are not known.
[[nodiscard]] std::uint16_t countryOfRemote(Places& places, const Address& remote);
[[nodiscard]] std::uint32_t asnOfRemote(Places& places, const Address& remote);

/// Writes down a remote's place in its row.
void tellPlace(Row& row, Places& places, const Address& remote);
/// What the operator of an address calls itself, in print; null where that is unknown.
[[nodiscard]] QString operatorName(const Places& places, const Address& remote);

/// The part of a filter that is about places.
class PlaceFilter {
public:
    explicit PlaceFilter(const Filter& filter)
        : m_wanted{countryFromText(filter.country.toLatin1()), filter.asn}
        , m_wantsCountry(!filter.country.isEmpty())
    {
    }

    /// Whether it leaves anything out.
    [[nodiscard]] bool narrows() const { return wantsCountry() || wantsAsn(); }
    [[nodiscard]] bool wantsCountry() const { return m_wantsCountry; }
    [[nodiscard]] bool wantsAsn() const { return m_wanted.asn != 0; }
    [[nodiscard]] bool matches(const Place& place) const
    {
        return (!m_wantsCountry || (place.country == m_wanted.country && place.country != 0))
            && (m_wanted.asn == 0 || place.asn == m_wanted.asn);
    }

private:
    Place m_wanted;
    bool m_wantsCountry;
};

} // namespace bwt
