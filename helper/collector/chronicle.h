// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/event.h"
#include "helper/source/trafficsource.h"

#include <map>
#include <optional>
#include <vector>

namespace bwt {

class Networks;

/// By how many milliseconds the wall clock was set between two moments; 0 where that is less than 2 s.
[[nodiscard]] std::int64_t clockSetByMs(const Moment& before, const Moment& now);

/// When an interval began that ends `now` and began `before`, by the clock as it is now: it is as long as it was,
/// whatever the clock was set to in between.
[[nodiscard]] std::int64_t beginMs(const Moment& before, const Moment& now);

/// What happened beside the traffic, from look to look, until the history has it.
class Chronicle {
public:
    /// `bootTimeMs` as Collector has it.
    explicit Chronicle(std::int64_t bootTimeMs);

    /// Writes down what happened since the last look; the first tells where a helper begins. Returns by how many
    /// milliseconds the clock was set meanwhile.
    [[nodiscard]] std::int64_t take(const Reading& reading, const Networks& networks);

    /// The ways out are connected to something else, since the last look.
    void takeConnections(const Networks& networks);
    /// What they were connected to then is known now, which changes nothing but what of that is told.
    void learnConnections(const Networks& networks);

    /// What a time of the first look's clock is by the last one's.
    [[nodiscard]] std::int64_t byLastLook(std::int64_t wallMs) const { return wallMs + m_setByMs; }

    /// In the order in which it happened.
    [[nodiscard]] const std::vector<Event>& events() const { return m_events; }
    /// The history has these, which are from one of the looks before, and those before them.
    void noteRecorded(const std::vector<Event>& recorded);

    /// More aren't kept: the oldest go first.
    static constexpr std::size_t mostEvents = 1'000;

private:
    struct WayOut {
        std::uint32_t carrierChanges = 0; ///< how often it was lost or found
        QString connection; ///< null where there is none

        friend bool operator==(const WayOut&, const WayOut&) = default;
    };
    using WaysOut = std::map<QString, WayOut>; ///< by interface

    void begin(std::int64_t wallMs);
    void compare(const Moment& before, const Moment& now);
    void takeWaysOut(WaysOut waysOut, std::int64_t wallMs);
    [[nodiscard]] static WaysOut waysOutOf(const Interfaces& interfaces, const Networks& networks);
    [[nodiscard]] static WaysOut renamed(WaysOut waysOut, const Networks& networks);
    [[nodiscard]] static QString textOf(const WaysOut& waysOut);

    std::int64_t m_bootTimeMs;
    std::optional<Moment> m_lastLook;
    std::optional<WaysOut> m_waysOut; ///< at the last look that could tell
    std::int64_t m_setByMs = 0; ///< by which the clock was set since the first look
    std::vector<Event> m_events;
};

} // namespace bwt
