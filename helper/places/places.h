// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/places/place.h"
#include "helper/places/placefile.h"

#include <QHash>

#include <memory>

namespace bwt {

/// The files that are asked. Without one nothing of its kind is known; both may be the same.
struct PlaceFiles {
    std::shared_ptr<const PlaceFile> countries = {};
    std::shared_ptr<const PlaceFile> operators = {};

    friend bool operator==(const PlaceFiles&, const PlaceFiles&) = default;
};

/// Looks up places, and remembers what it read: used from one thread alone.
class Places {
public:
    explicit Places(PlaceFiles files = {});

    [[nodiscard]] const PlaceFiles& files() const { return m_files; }
    /// Whether no address has a place.
    [[nodiscard]] bool isEmpty() const { return !m_files.countries && !m_files.operators; }
    [[nodiscard]] Place placeOf(const Address& address) { return {countryOf(address), asnOf(address)}; }
    [[nodiscard]] std::uint16_t countryOf(const Address& address);
    [[nodiscard]] std::uint32_t asnOf(const Address& address);
    /// What the operator of an address calls itself: any bytes; null where that is unknown.
    [[nodiscard]] QByteArray operatorOf(const Address& address) const;

private:
    PlaceFiles m_files;
    QHash<std::uint32_t, std::uint16_t> m_countries; ///< by entry of the file
    QHash<std::uint32_t, std::uint32_t> m_asns;
};

} // namespace bwt
