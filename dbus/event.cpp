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
    NamedKind{EventKind::Other, QLatin1StringView("other")},
};

} // namespace

QString eventKindName(EventKind kind)
{
    return kinds.at(static_cast<std::size_t>(kind)).name;
}

std::optional<EventKind> eventKindFromName(QStringView name)
{
    const auto* found = std::ranges::find_if(kinds, [name](const NamedKind& one) { return name == one.name; });
    const bool isKnown = found != kinds.end() && found->kind != EventKind::Other;
    return isKnown ? std::optional(found->kind) : std::nullopt;
}

qint64 bytesOnBus(const EventList& events)
{
    constexpr qint64 fieldsBytes = 48; // but for the detail, with padding
    constexpr qint64 mostBytesOfAUnit = 3; // of UTF-16, in UTF-8
    qint64 bytes = 0;
    for (const Event& event : events)
        bytes += fieldsBytes + event.detail.size() * mostBytesOfAUnit;
    return bytes;
}

QDBusArgument& operator<<(QDBusArgument& out, const Event& value)
{
    out.beginStructure();
    out << eventKindName(value.kind) << qulonglong(value.timeMs) << qulonglong(value.untilMs) << value.detail;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Event& value)
{
    QString kind;
    qulonglong timeMs = 0;
    qulonglong untilMs = 0;
    in.beginStructure();
    in >> kind >> timeMs >> untilMs >> value.detail;
    in.endStructure();
    value.kind = eventKindFromName(kind).value_or(EventKind::Other);
    value.timeMs = static_cast<qint64>(timeMs);
    value.untilMs = static_cast<qint64>(untilMs);
    return in;
}

} // namespace bwt
