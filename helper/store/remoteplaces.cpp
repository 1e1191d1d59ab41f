// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/remoteplaces.h"

#include "helper/collector/placing.h"

#include <limits>

namespace bwt::store {

RemotePlaces::RemotePlaces(const Database& database, PlaceFiles files)
    : m_places(std::move(files))
    , m_newest(database.prepare(QStringLiteral("SELECT id, ip FROM remote WHERE id <= ? ORDER BY id DESC LIMIT 256")))
    , m_countries(database, [this](const Address& address) { return countryOfRemote(m_places, address); })
    , m_asns(database, [this](const Address& address) {
        const std::uint32_t asn = asnOfRemote(m_places, address);
        if (asn != 0 && !m_examples.contains(asn))
            m_examples.insert(asn, address);
        return asn;
    })
{
}

std::uint16_t RemotePlaces::countryOf(qint64 remote)
{
    if (!m_places.files().countries)
        return 0;
    if (!m_isFresh)
        goOn();
    return static_cast<std::uint16_t>(m_countries.of(remote));
}

std::uint32_t RemotePlaces::asnOf(qint64 remote)
{
    if (!m_places.files().operators)
        return 0;
    if (!m_isFresh)
        goOn();
    return m_asns.of(remote);
}

QString RemotePlaces::operatorName(std::uint32_t asn) const
{
    const auto example = m_examples.constFind(asn);
    return example == m_examples.cend() ? QString() : bwt::operatorName(m_places, *example);
}

/// SQLite gives a new row the number after the highest. So a number is somebody else's only where all from it on were
/// dropped, and given again from there on: where the newest are who they were, nobody's number has changed.
void RemotePlaces::goOn()
{
    m_isFresh = true;
    if (!m_known.empty() && newestUntil(m_known.front().first) != m_known) {
        m_countries.forget();
        m_asns.forget();
        m_examples.clear();
    }
    m_known = newestUntil(std::numeric_limits<qint64>::max());
    const qint64 lastId = m_known.empty() ? 0 : m_known.front().first;
    m_countries.goOn(lastId);
    m_asns.goOn(lastId);
}

std::vector<RemotePlaces::Remote> RemotePlaces::newestUntil(qint64 id)
{
    std::vector<Remote> newest;
    for (m_newest.run(id); m_newest.next();)
        newest.emplace_back(m_newest.integer(0), m_newest.text(1));
    m_newest.finish();
    return newest;
}

} // namespace bwt::store
