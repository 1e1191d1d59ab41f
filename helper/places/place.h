// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <compare>
#include <cstdint>

namespace bwt {

/// Where an address is, and whose network it is in; 0 where that is unknown.
struct Place {
    std::uint16_t country = 0; ///< two letters of ISO 3166-1, the first in the upper byte
    std::uint32_t asn = 0; ///< number of the operator's autonomous system

    friend auto operator<=>(const Place&, const Place&) = default;
};

/// "DE"; null for 0.
[[nodiscard]] QString countryText(std::uint16_t country);
/// The reverse; upper and lower case are the same, and anything but two letters is 0.
[[nodiscard]] std::uint16_t countryFromText(QByteArrayView text);

} // namespace bwt
