// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/places/places.h"
#include "helper/store/database.h"

#include <array>
#include <memory>
#include <unordered_map>

namespace bwt::store {

/// Where the history's remotes are, by their ids: numbers alone, 8 bytes for each. They are looked up one by one
/// while they are few, and a page of ids at once when a question is about most of them.
class RemotePlaces {
public:
    RemotePlaces(const Database& database, PlaceFiles files);

    /// Ids may stand for something else from now on.
    void forget();
    /// Nowhere for 0, and for what is near by.
    [[nodiscard]] Place placeOf(qint64 remote);
    /// What an operator calls itself that placeOf() told of.
    [[nodiscard]] QString operatorName(std::uint32_t asn) const;
    [[nodiscard]] Places& places() { return m_places; }

private:
    static constexpr qint64 remotesOnPage = 1024;
    using Page = std::array<Place, remotesOnPage>;

    [[nodiscard]] Page& page(qint64 number);
    /// Looks up the page's remotes from one id to another.
    void read(Page& page, qint64 first, qint64 end);

    Places m_places;
    Statement m_remotes;
    std::unordered_map<qint64, std::unique_ptr<Page>> m_pages;
    qint64 m_lastNumber = -1; ///< of the page that was asked for last
    Page* m_lastPage = nullptr;
    int m_readings = 0; ///< since it forgot
    QHash<std::uint32_t, Address> m_examples; ///< of each operator an address, to find its name by
};

} // namespace bwt::store
