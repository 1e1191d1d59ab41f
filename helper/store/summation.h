// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/grouping.h"
#include "helper/store/tiers.h"

#include <QHash>

#include <map>
#include <vector>

namespace bwt::store {

/// A sheet's slices, each with when it was and the answer's bucket that it goes to: none below 0.
struct Slice {
    Span span;
    qsizetype bucket = -1;
};
using Slices = std::vector<Slice>;

enum class Side { Both, Tx, Rx };
[[nodiscard]] Sums sideOf(Sums sums, Side side);

/// Who has the most bytes of all that is added: the rows of an answer that are told by name.
class Ranking {
public:
    Ranking(Grouping& grouping, bool bySides)
        : m_grouping(grouping)
        , m_bySides(bySides)
    {
    }

    void add(const Sheet& sheet, const Slices& slices);
    /// Picks the first so many; all for 0. Equals come in a fixed order.
    void pick(quint32 limit);

    [[nodiscard]] bool has(const Subject& subject, Side side) const;
    [[nodiscard]] bool hasAnyOf(const Subject& subject) const { return m_chosen.contains(subject); }

private:
    struct Candidate {
        Subject subject;
        Side side = Side::Both;
        qint64 total = 0;
    };
    struct Sides {
        bool tx = false;
        bool rx = false;
    };
    class Adding;

    void keepBest(std::vector<Candidate>& some, quint32 limit) const;

    Grouping& m_grouping;
    bool m_bySides;
    QHash<Subject, qint64> m_bytes; ///< sent, where sides are told apart, or both
    QHash<Subject, qint64> m_received; ///< none where they aren't
    QHash<Subject, Sides> m_chosen;
};

/// Sums what is stored by what a query asks for, in each bucket of the answer.
class Summation {
public:
    struct Entry {
        Subject subject;
        Sums sums;
        qint64 firstStart = 0;
        qint64 lastStart = 0;
        qint64 lastUntil = 0;
        qint64 lastProgram = 0; ///< of the newest slice
    };

    explicit Summation(Grouping& grouping)
        : m_grouping(grouping)
    {
    }

    /// From now on only these subjects, and nothing that is hidden.
    void choose(const Ranking& chosen) { m_chosen = &chosen; }
    void add(const Sheet& sheet, const Slices& slices);
    /// Those of a bucket, in no order; they are forgotten here.
    [[nodiscard]] std::vector<Entry> take(qsizetype bucket);

private:
    /// The sums of one of the answer's buckets.
    struct Table {
        QHash<Subject, quint32> index; ///< of entries, from 1
        std::vector<Entry> entries;
    };
    class Adding;

    [[nodiscard]] static Entry& entryOf(Table& table, const Subject& subject);

    Grouping& m_grouping;
    const Ranking* m_chosen = nullptr; ///< null for everybody
    std::map<qsizetype, Table> m_tables;
};

} // namespace bwt::store
