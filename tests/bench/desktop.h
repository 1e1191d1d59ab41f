// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/errands.h"
#include "tests/bench/exchange.h"
#include "tests/bench/hosts.h"
#include "tests/bench/programs.h"

#include <unordered_set>
#include <vector>

namespace bwt::test {

/// A process and a host that talk.
struct Pair {
    std::uint32_t process = 0; ///< as Start counts them
    Host host;
    std::uint16_t protocol = 0;
    std::uint16_t service = 0;
};

/// What a pair exchanged in a minute of the hour.
struct Pulse {
    std::uint32_t minute = 0;
    std::uint32_t pair = 0; ///< index in the hour
    Exchange moved;
};

/// A process that begins. The first since a boot, the kernel, is 0, and so on.
struct Start {
    const Program* program = nullptr;
    std::uint32_t pid = 0;
    std::uint32_t ms = 0; ///< of the hour
};

enum class Link : std::uint8_t { Cable, Wireless };

/// Everything that one hour brings.
struct Hour {
    bool boots = false; ///< no process of before is there any more
    std::uint32_t firstMinute = 0; ///< until then the machine is off
    std::uint32_t sleepsFrom = 0; ///< minutes; as sleepsUntil where it doesn't
    std::uint32_t sleepsUntil = 0;
    Link link = Link::Cable;
    std::vector<Start> starts; ///< in order of time
    std::vector<Pair> pairs; ///< each {process, host, protocol} once
    std::vector<Pulse> pulses; ///< in the order of the pairs; none while the machine is off or sleeps

    [[nodiscard]] bool sleeps() const { return sleepsFrom < sleepsUntil; }
};

/// A desktop at which people work by day, play in the evening and at weekends, and which does the rest by itself.
/// Processes that stay and their hosts go on talking for some hours, in a few minutes of most; between them come and
/// go processes with one errand each.
class Desktop {
public:
    explicit Desktop(std::uint64_t seed);
    Desktop(const Desktop&) = delete;
    Desktop& operator=(const Desktop&) = delete;

    /// The hour that follows; valid until the next call. `startMs` is its beginning (days are UTC's).
    [[nodiscard]] const Hour& next(std::int64_t startMs, bool boots);

private:
    /// A process that stays and a host, until another pair comes in their place.
    struct Bond {
        std::uint32_t process = 0;
        Host host;
        std::uint16_t protocol = 0;
        std::uint16_t service = 0;
        bool isSteady = false; ///< talks in every minute
        std::uint64_t identity = 0;
    };
    struct Destination {
        Host host;
        std::uint16_t protocol = 0;
        std::uint16_t service = 0;
    };
    /// A program for errands and where they lead.
    struct Task {
        const Program* program = nullptr;
        std::vector<Destination> destinations;
    };
    struct Timer {
        const Errand* errand = nullptr;
        Task task;
        std::uint32_t phaseMs = 0; ///< of its turn
    };
    /// A task that begins in the hour.
    struct Run {
        std::uint32_t ms = 0;
        const Task* task = nullptr;
        std::uint32_t visits = 0;
        Role role = Role::Task; ///< what it is now
    };
    struct Mood;

    [[nodiscard]] const Program& programOf(const Errand& errand) const;
    [[nodiscard]] Task makeTask(const Program& program, std::size_t hosts);
    [[nodiscard]] Task makeLocalTask(const Program& program);
    /// Nothing where there is such a one.
    [[nodiscard]] bool bind(Bond& bond, std::uint32_t process, const Popularity& popularity);
    void rebind(Bond& bond);
    void boot();
    void sleep(std::size_t hourOfDay);
    void talk(const Bond& bond, const Mood& mood);
    void runTasks(const Mood& mood);
    void addRuns(std::vector<Run>& runs, const Timer& timer);
    void run(const Run& run, const Mood& mood);
    void pulse(Role role, std::uint32_t minute, const Mood& mood);
    /// The minute, or the one that takes its place while the machine is off or sleeps.
    [[nodiscard]] std::uint32_t awake(std::uint32_t minute) const;

    Dice m_dice;
    const std::vector<Program> m_programs;
    const Popularity m_all;
    const Popularity m_known; ///< to programs with one purpose
    std::vector<const Program*> m_residents; ///< of the processes that stay
    std::vector<std::uint32_t> m_sociable; ///< those, each as often as it is likely to meet a new host
    std::vector<Bond> m_lasting;
    std::vector<Bond> m_bonds;
    std::unordered_set<std::uint64_t> m_bound; ///< identities of both
    std::vector<Timer> m_timers;
    std::vector<Task> m_workTasks;
    std::uint32_t m_started = 0; ///< processes since the boot
    std::uint32_t m_pid = 0;
    Hour m_hour;
};

} // namespace bwt::test
