// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/dictionary.h"

#include "helper/collector/naming.h"

namespace bwt::store {

namespace {

/// Bounds what is remembered to about 10 MB; past it memory starts anew, and the tables answer.
constexpr qsizetype mostKnown = 65'536;

/// The schema has '' where a name is unknown, so that rows can be unique.
QString orEmpty(const QString& text)
{
    return text.isNull() ? QStringLiteral("") : text;
}

} // namespace

Dictionary::Table::Table(const Database& database, const char* find, const char* insert)
    : m_find(database.prepare(QString::fromLatin1(find)))
    , m_insert(database.prepare(QString::fromLatin1(insert)))
{
}

Dictionary::Dictionary(const Database& database)
    : m_boots(database, "SELECT id FROM boot WHERE boot_id = ?", //
          "INSERT INTO boot (boot_id) VALUES (?) RETURNING id")
    , m_words(database, "SELECT id FROM word WHERE text = ?", //
          "INSERT INTO word (text) VALUES (?) RETURNING id")
    , m_remotes(database, "SELECT id FROM remote WHERE ip = ?", //
          "INSERT INTO remote (ip) VALUES (?) RETURNING id")
    , m_apps(database, "SELECT id FROM app WHERE app_id = ?",
          "INSERT INTO app (app_id, name) VALUES (?, ?) RETURNING id")
    , m_programs(database, "SELECT id FROM program WHERE app = ? AND uid = ? AND name = ? AND exe = ?",
          "INSERT INTO program (app, uid, name, exe) VALUES (?, ?, ?, ?) RETURNING id")
    , m_processes(database, "SELECT id FROM process WHERE boot = ? AND pid = ? AND start_ns = ?",
          "INSERT INTO process (boot, pid, start_ns, start_ms) VALUES (?, ?, ?, ?) RETURNING id")
    , m_flows(database,
          "SELECT id FROM flow WHERE program = ? AND process = ? AND remote = ? AND protocol = ? AND service = ? "
          "AND scope = ?",
          "INSERT INTO flow (program, process, remote, protocol, service, scope) VALUES (?, ?, ?, ?, ?, ?) "
          "RETURNING id")
{
}

Dictionary::ProcessIds Dictionary::process(const Process& process, const QString& bootId)
{
    const auto known = m_knownProcesses.constFind(process.id.startNs);
    if (known != m_knownProcesses.cend() && known->process == process)
        return known->ids;

    ProcessIds ids;
    const qint64 boot = m_boots.id(std::tuple(bootId));
    const qint64 app = m_apps.id(std::tuple(orEmpty(process.appId)), orEmpty(process.appName));
    ids.program = m_programs.id(std::tuple(app, qint64{process.uid}, orEmpty(process.name), orEmpty(process.exe)));
    ids.process = m_processes.id(std::tuple(boot, qint64{process.id.pid}, static_cast<qint64>(process.id.startNs)),
        qint64{process.startTimeMs});
    if (m_knownProcesses.size() >= mostKnown)
        m_knownProcesses.clear();
    m_knownProcesses.insert(process.id.startNs, {process, ids});
    return ids;
}

Dictionary::FlowIds Dictionary::flow(const Flow& flow, const ProcessIds& process)
{
    const FlowKey key{process.process, process.program, flow.key.remote, flow.key.protocol, flow.key.service,
        static_cast<std::uint32_t>(flow.scope)};
    const auto known = m_knownFlows.constFind(key);
    if (known != m_knownFlows.cend())
        return *known;

    const QString ip = addressText(key.remote);
    const qint64 remote = ip.isNull() ? 0 : m_remotes.id(std::tuple(ip));
    const qint64 protocol = wordId(protocolName(key.protocol));
    const qint64 service = wordId(serviceName(key.protocol, key.service));
    const qint64 scope = wordId(scopeName(flow.scope));
    const FlowIds ids{m_flows.id(std::tuple(key.program, key.process, remote, protocol, service, scope)),
        m_flows.id(std::tuple(key.program, qint64{0}, remote, protocol, service, scope))};
    if (m_knownFlows.size() >= mostKnown)
        m_knownFlows.clear();
    m_knownFlows.insert(key, ids);
    return ids;
}

qint64 Dictionary::wordId(const QString& text)
{
    return text.isNull() ? 0 : m_words.id(std::tuple(text));
}

void Dictionary::forget()
{
    m_knownProcesses.clear();
    m_knownFlows.clear();
}

} // namespace bwt::store
