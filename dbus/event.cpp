// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/event.h"

#include <algorithm>
#include <array>

namespace bwt {

namespace {

struct NamedKind {
    EventKind kind;
    QLatin1StringView name;
};

constexpr std::array kinds{
    NamedKind{EventKind::Boot, QLatin1StringView("boot")},
    NamedKind{EventKind::Restart, QLatin1StringView("restart")},
    NamedKind{EventKind::Sleep, QLatin1StringView("sleep")},
    NamedKind{EventKind::Clock, QLatin1StringView("clock")},
    NamedKind{EventKind::Network, QLatin1StringView("network")},
    NamedKind{EventKind::Alert, QLatin1StringView("alert")},
};

} // namespace

QString eventKindName(EventKind kind)
{
    return kinds.at(static_cast<std::size_t>(kind)).name;
}

std::optional<EventKind> eventKindFromName(QStringView name)
{
    const auto* found = std::ranges::find_if(kinds, [name](const NamedKind& one) { return name == one.name; });
    return found == kinds.end() ? std::nullopt : std::optional(found->kind);
}

} // namespace bwt
