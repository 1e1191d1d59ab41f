// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/names.h"

#include "helper/store/apps.h"

#include <sqlite3.h>

namespace bwt::store {

namespace {

constexpr qsizetype mostRemembered = 4'000;

QString orNull(const QString& text)
{
    return text.isEmpty() ? QString() : text;
}

} // namespace

Names::Names(const Database& database, const PlaceFiles& places)
    : m_database(database)
    , m_dataVersion(database.prepare(QStringLiteral("PRAGMA data_version")))
    , m_program(database.prepare(QStringLiteral("SELECT app, uid, name, exe FROM program WHERE id = ?")))
    , m_channel(
          database.prepare(QStringLiteral("SELECT protocol, service, scope, network FROM channel WHERE id = ?")))
    , m_word(database.prepare(QStringLiteral("SELECT text FROM word WHERE id = ?")))
    , m_app(database.prepare(QStringLiteral("SELECT app_id, name FROM app WHERE id = ?")))
    , m_appId(database.prepare(QStringLiteral("SELECT id FROM app WHERE app_id = ?")))
    , m_places(database, places)
{
}

void Names::refresh()
{
    const qint64 version = m_dataVersion.find().value_or(-1);
    sqlite3* handle = m_database.handle();
    const qint64 changes = handle != nullptr ? sqlite3_total_changes(handle) : -1;
    if (version == m_version && changes == m_changes && handle != nullptr)
        return;
    m_version = version;
    m_changes = changes;
    m_programs.clear();
    m_channels.clear();
    m_words.clear();
    m_remotes.clear();
    m_processes.clear();
    m_appChoices = readAppChoices(m_database);
    m_namings.clear();
    m_remoteNames.clear();
    m_places.refresh();
}

const Names::Program& Names::program(qint64 id)
{
    const auto known = m_programs.constFind(id);
    if (known != m_programs.cend())
        return *known;
    Program program;
    if (m_program.run(id).next()) {
        const qint64 app = m_program.integer(0);
        program = {app, app, m_program.integer(1), orNull(m_program.text(2)), orNull(m_program.text(3))};
    }
    m_program.finish();
    if (!m_appChoices.isEmpty())
        program.toldApp = toldApp(program.app);
    return *m_programs.insert(id, program);
}

const Names::Channel& Names::channel(qint64 id)
{
    const auto known = m_channels.constFind(id);
    if (known != m_channels.cend())
        return *known;
    Channel channel;
    if (m_channel.run(id).next())
        channel = {m_channel.integer(0), m_channel.integer(1), m_channel.integer(2), m_channel.integer(3)};
    m_channel.finish();
    return *m_channels.insert(id, channel);
}

QString Names::word(qint64 id)
{
    if (id == 0)
        return {};
    const auto known = m_words.constFind(id);
    if (known != m_words.cend())
        return *known;
    const QString text = m_word.run(id).next() ? m_word.text(0) : QString();
    m_word.finish();
    m_words.insert(id, text);
    return text;
}

void Names::lookUpRemotes(const QSet<qint64>& ids)
{
    lookUp(m_remotes, ids, "SELECT id, ip FROM remote WHERE id IN (%1)",
        [this](qint64 id, const Statement& row) { m_remotes.insert(id, row.text(1)); });
}

void Names::lookUpNamings(const QSet<qint64>& remotes)
{
    m_namings.clear();
    QSet<qint64> names;
    lookUp(m_namings, remotes, "SELECT remote, programs, name, told_ms FROM naming WHERE remote IN (%1)",
        [&](qint64 remote, const Statement& row) {
            const qint64 name = row.integer(2);
            m_namings[remote].append({row.text(1), name, row.integer(3)});
            names.insert(name);
        });
    lookUp(m_remoteNames, names, "SELECT id, text FROM name WHERE id IN (%1)",
        [this](qint64 id, const Statement& row) { m_remoteNames.insert(id, row.text(1)); });
}

void Names::lookUpProcesses(const QSet<qint64>& ids)
{
    lookUp(m_processes, ids, "SELECT id, pid, start_ms FROM process WHERE id IN (%1)",
        [this](qint64 id, const Statement& row) {
            m_processes.insert(id, {static_cast<quint32>(row.integer(1)), row.integer(2)});
        });
}

/// Many in one statement take a third of the time that they take one by one.
template <typename Name, typename Take>
void Names::lookUp(QHash<qint64, Name>& names, const QSet<qint64>& ids, const char* sql, Take take)
{
    constexpr qsizetype most = 500;
    if (names.size() > mostRemembered)
        names.clear();
    QStringList texts;
    const auto run = [&] {
        Statement rows = m_database.run(QString::fromLatin1(sql).arg(texts.join(QLatin1Char(','))));
        while (rows.next())
            take(rows.integer(0), rows);
        texts.clear();
    };
    for (const qint64 id : ids) {
        if (id <= 0 || names.contains(id))
            continue;
        texts.append(QString::number(id));
        if (texts.size() == most)
            run();
    }
    if (!texts.isEmpty())
        run();
}

void Names::fillProcess(Row& row, qint64 id) const
{
    const auto known = m_processes.constFind(id);
    if (known == m_processes.cend())
        return;
    row.pid = known->pid;
    row.startTimeMs = known->startTimeMs;
}

void Names::fillApp(Row& row, qint64 id)
{
    if (m_app.run(id).next()) {
        const AppChoices::Told told = m_appChoices.told(m_app.text(0), m_app.text(1));
        row.appId = orNull(told.id);
        row.appName = orNull(told.name);
    }
    m_app.finish();
}

qint64 Names::toldApp(qint64 app)
{
    QString id;
    if (m_app.run(app).next())
        id = m_app.text(0);
    m_app.finish();
    const QString whole = m_appChoices.wholeOf(id);
    return whole == id ? app : m_appId.find(whole).value_or(app);
}

} // namespace bwt::store
