// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/replayfile.h"
#include "helper/source/trafficsource.h"

#include <functional>
#include <map>

namespace bwt {

/// The time that a recording is played by.
struct ReplayClock {
    std::int64_t startWallMs = 0; ///< wall time at the recording's start
    std::function<std::int64_t()> elapsedMs; ///< since then; never goes back

    /// A recording that starts now.
    [[nodiscard]] static ReplayClock started();
};

enum class Repeat { Once, Endless };

/// Plays a recording as if the kernel had counted it. Its boot is the epoch, so that times since boot are wall times.
class ReplaySource final : public TrafficSource {
public:
    [[nodiscard]] static Result<std::unique_ptr<TrafficSource>> make(
        const QString& file, Repeat repeat, ReplayClock clock);

    [[nodiscard]] SourceInfo info() const override { return m_info; }
    [[nodiscard]] Result<Reading> read() override;
    void end() override { }
    void noteRecorded(std::uint32_t /*generation*/) override { }

private:
    ReplaySource(Recording recording, Repeat repeat, ReplayClock clock);
    void playUntil(std::int64_t elapsedMs);
    /// Each at its moment, in milliseconds since the epoch by a clock that nobody set.
    void play(const ReplayTraffic& traffic, std::int64_t atMs);
    void play(const ReplayExit& exit, std::int64_t atMs);
    void play(const ReplaySleep& sleep, std::int64_t atMs);
    void play(const ReplayClockSet& set, std::int64_t atMs);
    void play(const ReplayEvent& event, std::int64_t atMs);
    void count(FlowKey key, Direction direction, std::uint64_t bytes, std::uint64_t calls, std::uint64_t atNs);

    Recording m_recording;
    Repeat m_repeat;
    ReplayClock m_clock;
    SourceInfo m_info;
    std::size_t m_next = 0; ///< index of the first step of this round that has not been played
    std::int64_t m_roundStartMs = 0; ///< since the start
    std::int64_t m_sleptMs = 0; ///< by which the recording's clocks are ahead
    std::int64_t m_setByMs = 0; ///< by which its wall clock was set
    std::vector<Event> m_events; ///< since the last reading
    std::map<FlowKey, FlowCounter> m_flows;
    std::map<ProcessId, ProcessInfo> m_processes;
};

} // namespace bwt
