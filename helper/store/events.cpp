// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/events.h"

namespace bwt::store {

void writeEvents(const Database& database, const std::vector<Event>& events)
{
    Statement insert = database.prepare(QStringLiteral(
        "INSERT INTO event (kind, time_ms, until_ms, detail) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"));
    for (const Event& event : events)
        insert.run(eventKindName(event.kind), event.timeMs, event.untilMs,
            event.detail.isNull() ? QStringLiteral("") : event.detail);
}

QList<Event> readEvents(const Database& database, const Interval& interval)
{
    QList<Event> events;
    Statement rows
        = database.run(QStringLiteral("SELECT kind, time_ms, until_ms, detail FROM event "
                                      "WHERE time_ms < ? AND max(until_ms, time_ms + 1) > ? ORDER BY time_ms, id"),
            qint64{interval.untilMs}, qint64{interval.sinceMs});
    while (rows.next()) {
        if (const std::optional<EventKind> kind = eventKindFromName(rows.text(0)))
            events.append({*kind, rows.integer(1), rows.integer(2), rows.text(3)});
    }
    return events;
}

} // namespace bwt::store
