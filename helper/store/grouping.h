// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/placing.h"
#include "helper/store/names.h"
#include "helper/store/store.h"
#include "helper/store/tiers.h"

#include <QHash>

#include <compare>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace bwt::store {

/// What rows are grouped by, but for the remote; 0 where it is not asked for, or hidden.
struct Identity {
    bool isHidden = false;
    qint64 process = 0; ///< below 0: a program, where the process isn't told
    qint64 app = 0;
    qint64 uid = 0;
    qint64 protocol = 0;
    qint64 service = 0;
    qint64 scope = 0;
    qint64 network = 0;
    friend auto operator<=>(const Identity&, const Identity&) = default;
};

/// Whom a row of an answer is about.
struct Subject {
    quint32 identity = 0; ///< as Grouping counts them
    quint32 remote = 0; ///< or a number for its place, where that alone is asked for; 0 where neither is, or hidden
    friend bool operator==(const Subject&, const Subject&) = default;
};
[[nodiscard]] inline size_t qHash(const Subject& subject, size_t seed = 0)
{
    return ::qHash(quint64{subject.identity} << 32 | subject.remote, seed);
}

[[nodiscard]] inline size_t qHash(const GroupKey& key, size_t seed = 0)
{
    // Ids are small and count from 1: they share a word without meeting.
    constexpr int channelBits = 20;
    constexpr int processBits = 36;
    return ::qHash(static_cast<quint64>(key.program) ^ static_cast<quint64>(key.channel) << channelBits
            ^ static_cast<quint64>(key.process) << processBits,
        seed);
}

/// Tells of stored rows whether a query asks for them, and whom they count for.
class Grouping {
public:
    /// `by` may be less than what the query says: for its sums.
    Grouping(const Database& database, const HistoryQuery& query, Dimensions by, bool tellsProcess, Names& names);

    struct Verdict {
        bool isWanted = false;
        bool isFar = false; ///< beyond the own networks, where remotes have places
        quint32 identity = 0;
    };
    /// Of a group of a sheet that holds such rows.
    [[nodiscard]] Verdict judge(Detail rows, const GroupKey& group);
    /// Of a flow in a group that was judged so; `program` is the group's.
    [[nodiscard]] bool wantsRemote(const Verdict& group, qint64 program, qint64 remote)
    {
        return isWith(program, remote) && (!m_place.narrows() || m_place.matches(placeOf(group, remote)));
    }
    [[nodiscard]] Subject subject(const Verdict& group, qint64 remote)
    {
        if (m_identities[group.identity].isHidden)
            return {group.identity, 0};
        if (m_byPlace)
            return {group.identity, numberOf(placeOf(group, remote))};
        return {group.identity, m_byRemote && remote > 0 && remote <= mostRemotes ? static_cast<quint32>(remote) : 0};
    }

    [[nodiscard]] const Identity& identity(quint32 place) const { return m_identities[place]; }
    /// In a fixed order, for equals.
    [[nodiscard]] std::strong_ordering compare(const Subject& one, const Subject& other) const;
    /// The keys of a row. `program` is the newest that the subject was seen as.
    void name(Row& row, const Subject& subject, qint64 program);

private:
    static constexpr qint64 mostRemotes = 0xffff'ffff; ///< more are damage

    void resolveFilter(const Database& database);
    /// Whether the filter's address or name is what the program exchanged with.
    [[nodiscard]] bool isWith(qint64 program, qint64 remote) const
    {
        return m_remote != 0 ? remote == m_remote : m_named.empty() || m_named.contains({remote, program});
    }
    [[nodiscard]] Place placeOf(const Verdict& group, qint64 remote)
    {
        if (!group.isFar)
            return {};
        RemotePlaces& places = m_names.places();
        return {m_needsCountry ? places.countryOf(remote) : std::uint16_t{0}, m_needsAsn ? places.asnOf(remote) : 0};
    }
    /// A number for what is asked of a place, and what it stands for.
    [[nodiscard]] quint32 numberOf(const Place& place);
    [[nodiscard]] Place placeAt(quint32 number) const;
    void nameRemote(Row& row, const Subject& subject, qint64 program);
    [[nodiscard]] Verdict judged(const GroupKey& group);
    [[nodiscard]] Verdict judgedByOwner(qint64 uid, qint64 scope);
    [[nodiscard]] bool matches(const GroupKey& group);
    [[nodiscard]] bool matches(const Names::Program& program) const;
    /// What the identity's programs call a remote, as the last of them was told.
    [[nodiscard]] QString remoteName(const Identity& identity, qint64 remote, qint64 program);
    [[nodiscard]] Identity identify(const GroupKey& group);
    [[nodiscard]] Verdict wanted(const Identity& identity, qint64 scope);
    [[nodiscard]] bool isHidden(qint64 uid) const
    {
        return m_hides && !m_query.visibility.sees(static_cast<std::uint32_t>(uid));
    }

    const HistoryQuery& m_query;
    const Dimensions m_by;
    const bool m_tellsProcess;
    const bool m_hides; ///< what some may not see is one row
    const bool m_byRemote;
    const bool m_byPlace; ///< and not by remote, of which it is a part
    const PlaceFilter m_place;
    const bool m_needsCountry; ///< of the rows' places, for their keys or for the filter
    const bool m_needsAsn;
    Names& m_names;
    bool m_matchesNothing = false; ///< the filter names what the history doesn't know
    std::set<qint64> m_processes; ///< of the filter's pid
    std::set<qint64> m_apps; ///< of the filter's app, and of what counts for it
    qint64 m_remote = 0; ///< ids of the filter; 0 for any
    std::set<std::pair<qint64, qint64>> m_named; ///< remotes, each with a program that calls it as the filter does
    Names::Channel m_channel;
    qint64 m_internet = 0; ///< the scope's id

    QHash<GroupKey, Verdict> m_verdicts; ///< without the process where it isn't told
    std::map<Identity, quint32> m_places;
    std::vector<Identity> m_identities;
    std::map<Place, quint32> m_numbers; ///< of places, where both parts are asked for
    std::vector<Place> m_placesByNumber{Place()};
};

/// Whether a query tells remotes, or their places, apart.
[[nodiscard]] bool tellsRemotes(Dimensions by);

/// How much rows have to know.
struct Need {
    Detail detail = Detail::Programs; ///< Remotes are enough to tell who is the biggest, and Flows tell the rest
    bool process = false;
};
/// A range that goes back further than processes are told (`processesFrom`, a second) is answered by programs
/// throughout, but where it is about one process.
[[nodiscard]] Need needOf(const HistoryQuery& query, qint64 processesFrom);

} // namespace bwt::store
