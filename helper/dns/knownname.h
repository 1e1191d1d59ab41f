// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <cstdint>

namespace bwt::dns {

/// How a name came to be an address's, best first.
enum class Basis : std::uint8_t {
    Asked, ///< the process itself was told so, whenever that was
    Fresh, ///< another was, at most `freshFor` before: it may have asked for the process, as resolvers do
    Host, ///< another was, longer ago, and the answer still holds
};

struct KnownName {
    QByteArray name; ///< as Answer has it
    Basis basis = Basis::Host;
    std::uint64_t ageNs = 0; ///< since it was told

    friend bool operator==(const KnownName&, const KnownName&) = default;
};

} // namespace bwt::dns
