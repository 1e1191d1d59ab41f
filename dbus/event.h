// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusArgument>
#include <QList>
#include <QMetaType>
#include <QString>
#include <QStringView>

#include <optional>

/// What explains a history: why there is a gap, or why traffic changed.
namespace bwt {

enum class EventKind : quint8 {
    Boot, ///< the machine was started
    Restart, ///< a helper began; the detail is its version
    Sleep, ///< the machine slept from timeMs until untilMs
    Clock, ///< at timeMs the clock was set to untilMs
    Network, ///< those interfaces lead out that the detail names, each with its connection; others did, or one was
             ///< away
    Alert, ///< the detail is the alert's code
    Other, ///< of a kind that only a newer helper knows; never recorded
};

struct Event {
    EventKind kind = EventKind::Boot;
    qint64 timeMs = 0; ///< milliseconds since the epoch
    qint64 untilMs = 0; ///< as timeMs where the kind says nothing else
    QString detail;

    friend bool operator==(const Event&, const Event&) = default;
};

/// "boot", "restart", …; what the history, D-Bus and JSON have.
[[nodiscard]] QString eventKindName(EventKind kind);
[[nodiscard]] std::optional<EventKind> eventKindFromName(QStringView name);

using EventList = QList<Event>;

/// How much of a message these take, at most.
[[nodiscard]] qint64 bytesOnBus(const EventList& events);

QDBusArgument& operator<<(QDBusArgument& out, const Event& value);
const QDBusArgument& operator>>(const QDBusArgument& in, Event& value);

} // namespace bwt

Q_DECLARE_METATYPE(bwt::Event)
