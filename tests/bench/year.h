// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"
#include "tests/bench/desktop.h"

#include <map>
#include <optional>

namespace bwt::test {

struct YearOptions {
    std::uint64_t seed = 1;
    std::int64_t sinceMs = 1'741'564'800'000; ///< 2025-03-10, a midnight (UTC)
    int days = 365;
    int minuteDays = 31; ///< so many of them, the last ones, come minute by minute; those before hour by hour
};

/// A desktop's year as the collector hands it on: absolute counters that grow, and are folded some hours after their
/// processes have ended; boots every second day, sleep, two networks. The same for the same options, and the same
/// traffic in each hour whatever its steps are.
class Year {
public:
    /// What a counter grew by in a step.
    struct Growth {
        std::uint32_t flow = 0; ///< index in the snapshot
        std::uint64_t bytes = 0;
        std::uint64_t calls = 0;
    };

    explicit Year(const YearOptions& options);

    /// The snapshot at the end of the next step; null when the year is over. The one object holds them all, one after
    /// another, so that a step costs about what changes in it.
    [[nodiscard]] const Snapshot* next();
    /// In the order of the newest snapshot's flows.
    [[nodiscard]] const std::vector<Growth>& growth() const { return m_growth; }
    [[nodiscard]] std::int64_t untilMs() const { return m_untilMs; }
    /// When the machine that the newest snapshot is of was started.
    [[nodiscard]] std::int64_t bootMs() const { return m_bootMs; }

private:
    struct Sum {
        std::uint32_t pair = 0;
        Exchange moved;
    };
    struct Increment {
        FlowKey key;
        std::uint64_t bytes = 0;
        std::uint64_t calls = 0;
        std::uint32_t process = 0;
        Scope scope = Scope::Internet;
    };

    [[nodiscard]] bool isByMinutes() const; ///< the hour
    void beginHour();
    void boot(std::int64_t hourMs);
    void begin(const Start& start);
    /// As the exchange of a crowded map does: what was counted so far changes no more.
    void closeAll();
    /// Does to what was closed what the collector does when the history has it.
    void foldClosed();
    /// Without processes that have ended and that no flow names.
    void dropProcesses();
    /// Ends the step at a minute of the hour.
    void stepTo(std::uint32_t minute);
    void sumUp(const Pulse& pulse);
    /// Ordered as the flows are, where the pairs come in that order.
    void addIncrements(const Pair& pair, const Exchange& moved);
    void grow();
    [[nodiscard]] std::uint32_t nameOf(const Address& remote, Scope scope);
    void keepBooks(const Pair& pair, const Exchange& moved);

    const YearOptions m_options;
    const std::int64_t m_untilMs;
    Desktop m_desktop;
    Dice m_names;
    const Hour* m_hour = nullptr;
    std::int64_t m_hourMs = 0; ///< its beginning
    std::uint32_t m_minute = 0; ///< of the hour, that is reached
    std::size_t m_begun = 0; ///< of the hour's starts
    std::int64_t m_bootMs = 0;
    std::vector<ProcessId> m_ids; ///< of the boot's processes, as Start counts them
    std::vector<ProcessId> m_living; ///< those that stay; ordered
    std::uint32_t m_open = 0; ///< of the programs' counters, how many count since the last closing
    bool m_isClosing = false; ///< since this hour began
    std::optional<Link> m_link;
    std::array<std::vector<const Pulse*>, 60> m_byMinute; ///< the hour's pulses, where it comes by minutes
    std::vector<Sum> m_sums; ///< the step's, one for each pair
    std::vector<std::uint32_t> m_order; ///< of the sums, as their flows are ordered
    std::vector<Increment> m_increments;
    std::vector<Growth> m_growth;
    Snapshot m_snapshot;
    std::map<Address, std::uint32_t> m_named; ///< remotes, with the places of their names
};

} // namespace bwt::test
