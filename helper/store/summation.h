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

/// Sums what is stored by what a query asks for, in each bucket of the answer.
class Summation {
public:
    Summation(const Database& database, const HistoryQuery& query, bool tellsProcess, Names& names);

    /// A sheet's slices, each with when it was and the answer's bucket that it goes to: none below 0.
    struct Slice {
        Span span;
        qsizetype bucket = -1;
    };
    void add(const Sheet& sheet, const std::vector<Slice>& slices);

    /// The first of the answer's buckets that has something; none below 0.
    [[nodiscard]] qsizetype firstBucket() const { return m_tables.empty() ? -1 : m_tables.begin()->first; }

    enum class Keys { All, ScopeAlone };
    /// Yields a bucket's sums, biggest first, equals in a fixed order, and forgets them. `wanted` tells before each
    /// row how much of it matters; `take` whether there is room for more.
    [[nodiscard]] bool finish(
        qsizetype bucket, const std::function<Keys()>& wanted, const std::function<bool(const Row&)>& take);

private:
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
    /// The sums of one of the answer's buckets.
    struct Table {
        QHash<std::pair<quint32, qint64>, quint32> index; ///< of entries by identity and remote, from 1
        std::vector<Entry> entries;
    };
    struct RowOrder;
    class Adding;

    void resolveFilter(const Database& database);
    [[nodiscard]] Verdict judge(const GroupKey& group);
    [[nodiscard]] bool matches(const GroupKey& group);
    [[nodiscard]] Identity identify(const GroupKey& group);
    [[nodiscard]] static Entry& entryOf(Table& table, quint32 identity, qint64 remote);
    [[nodiscard]] std::vector<RowOrder> ordered(const std::vector<Entry>& entries) const;
    [[nodiscard]] Row rowOf(const Entry& entry, const Sums& sums, Keys keys, const QString& direction);

    const HistoryQuery& m_query;
    Names& m_names;
    bool m_tellsProcess;
    bool m_hides; ///< what some may not see is one row
    bool m_matchesNothing = false; ///< the filter names what the history doesn't know
    std::set<qint64> m_processes; ///< of the filter's pid
    qint64 m_app = 0; ///< ids of the filter; 0 for any
    qint64 m_remote = 0;
    Names::Channel m_channel;

    QHash<quint64, QHash<qint64, Verdict>> m_verdicts; ///< by program and channel, then process where that matters
    std::map<Identity, quint32> m_places;
    std::vector<Identity> m_identities;
    std::map<qsizetype, Table> m_tables; ///< by the answer's bucket
};

/// How much rows have to know.
struct Need {
    Detail detail = Detail::Programs;
    bool process = false;
};
/// A range that goes back further than processes are told (`processesFrom`, a second) is answered by programs
/// throughout, but where it is about one process.
[[nodiscard]] Need needOf(const HistoryQuery& query, qint64 processesFrom);

} // namespace bwt::store
