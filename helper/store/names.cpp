// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/names.h"

#include <sqlite3.h>

namespace bwt::store {

namespace {

QString orNull(const QString& text)
{
    return text.isEmpty() ? QString() : text;
}

} // namespace

Names::Names(const Database& database)
    : m_database(database)
    , m_dataVersion(database.prepare(QStringLiteral("PRAGMA data_version")))
    , m_program(database.prepare(QStringLiteral("SELECT app, uid, name, exe FROM program WHERE id = ?")))
    , m_channel(
          database.prepare(QStringLiteral("SELECT protocol, service, scope, network FROM channel WHERE id = ?")))
    , m_word(database.prepare(QStringLiteral("SELECT text FROM word WHERE id = ?")))
    , m_process(database.prepare(QStringLiteral("SELECT pid, start_ms FROM process WHERE id = ?")))
    , m_app(database.prepare(QStringLiteral("SELECT app_id, name FROM app WHERE id = ?")))
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
}

const Names::Program& Names::program(qint64 id)
{
    const auto known = m_programs.constFind(id);
    if (known != m_programs.cend())
        return *known;
    Program program;
    if (m_program.run(id).next())
        program = {m_program.integer(0), m_program.integer(1), orNull(m_program.text(2)), orNull(m_program.text(3))};
    m_program.finish();
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
    constexpr qsizetype most = 500; // in one statement: a third of the time of one by one
    constexpr qsizetype mostRemembered = 10'000;
    if (m_remotes.size() > mostRemembered)
        m_remotes.clear();
    QStringList texts;
    const auto lookUp = [&] {
        Statement rows = m_database.run(
            QStringLiteral("SELECT id, ip FROM remote WHERE id IN (%1)").arg(texts.join(QLatin1Char(','))));
        while (rows.next())
            m_remotes.insert(rows.integer(0), rows.text(1));
        texts.clear();
    };
    for (const qint64 id : ids) {
        if (id == 0 || m_remotes.contains(id))
            continue;
        texts.append(QString::number(id));
        if (texts.size() == most)
            lookUp();
    }
    if (!texts.isEmpty())
        lookUp();
}

void Names::fillProcess(Row& row, qint64 id)
{
    if (id == 0)
        return;
    if (m_process.run(id).next()) {
        row.pid = static_cast<quint32>(m_process.integer(0));
        row.startTimeMs = m_process.integer(1);
    }
    m_process.finish();
}

void Names::fillApp(Row& row, qint64 id)
{
    if (m_app.run(id).next()) {
        row.appId = orNull(m_app.text(0));
        row.appName = orNull(m_app.text(1));
    }
    m_app.finish();
}

} // namespace bwt::store
