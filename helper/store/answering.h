// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"
#include "helper/store/deadline.h"
#include "helper/store/plan.h"
#include "helper/store/summation.h"

#include <functional>
#include <map>
#include <vector>

namespace bwt::store {

[[nodiscard]] Need neededFor(const Database& database, const HistoryQuery& query);
/// What a range is widened to, and what holds it, where rows have to know so much.
[[nodiscard]] Stored storedFor(const Database& database, const HistoryQuery& query, const Need& need);

/// Answers a query in the buckets of a plan: a few rows by name, the biggest of the whole range, and sums of the
/// others.
class Answering {
public:
    Answering(const Database& database, Names& names, const HistoryQuery& query, const Deadline& deadline);

    [[nodiscard]] const Stored& stored() const { return m_stored; }
    /// Yields each bucket with its rows, in order of time. Throws LimitExceeded where no bus could carry them.
    void run(const Plan& plan, const std::function<void(qsizetype bucket, QList<Row> rows)>& take);

private:
    /// A row, or part of a sum.
    struct Told {
        const Summation::Entry* entry = nullptr;
        const Identity* identity = nullptr;
        Side side = Side::Both;
        qint64 total = 0;
    };

    using Rest = std::map<qint64, Sums>; ///< what isn't told by name, by scope

    struct Named {
        qint64 program = 0; ///< as which the subject was seen
        Row row;
    };

    template <typename Take> void readSheets(const Plan& plan, Detail detail, SheetReader::Sums sums, Take take);
    [[nodiscard]] bool canLeaveOut(const Plan& plan) const;
    void rank(const Plan& plan);
    [[nodiscard]] QList<Row> rowsOf(qsizetype bucket);
    void lookUpNames(const std::vector<Told>& told);
    void addSides(std::vector<Told>& told, Rest& rest, const Summation::Entry& entry) const;
    static void putInOrder(std::vector<Told>& told);
    void cut(std::vector<Told>& told, Rest& rest) const;
    [[nodiscard]] Row rowOf(const Told& told);
    void nameRow(Row& row, const Summation::Entry& entry);
    [[nodiscard]] bool isNamed(const Summation::Entry& entry) const;
    [[nodiscard]] Row rowOfRest(qint64 scope, const Sums& sums);

    const Database& m_database;
    const HistoryQuery& m_query;
    const Deadline& m_deadline;
    const Need m_need;
    const Stored m_stored;
    Names& m_names;
    Grouping m_grouping;
    Grouping m_whole; ///< of everything, but for scopes and what is hidden
    Ranking m_ranking;
    bool m_isSeries = false;
    bool m_leavesOut = false; ///< rows of remotes that aren't told are not even read, but for their sums
    bool m_hasRanked = false;
    QHash<Subject, Named> m_named;
    Summation m_sums;
    Summation m_sumsOfWhole;
    qint64 m_roomBytes = mostBytesInAnswer;
};

} // namespace bwt::store
