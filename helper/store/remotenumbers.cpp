// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/remotenumbers.h"

#include "helper/collector/naming.h"

#include <algorithm>

namespace bwt::store {

namespace {

constexpr std::size_t mostPages = 512; // 2 MB, half a million remotes
// To run a statement costs as much as to read 20 rows. A week needs one remote in twenty, and reads few neighbours;
// a year needs them all, and after so many statements whole pages are cheaper.
constexpr qint64 neighbours = 4;
constexpr int mostReadingsOfNeighbours = 6000;
constexpr std::uint32_t notFoundYet = 0xffff'ffff;

} // namespace

RemoteNumbers::RemoteNumbers(const Database& database, Finding find)
    : m_find(std::move(find))
    , m_remotes(database.prepare(QStringLiteral("SELECT id, ip FROM remote WHERE id >= ? AND id < ?")))
{
}

void RemoteNumbers::goOn(qint64 lastId)
{
    m_lastId = lastId;
    m_readings = 0;
}

void RemoteNumbers::forget()
{
    m_pages.clear();
    m_lastNumber = -1;
}

std::uint32_t RemoteNumbers::of(qint64 remote)
{
    if (remote <= 0 || remote > m_lastId)
        return 0;
    const qint64 number = remote / remotesOnPage;
    if (number != m_lastNumber) {
        m_lastPage = &page(number);
        m_lastNumber = number;
    }
    const std::uint32_t& found = (*m_lastPage)[static_cast<std::size_t>(remote % remotesOnPage)];
    if (found == notFoundYet) {
        const qint64 count = ++m_readings <= mostReadingsOfNeighbours ? neighbours : remotesOnPage;
        const qint64 first = remote - remote % count;
        read(*m_lastPage, first, first + count);
    }
    return found;
}

RemoteNumbers::Page& RemoteNumbers::page(qint64 number)
{
    if (!m_pages.contains(number) && m_pages.size() >= mostPages)
        m_pages.clear();
    std::unique_ptr<Page>& page = m_pages[number];
    if (!page) {
        page = std::make_unique<Page>();
        page->fill(notFoundYet);
    }
    return *page;
}

void RemoteNumbers::read(Page& page, qint64 first, qint64 end)
{
    // An id that nobody has yet may be somebody's the next time.
    const qint64 last = std::min(end - 1, m_lastId);
    const auto numberOf = [&page](qint64 remote) { return page.begin() + remote % remotesOnPage; };
    std::fill(numberOf(first), numberOf(last) + 1, 0);
    for (m_remotes.run(first, last + 1); m_remotes.next();) {
        if (const std::optional<Address> address = addressFromText(m_remotes.text(1)))
            *numberOf(m_remotes.integer(0)) = m_find(*address);
    }
    m_remotes.finish();
}

} // namespace bwt::store
