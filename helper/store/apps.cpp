// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/apps.h"

#include <algorithm>
#include <tuple>

namespace bwt::store {

namespace {

[[noreturn]] void refuse(const QString& why)
{
    throw DatabaseError{{ErrorCode::InvalidArgument, why}};
}

void requireApp(const Database& database, const QString& app, const char* argument)
{
    if (!database.prepare(QStringLiteral("SELECT id FROM app WHERE app_id = ?")).find(app))
        refuse(QStringLiteral("%1: no app has the id \"%2\"").arg(QLatin1StringView(argument), app));
}

void merge(const Database& database, const QString& app, const QString& into)
{
    requireApp(database, into, "into");
    if (app == into)
        refuse(QStringLiteral("into: an app can't be merged into itself"));
    if (readAppChoices(database).isPartOf(into, app))
        refuse(QStringLiteral("into: \"%1\" counts for \"%2\" already; reset it first").arg(into, app));
    database.run(QStringLiteral("INSERT INTO app_choice (app_id, counts_for) VALUES (?, ?) "
                                "ON CONFLICT (app_id) DO UPDATE SET counts_for = excluded.counts_for"),
        app, into);
}

} // namespace

AppChoices readAppChoices(const Database& database)
{
    AppChoices choices;
    Statement rows
        = database.run(QStringLiteral("SELECT choice.app_id, choice.name, choice.counts_for, app.name, whole.name "
                                      "FROM app_choice AS choice LEFT JOIN app USING (app_id) "
                                      "LEFT JOIN app AS whole ON whole.app_id = choice.counts_for"));
    while (rows.next()) {
        const AppChoices::Choice choice{rows.text(1), rows.text(2)};
        if (!choice.into.isNull())
            choices.insertOwnName(choice.into, rows.text(4));
        choices.insert(rows.text(0), choice, rows.text(3));
    }
    return choices;
}

void changeApp(const Database& database, const AppChange& change)
{
    Transaction transaction(database);
    switch (change.kind) {
    case AppChange::Kind::Rename:
        requireApp(database, change.app, "app_id");
        database.run(QStringLiteral("INSERT INTO app_choice (app_id, name) VALUES (?, ?) "
                                    "ON CONFLICT (app_id) DO UPDATE SET name = excluded.name"),
            change.app, change.value);
        break;
    case AppChange::Kind::Merge:
        requireApp(database, change.app, "app_id");
        merge(database, change.app, change.value);
        break;
    case AppChange::Kind::Reset:
        requireApp(database, change.app, "app_id");
        database.run(QStringLiteral("DELETE FROM app_choice WHERE app_id = ?"), change.app);
        break;
    }
    transaction.commit();
}

AppList readApps(const Database& database, const Visibility& visibility)
{
    const Transaction snapshot(database, Transaction::Kind::Read);
    const AppChoices choices = readAppChoices(database);
    AppList apps;
    Statement rows = database.run(
        QStringLiteral("SELECT DISTINCT app_id, app.name, uid FROM app "
                       "LEFT JOIN program ON program.app = app.id WHERE app_id <> '' ORDER BY app_id"));
    while (rows.next()) {
        const QString id = rows.text(0);
        const bool isSeen = visibility.seesEveryone()
            || (!rows.isNull(2) && visibility.sees(static_cast<quint32>(rows.integer(2))));
        if (!isSeen || (!apps.isEmpty() && apps.constLast().id == id))
            continue;
        const QString ownName = rows.text(1);
        const AppChoices::Choice choice = choices.choice(id);
        apps.append({id, choice.name.isNull() ? ownName : choice.name, ownName, choice.into});
    }
    std::ranges::sort(apps, [](const AppEntry& one, const AppEntry& other) {
        const int order = QString::compare(one.name, other.name, Qt::CaseInsensitive);
        return order != 0 ? order < 0 : one.id < other.id;
    });
    return apps;
}

std::set<qint64> appIdsOf(const Database& database, const AppChoices& choices, const QString& app)
{
    std::set<qint64> ids;
    Statement find = database.prepare(QStringLiteral("SELECT id FROM app WHERE app_id = ?"));
    for (const QString& part : choices.partsOf(app)) {
        if (const std::optional<qint64> id = find.find(part))
            ids.insert(*id);
    }
    return ids;
}

} // namespace bwt::store
