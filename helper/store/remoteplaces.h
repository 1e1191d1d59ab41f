// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/places/places.h"
#include "helper/store/database.h"
#include "helper/store/remotenumbers.h"

#include <utility>
#include <vector>

namespace bwt::store {

/// Where the history's remotes are, by their ids. What was looked up is known as long as ids stand for the same.
class RemotePlaces {
public:
    RemotePlaces(const Database& database, PlaceFiles files);
    RemotePlaces(const RemotePlaces&) = delete;
    RemotePlaces& operator=(const RemotePlaces&) = delete;

    /// The history has changed.
    void refresh() { m_isFresh = false; }
    /// As Place has them; 0 for 0, and for what is near by.
    [[nodiscard]] std::uint16_t countryOf(qint64 remote);
    [[nodiscard]] std::uint32_t asnOf(qint64 remote);
    /// What an operator calls itself that asnOf() told of.
    [[nodiscard]] QString operatorName(std::uint32_t asn) const;
    [[nodiscard]] Places& places() { return m_places; }

private:
    using Remote = std::pair<qint64, QString>; ///< id and address

    void goOn();
    [[nodiscard]] std::vector<Remote> newestUntil(qint64 id);

    Places m_places;
    Statement m_newest;
    RemoteNumbers m_countries;
    RemoteNumbers m_asns;
    QHash<std::uint32_t, Address> m_examples; ///< of each operator an address, to find its name by
    std::vector<Remote> m_known; ///< the newest remotes that were there the last time
    bool m_isFresh = false;
};

} // namespace bwt::store
