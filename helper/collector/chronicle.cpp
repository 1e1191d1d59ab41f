// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/chronicle.h"

#include "helper/collector/naming.h"
#include "helper/collector/networks.h"
#include "helper/collector/outward.h"

#include <QStringList>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

namespace bwt {

namespace {

constexpr std::int64_t nsPerMs = 1'000'000;

/// What clocks may differ by without anything having happened: a leap second, and that they are read one by one.
constexpr std::int64_t toleratedMs = 2'000;

std::int64_t passedMs(const Moment& before, const Moment& now)
{
    return static_cast<std::int64_t>(now.bootNs - before.bootNs) / nsPerMs;
}

Event momentary(EventKind kind, std::int64_t timeMs, const QString& detail = {})
{
    return {kind, timeMs, timeMs, detail};
}

} // namespace

std::int64_t clockSetByMs(const Moment& before, const Moment& now)
{
    const std::int64_t setByMs = now.wallMs - before.wallMs - passedMs(before, now);
    return std::abs(setByMs) > toleratedMs ? setByMs : 0;
}

std::int64_t beginMs(const Moment& before, const Moment& now)
{
    return std::min(before.wallMs + clockSetByMs(before, now), now.wallMs);
}

Chronicle::Chronicle(std::int64_t bootTimeMs)
    : m_bootTimeMs(bootTimeMs)
{
}

std::int64_t Chronicle::take(const Reading& reading, const Networks& networks)
{
    const std::int64_t setBeforeMs = m_setByMs;
    if (m_lastLook)
        compare(*m_lastLook, reading);
    else
        begin(reading.wallMs);
    m_events.insert(m_events.end(), reading.events.begin(), reading.events.end());
    if (reading.interfaces)
        takeWaysOut(waysOutOf(*reading.interfaces, networks), reading.wallMs);
    m_lastLook = reading;
    if (m_events.size() > mostEvents)
        m_events.erase(m_events.begin(), m_events.end() - mostEvents);
    return m_setByMs - setBeforeMs;
}

void Chronicle::noteRecorded(const std::vector<Event>& recorded)
{
    if (recorded.empty())
        return;
    const auto last = std::ranges::find(m_events, recorded.back());
    if (last != m_events.end())
        m_events.erase(m_events.begin(), last + 1);
}

void Chronicle::begin(std::int64_t wallMs)
{
    if (m_bootTimeMs > 0) // a recording's clock counts from the epoch: it has no boot
        m_events.push_back(momentary(EventKind::Boot, m_bootTimeMs));
    m_events.push_back(momentary(EventKind::Restart, wallMs, QStringLiteral(BWT_VERSION)));
}

void Chronicle::compare(const Moment& before, const Moment& now)
{
    if (const std::int64_t setByMs = clockSetByMs(before, now); setByMs != 0) {
        m_setByMs += setByMs;
        m_events.push_back({EventKind::Clock, now.wallMs - setByMs, now.wallMs, {}});
    }
    // When it fell asleep nobody has seen; what is known is for how long, and that it has just woken up.
    if (const std::int64_t sleptMs = (now.sleptNs - before.sleptNs) / nsPerMs; sleptMs > toleratedMs)
        m_events.push_back({EventKind::Sleep, std::max(now.wallMs - sleptMs, beginMs(before, now)), now.wallMs, {}});
}

void Chronicle::takeConnections(const Networks& networks)
{
    if (m_waysOut && m_lastLook)
        takeWaysOut(renamed(*m_waysOut, networks), m_lastLook->wallMs);
}

void Chronicle::learnConnections(const Networks& networks)
{
    if (!m_waysOut)
        return;
    const QString known = textOf(*m_waysOut);
    m_waysOut = renamed(*std::move(m_waysOut), networks);
    const auto told = std::find_if(m_events.rbegin(), m_events.rend(),
        [&](const Event& event) { return event.kind == EventKind::Network && event.detail == known; });
    if (told != m_events.rend())
        told->detail = textOf(*m_waysOut);
}

void Chronicle::takeWaysOut(WaysOut waysOut, std::int64_t wallMs)
{
    if (m_waysOut == waysOut)
        return;
    m_events.push_back(momentary(EventKind::Network, wallMs, textOf(waysOut)));
    m_waysOut = std::move(waysOut);
}

Chronicle::WaysOut Chronicle::waysOutOf(const Interfaces& interfaces, const Networks& networks)
{
    const std::set<std::uint32_t> leading = leadingOut(interfaces.list);
    WaysOut waysOut;
    for (const Interface& interface : interfaces.list)
        if (interface.isUp && leading.contains(interface.index))
            waysOut.emplace(printable(interface.name), WayOut{interface.carrierChanges, {}});
    return renamed(std::move(waysOut), networks);
}

Chronicle::WaysOut Chronicle::renamed(WaysOut waysOut, const Networks& networks)
{
    for (auto& [interface, wayOut] : waysOut)
        wayOut.connection = networks.connectionOf(interface);
    return waysOut;
}

QString Chronicle::textOf(const WaysOut& waysOut)
{
    QStringList names;
    for (const auto& [interface, wayOut] : waysOut)
        names.append(
            wayOut.connection.isNull() ? interface : QStringLiteral("%1 (%2)").arg(interface, wayOut.connection));
    return names.join(QLatin1StringView(", "));
}

} // namespace bwt
