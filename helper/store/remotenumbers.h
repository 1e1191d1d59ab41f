// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"
#include "helper/store/database.h"

#include <array>
#include <functional>
#include <memory>
#include <unordered_map>

namespace bwt::store {

/// A number for each of the history's remotes, by its id, found once by its address: 4 bytes for each that was asked
/// for, and for its neighbours. Remotes that were met together often have ids side by side.
class RemoteNumbers {
public:
    using Finding = std::function<std::uint32_t(const Address&)>; ///< 0xffff'ffff is not remembered

    RemoteNumbers(const Database& database, Finding find);

    /// Ids up to this one stand for what they stood for; there are none above it.
    void goOn(qint64 lastId);
    /// Ids may stand for something else.
    void forget();
    /// 0 where there is no such remote.
    [[nodiscard]] std::uint32_t of(qint64 remote);

private:
    static constexpr qint64 remotesOnPage = 1024;
    using Page = std::array<std::uint32_t, remotesOnPage>;

    [[nodiscard]] Page& page(qint64 number);
    /// Finds the numbers of some neighbours on a page, as far as there are remotes.
    void read(Page& page, qint64 first, qint64 end);

    Finding m_find;
    Statement m_remotes;
    std::unordered_map<qint64, std::unique_ptr<Page>> m_pages;
    qint64 m_lastId = 0;
    qint64 m_lastNumber = -1; ///< of the page that was asked for last
    Page* m_lastPage = nullptr;
    int m_readings = 0; ///< since it went on
};

} // namespace bwt::store
