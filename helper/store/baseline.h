// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"
#include "helper/store/database.h"

#include <utility>
#include <vector>

namespace bwt::store {

/// Up to which value each counter of a set is in the history: the mirror of the table `baseline`, moved on only after
/// the transaction that wrote the table was committed.
class Baseline {
public:
    struct Entry {
        FlowKey key;
        qint64 place = 0; ///< in the table, from 1 on
        quint64 bytes = 0;
        quint64 calls = 0;
        quint64 openBytes = 0; ///< of these, what was counted in `generation`
        quint64 openCalls = 0;
        std::uint32_t generation = 0; ///< that it last grew in
        std::uint32_t program = 0; ///< the process's in the dictionary when it last grew; 0: unknown
        Scope scope = Scope::Internet;
        bool differs = false; ///< from its row in the table
    };

    /// What a counter grew by: absolute - baseline, signed, never clamped.
    struct Growth {
        const Flow* flow = nullptr;
        std::size_t entry = 0; ///< index of the counter's in the step's
        qint64 bytes = 0;
        qint64 calls = 0;
    };

    /// Where a snapshot leads from here.
    struct Step {
        CounterSet set;
        bool isNewSet = false;
        std::int64_t fromMs = 0; ///< the growth came about in [fromMs, untilMs)
        std::int64_t untilMs = 0;
        std::uint64_t untilBootNs = 0;
        std::uint32_t closedGeneration = 0;
        std::vector<Entry> entries; ///< who writes them tells the program of those that grew
        std::vector<Growth> growth; ///< of the counters that changed
        std::vector<qint64> gone; ///< places of counters that were folded
        std::uint64_t foldNumber = 0;
        std::vector<InterfaceBook> books;
        bool movesBooks = false; ///< from what the table has
        std::vector<Book> booksGrowth; ///< of the interfaces whose books changed
    };

    [[nodiscard]] const CounterSet& set() const { return m_set; }

    /// The step to the snapshot's values; from nothing, where the snapshot is of another set.
    [[nodiscard]] Step stepTo(const Snapshot& snapshot) const;
    /// Takes a step whose transaction is committed.
    void take(Step step);

    /// Writes what a step changes.
    static void write(const Database& database, const Step& step);
    /// Writes everything in place of what the file says, which knows no program of ours.
    void writeAll(const Database& database);
    /// What the file says.
    [[nodiscard]] static Baseline read(const Database& database);
    /// The closed parts that the file knows, and whose they are.
    [[nodiscard]] static Past readPast(const Database& database);
    /// Ids of the programs that the file's counters are of.
    [[nodiscard]] static std::vector<qint64> readPrograms(const Database& database);
    /// Takes over what versions 2 to 4 kept, a row for each counter (`flat_baseline`).
    static void packFlat(const Database& database);

private:
    /// When the growth of the known set began that a snapshot brings, by the clock as it is now.
    [[nodiscard]] std::int64_t beginOfGrowth(const Snapshot& snapshot) const;
    /// The entries as the folds leave them, and the places that are empty then.
    [[nodiscard]] std::pair<std::vector<Entry>, std::vector<qint64>> folded(const Folds& folds) const;

    CounterSet m_set;
    std::int64_t m_untilMs = 0; ///< everything counted before is in the history
    std::uint64_t m_untilBootNs = 0; ///< the same moment by CLOCK_BOOTTIME; 0: unknown
    std::uint32_t m_closedGeneration = 0;
    std::uint64_t m_foldNumber = 0; ///< of the newest folds that were taken
    std::vector<Entry> m_entries; ///< ordered by key
    std::vector<InterfaceBook> m_books; ///< ordered by index
};

} // namespace bwt::store
