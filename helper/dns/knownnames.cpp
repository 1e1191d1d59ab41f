// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/dns/knownnames.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bwt::dns {

namespace {

constexpr std::uint64_t secondNs = 1'000'000'000;

std::vector<Bytes> messagesOf(const NameAnswer& told)
{
    const Bytes bytes(reinterpret_cast<const std::uint8_t*>(told.bytes.constData()), std::size_t(told.bytes.size()));
    return told.isStream ? messagesIn(bytes) : std::vector{bytes};
}

} // namespace

KnownNames::KnownNames(std::size_t mostBytes)
    : m_mostBytes(mostBytes)
{
}

void KnownNames::learn(const NameAnswer& told)
{
    for (const Bytes message : messagesOf(told))
        for (const Answer& answer : readAnswers(message))
            for (const NamedAddress& named : answer.addresses) {
                const std::uint64_t untilNs = told.atNs + std::min(named.ttl, longestTtl) * secondNs;
                if (told.asker != ProcessId())
                    add({{told.netns, told.asker, named.address}, answer.name, told.atNs, untilNs});
                add({{told.netns, {}, named.address}, answer.name, told.atNs, untilNs});
            }
}

std::optional<KnownName> KnownNames::nameOf(
    const ProcessId& process, std::uint32_t netns, const Address& address, std::uint64_t atNs) const
{
    const Entry* const own = process == ProcessId() ? nullptr : newestOf({netns, process, address}, atNs);
    if (own)
        return KnownName{own->name, Basis::Asked, atNs - own->toldNs};
    const Entry* const hosts = newestOf({netns, {}, address}, atNs);
    if (!hosts)
        return {};
    const std::uint64_t ageNs = atNs - hosts->toldNs;
    if (ageNs <= freshFor)
        return KnownName{hosts->name, Basis::Fresh, ageNs};
    if (atNs <= hosts->untilNs)
        return KnownName{hosts->name, Basis::Host, ageNs};
    return {};
}

std::size_t KnownNames::bytesOf(const Entry& entry)
{
    // Both nodes with their links, the name's own header, and what the allocator adds to each of the three.
    constexpr std::size_t fixed
        = sizeof(Entry) + 2 * sizeof(void*) + sizeof(Entries::iterator) + 4 * sizeof(void*) + 16 + 3 * 16;
    return fixed + static_cast<std::size_t>(entry.name.capacity());
}

void KnownNames::add(Entry entry)
{
    const auto [first, last] = m_index.equal_range(entry.key);
    const auto same = std::find_if(first, last, [&](Entries::iterator known) { return known->name == entry.name; });
    if (same != last) {
        entry.name = (*same)->name; // one copy of it, however often it is told
        remove(same);
    } else if (static_cast<std::size_t>(std::distance(first, last)) >= mostNames) {
        remove(first);
    }
    m_bytes += bytesOf(entry);
    m_entries.push_back(std::move(entry));
    m_index.insert(std::prev(m_entries.end()));
    while (m_bytes > m_mostBytes)
        removeOldest();
}

void KnownNames::remove(Index::iterator place)
{
    const Entries::iterator entry = *place;
    m_bytes -= bytesOf(*entry);
    m_index.erase(place);
    m_entries.erase(entry);
}

void KnownNames::removeOldest()
{
    remove(m_index.lower_bound(m_entries.front().key)); // of those with its key it is the first
}

const KnownNames::Entry* KnownNames::newestOf(const Key& key, std::uint64_t atNs) const
{
    const auto [first, last] = m_index.equal_range(key);
    const Entry* newest = nullptr;
    for (auto place = first; place != last && (*place)->toldNs <= atNs; ++place)
        newest = &**place;
    return newest;
}

} // namespace bwt::dns
