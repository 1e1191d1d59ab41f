// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/remoteplaces.h"

#include "helper/collector/naming.h"
#include "helper/collector/placing.h"

#include <algorithm>

namespace bwt::store {

namespace {

constexpr std::size_t mostPages = 512; // 4 MB, half a million remotes
constexpr int mostReadingsOfOne = 4096; // 25 ms; all remotes of a year take ten times as long
constexpr Place notLookedUp{0xffff, 0}; // no letters

} // namespace

RemotePlaces::RemotePlaces(const Database& database, PlaceFiles files)
    : m_places(std::move(files))
    , m_remotes(database.prepare(QStringLiteral("SELECT id, ip FROM remote WHERE id >= ? AND id < ?")))
{
}

void RemotePlaces::forget()
{
    m_pages.clear();
    m_examples.clear();
    m_lastNumber = -1;
    m_readings = 0;
}

Place RemotePlaces::placeOf(qint64 remote)
{
    if (remote <= 0 || m_places.isEmpty())
        return {};
    const qint64 number = remote / remotesOnPage;
    if (number != m_lastNumber) {
        m_lastPage = &page(number);
        m_lastNumber = number;
    }
    const Place& place = (*m_lastPage)[static_cast<std::size_t>(remote % remotesOnPage)];
    if (place == notLookedUp && ++m_readings <= mostReadingsOfOne)
        read(*m_lastPage, remote, remote + 1);
    else if (place == notLookedUp)
        read(*m_lastPage, number * remotesOnPage, (number + 1) * remotesOnPage);
    return place;
}

RemotePlaces::Page& RemotePlaces::page(qint64 number)
{
    if (!m_pages.contains(number) && m_pages.size() >= mostPages)
        m_pages.clear();
    std::unique_ptr<Page>& page = m_pages[number];
    if (!page) {
        page = std::make_unique<Page>();
        page->fill(notLookedUp);
    }
    return *page;
}

void RemotePlaces::read(Page& page, qint64 first, qint64 end)
{
    const auto placeIn = [&page](qint64 remote) { return page.begin() + remote % remotesOnPage; };
    std::fill(placeIn(first), placeIn(end - 1) + 1, Place());
    for (m_remotes.run(first, end); m_remotes.next();) {
        const std::optional<Address> address = addressFromText(m_remotes.text(1));
        if (!address)
            continue;
        const Place place = placeOfRemote(m_places, *address);
        *placeIn(m_remotes.integer(0)) = place;
        if (place.asn != 0)
            m_examples.insert(place.asn, *address);
    }
    m_remotes.finish();
}

QString RemotePlaces::operatorName(std::uint32_t asn) const
{
    const auto example = m_examples.constFind(asn);
    return example == m_examples.cend() ? QString() : bwt::operatorName(m_places, *example);
}

} // namespace bwt::store
