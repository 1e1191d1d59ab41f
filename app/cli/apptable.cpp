// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/apptable.h"

#include <QHash>

namespace bwt::cli {

namespace {

using Names = QHash<QString, QString>; ///< by id

/// What was decided, in words; empty where nothing was.
QString decision(const AppEntry& app, const Names& names)
{
    QStringList parts;
    if (app.name != app.ownName)
        parts.append(QStringLiteral("was %1").arg(printable(app.ownName)));
    if (!app.into.isNull())
        parts.append(QStringLiteral("counts for %1").arg(printable(names.value(app.into, app.into))));
    return parts.join(QStringLiteral(", "));
}

} // namespace

Table appTable(const AppList& apps)
{
    constexpr int leastWidth = 12;
    Table table({{.heading = QStringLiteral("App"), .leastWidth = leastWidth, .shrinks = true},
        {.heading = QStringLiteral("Id"), .leastWidth = 2 * leastWidth, .shrinks = true},
        {.heading = QStringLiteral("Decided"), .leastWidth = leastWidth, .shrinks = true, .dropOrder = 1}});
    Names names;
    for (const AppEntry& app : apps)
        names.insert(app.id, app.name);
    for (const AppEntry& app : apps)
        table.addRow({{printable(app.name)}, {printable(app.id)}, {decision(app, names), Ink::Faint}});
    return table;
}

} // namespace bwt::cli
