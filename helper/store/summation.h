// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/names.h"
#include "helper/store/store.h"
#include "helper/store/tiers.h"

#include <QHash>

#include <functional>
#include <map>
#include <set>
#include <vector>

namespace bwt::store {

/// Sums stored buckets by what a query asks for.
class Summation {
public:
    Summation(const Database& database, const HistoryQuery& query, Names& names);

    void add(const StoredBucket& bucket);

    enum class Keys { All, ScopeAlone };
    /// Yields the sums, biggest first, equals in a fixed order, and begins anew. `wanted` tells before each row how
    /// much of it matters; `take` whether there is room for more.
    [[nodiscard]] bool finish(const std::function<Keys()>& wanted, const std::function<bool(const Row&)>& take);

private:
    /// What rows are grouped by, but for the remote; 0 where it is not asked for, or hidden.
    struct Identity {
        bool isHidden = false;
        qint64 process = 0; ///< below 0: a program, where the tier knows no process
        qint64 app = 0;
        qint64 uid = 0;
        qint64 protocol = 0;
        qint64 service = 0;
        qint64 scope = 0;
        qint64 network = 0;
        friend auto operator<=>(const Identity&, const Identity&) = default;
    };
    /// What becomes of a group's rows.
    struct Verdict {
        bool isWanted = false;
        quint32 identity = 0; ///< place in m_identities
    };
    struct Entry {
        quint32 identity = 0;
        qint64 remote = 0;
        Sums sums;
        qint64 firstStart = 0;
        qint64 lastStart = 0;
        qint64 lastUntil = 0;
        qint64 lastProgram = 0; ///< of the newest bucket
    };
    struct RowOrder;

    void resolveFilter(const Database& database);
    [[nodiscard]] Verdict judge(const GroupKey& group);
    [[nodiscard]] bool matches(const GroupKey& group);
    [[nodiscard]] Identity identify(const GroupKey& group);
    [[nodiscard]] Entry& entryOf(quint32 identity, qint64 remote);
    [[nodiscard]] Row rowOf(const Entry& entry, const Sums& sums, Keys keys, const QString& direction);

    const HistoryQuery& m_query;
    Names& m_names;
    bool m_hides; ///< what some may not see is one row
    bool m_matchesNothing = false; ///< the filter names what the history doesn't know
    std::set<qint64> m_processes; ///< of the filter's pid
    qint64 m_app = 0; ///< ids of the filter; 0 for any
    qint64 m_remote = 0;
    Names::Channel m_channel;

    QHash<quint64, QHash<qint64, Verdict>> m_verdicts; ///< by program and channel, then process where that matters
    std::map<Identity, quint32> m_places;
    std::vector<Identity> m_identities;
    QHash<std::pair<quint32, qint64>, quint32> m_index; ///< of m_entries, from 1
    std::vector<Entry> m_entries;
};

/// Whether the question is about processes: only fine minutes can tell.
[[nodiscard]] bool needsProcess(const HistoryQuery& query);
/// How much rows have to know.
[[nodiscard]] Detail neededDetail(const HistoryQuery& query);

} // namespace bwt::store
