// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"
#include "helper/store/store.h"

#include <cstdint>
#include <optional>

/// Keeping the history within its time and its size.
namespace bwt::store {

/// How late it is as far as a clock may be believed that can have been wrong since boot: no later than what the
/// history knew of when it was opened, and the time that passed since. A clock that has stood by it for a day is
/// right.
class BelievedTime {
public:
    explicit BelievedTime(std::int64_t newestMs)
        : m_newestMs(newestMs)
    {
    }
    /// A look at the counters, by the clock that is never set.
    void advance(std::uint64_t bootNs);
    [[nodiscard]] std::int64_t latest(std::int64_t nowMs) const;

private:
    std::int64_t m_newestMs; ///< 0 for an empty history, which has nothing to lose
    std::optional<std::uint64_t> m_firstNs;
    std::uint64_t m_lastNs = 0;
};

/// The newest moment that the history knows of, recorded or paused; 0 where there is none.
[[nodiscard]] std::int64_t newestMs(const Database& database);
/// Until when the newest commit has recorded or paused, by the clock of then; 0 where there is none.
[[nodiscard]] std::int64_t lastCommitMs(const Database& database);

/// Drops what is older than the retention and, while the file is too large, the oldest fine rows. What a finer tier
/// drops is in the coarser ones, so that totals never change. Returns how many buckets went or lost detail.
[[nodiscard]] quint64 dropExpired(const Database& database, const Retention& retention, std::int64_t nowMs);
/// Hands free pages to the file system and empties the log, which holds what was deleted.
void giveSpaceBack(const Database& database);

} // namespace bwt::store
