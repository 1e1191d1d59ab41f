// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/names.h"

namespace bwt::store {

namespace {

QString orNull(const QString& text)
{
    return text.isEmpty() ? QString() : text;
}

} // namespace

Names::Names(const Database& database)
    : m_program(database.prepare(QStringLiteral("SELECT app, uid, name, exe FROM program WHERE id = ?")))
    , m_channel(
          database.prepare(QStringLiteral("SELECT protocol, service, scope, network FROM channel WHERE id = ?")))
    , m_word(database.prepare(QStringLiteral("SELECT text FROM word WHERE id = ?")))
    , m_remote(database.prepare(QStringLiteral("SELECT ip FROM remote WHERE id = ?")))
    , m_process(database.prepare(QStringLiteral("SELECT pid, start_ms FROM process WHERE id = ?")))
    , m_app(database.prepare(QStringLiteral("SELECT app_id, name FROM app WHERE id = ?")))
{
}

const Names::Program& Names::program(qint64 id)
{
    const auto known = m_programs.constFind(id);
    if (known != m_programs.cend())
        return *known;
    Program program;
    if (m_program.run(id).next())
        program = {m_program.integer(0), m_program.integer(1), orNull(m_program.text(2)), orNull(m_program.text(3))};
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
    return *m_channels.insert(id, channel);
}

QString Names::word(qint64 id)
{
    const auto known = m_words.constFind(id);
    if (known != m_words.cend())
        return *known;
    const QString text = id != 0 && m_word.run(id).next() ? m_word.text(0) : QString();
    m_words.insert(id, text);
    return text;
}

QString Names::remote(qint64 id)
{
    return id != 0 && m_remote.run(id).next() ? m_remote.text(0) : QString();
}

void Names::fillProcess(Row& row, qint64 id)
{
    if (id == 0 || !m_process.run(id).next())
        return;
    row.pid = static_cast<quint32>(m_process.integer(0));
    row.startTimeMs = m_process.integer(1);
}

void Names::fillApp(Row& row, qint64 id)
{
    if (!m_app.run(id).next())
        return;
    row.appId = orNull(m_app.text(0));
    row.appName = orNull(m_app.text(1));
}

} // namespace bwt::store
