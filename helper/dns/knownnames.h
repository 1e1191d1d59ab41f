// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/dns/knownname.h"
#include "helper/dns/message.h"

#include <compare>
#include <cstddef>
#include <list>
#include <optional>
#include <set>

namespace bwt::dns {

/// What addresses are called, as programs of this host asked for them. Holds a fixed number of bytes: what was told
/// the longest ago makes room. Times are CLOCK_BOOTTIME. Used from one thread alone.
class KnownNames {
public:
    explicit KnownNames(std::size_t mostBytes = defaultBytes);

    /// Takes what was told. Answers come in order of time.
    void learn(const NameAnswer& told);

    /// The name of an address for what a process did at that moment; of several the one that was told last before it.
    /// Nothing where none is known. Who keeps it for as long as the flow lasts keeps it right: later the address may
    /// be called otherwise.
    [[nodiscard]] std::optional<KnownName> nameOf(
        const ProcessId& process, std::uint32_t netns, const Address& address, std::uint64_t atNs) const;

    /// At most what it was told to hold.
    [[nodiscard]] std::size_t bytes() const { return m_bytes; }

    static constexpr std::size_t defaultBytes = 2 << 20;
    static constexpr std::uint64_t freshFor = 10'000'000'000;
    static constexpr std::uint32_t longestTtl = 86'400; ///< seconds
    static constexpr std::size_t mostNames = 4; ///< of an address, for each process and for the host

private:
    /// Whom an address is known to. {0, 0} stands for the host.
    struct Key {
        std::uint32_t netns = 0;
        ProcessId process;
        Address address{};
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    struct Entry {
        Key key;
        QByteArray name;
        std::uint64_t toldNs = 0;
        std::uint64_t untilNs = 0;
    };
    using Entries = std::list<Entry>; ///< in the order in which they were told
    struct ByKey {
        using is_transparent = void;
        bool operator()(Entries::iterator a, Entries::iterator b) const { return a->key < b->key; }
        bool operator()(Entries::iterator a, const Key& b) const { return a->key < b; }
        bool operator()(const Key& a, Entries::iterator b) const { return a < b->key; }
    };
    /// Those with one key are in the order in which they were told.
    using Index = std::multiset<Entries::iterator, ByKey>;

    [[nodiscard]] static std::size_t bytesOf(const Entry& entry);
    void add(Entry entry);
    void remove(Index::iterator place);
    void removeOldest();
    /// The last that was told by then; null where there is none.
    [[nodiscard]] const Entry* newestOf(const Key& key, std::uint64_t atNs) const;

    std::size_t m_mostBytes;
    std::size_t m_bytes = 0;
    Entries m_entries;
    Index m_index;
};

} // namespace bwt::dns
