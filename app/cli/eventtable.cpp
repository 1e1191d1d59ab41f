// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/eventtable.h"

#include "app/cli/timerange.h"
#include "app/models/format.h"

namespace bwt::cli {

namespace {

QString sentence(const Event& event)
{
    const QString detail = printable(event.detail);
    switch (event.kind) {
    case EventKind::Boot:
        return QStringLiteral("The computer was started");
    case EventKind::Restart:
        return detail.isEmpty() ? QStringLiteral("A helper began")
                                : QStringLiteral("A helper of version %1 began").arg(detail);
    case EventKind::Sleep:
        return QStringLiteral("The computer slept until %1 (%2)")
            .arg(momentText(event.untilMs), formatAge(event.untilMs - event.timeMs));
    case EventKind::Clock:
        return QStringLiteral("The clock was set to %1").arg(momentText(event.untilMs));
    case EventKind::Network:
        return detail.isEmpty() ? QStringLiteral("No network leads out") : QStringLiteral("Networks: %1").arg(detail);
    case EventKind::Alert:
        return QStringLiteral("Alert: %1").arg(detail);
    case EventKind::Other:
        break;
    }
    return detail.isEmpty() ? QStringLiteral("Something that this version has no word for") : detail;
}

} // namespace

Table eventTable(const EventList& events)
{
    constexpr int leastWidth = 20;
    Table table({{QStringLiteral("When")}, {QStringLiteral("What"), Align::Left, leastWidth, true}});
    for (const Event& event : events)
        table.addRow({{momentText(event.timeMs)}, {sentence(event)}});
    return table;
}

} // namespace bwt::cli
