// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/dictionary.h"

#include "helper/collector/naming.h"

namespace bwt::store {

namespace {

/// Bounds what is remembered of processes and of remotes, each, to about 2 MB; past it memory starts anew, and the
/// tables answer.
constexpr std::size_t mostKnown = 16'384;

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
    , m_renameApp(database.prepare(QStringLiteral("UPDATE app SET name = ? WHERE id = ? AND name <> ?")))
    , m_programs(database, "SELECT id FROM program WHERE app = ? AND uid = ? AND name = ? AND exe = ?",
          "INSERT INTO program (app, uid, name, exe) VALUES (?, ?, ?, ?) RETURNING id")
    , m_processes(database, "SELECT id FROM process WHERE boot = ? AND pid = ? AND start_ns = ?",
          "INSERT INTO process (boot, pid, start_ns, start_ms) VALUES (?, ?, ?, ?) RETURNING id")
    , m_channels(database, "SELECT id FROM channel WHERE protocol = ? AND service = ? AND scope = ? AND network = ?",
          "INSERT INTO channel (protocol, service, scope, network) VALUES (?, ?, ?, ?) RETURNING id")
    , m_names(database, "SELECT id FROM name WHERE text = ?", //
          "INSERT INTO name (text) VALUES (?) RETURNING id")
    , m_namings(database)
{
}

Dictionary::ProcessIds Dictionary::process(const Process& process, const QString& bootId)
{
    const auto known = m_knownProcesses.constFind(process.id.startNs);
    if (known != m_knownProcesses.cend() && known->process == process)
        return known->ids;

    ProcessIds ids;
    const qint64 boot = m_boots.id(std::tuple(bootId));
    const qint64 app = appId(process);
    ids.program = m_programs.id(std::tuple(app, qint64{process.uid}, orEmpty(process.name), orEmpty(process.exe)));
    ids.process = m_processes.id(std::tuple(boot, qint64{process.id.pid}, static_cast<qint64>(process.id.startNs)),
        qint64{process.startTimeMs});
    if (std::size_t(m_knownProcesses.size()) >= mostKnown)
        m_knownProcesses.clear();
    if (std::size_t(m_namedApps.size()) >= mostKnown)
        m_namedApps.clear();
    m_knownProcesses.insert(process.id.startNs, {process, ids});
    return ids;
}

/// Apps have the name that the newest process tells: an upgrade or a translation may change it.
qint64 Dictionary::appId(const Process& process)
{
    const qint64 app = m_apps.id(std::tuple(orEmpty(process.appId)), orEmpty(process.appName));
    if (process.id.isGroup())
        return app;
    NamedApp& named = m_namedApps[app];
    const bool isNews = process.id.startNs >= named.startNs && process.appName != named.name;
    if (isNews)
        m_renameApp.run(orEmpty(process.appName), app, orEmpty(process.appName));
    if (process.id.startNs >= named.startNs)
        named = {process.id.startNs, process.appName};
    return app;
}

qint64 Dictionary::channelId(const FlowKey& key, Scope scope, const QString& network)
{
    const ChannelKey channel{wordId(network), key.protocol, key.service, static_cast<std::uint32_t>(scope)};
    const auto known = m_knownChannels.constFind(channel);
    if (known != m_knownChannels.cend())
        return *known;

    const qint64 id = m_channels.id(std::tuple(wordId(protocolName(key.protocol)),
        wordId(serviceName(key.protocol, key.service)), wordId(scopeName(scope)), channel.network));
    m_knownChannels.insert(channel, id);
    return id;
}

qint64 Dictionary::remoteId(const Address& remote)
{
    const auto known = m_knownRemotes.find(remote);
    if (known != m_knownRemotes.end())
        return known->second;

    const QString ip = addressText(remote);
    const qint64 id = ip.isNull() ? 0 : m_remotes.id(std::tuple(ip));
    if (m_knownRemotes.size() >= mostKnown)
        m_knownRemotes.clear();
    m_knownRemotes.emplace(remote, id);
    return id;
}

qint64 Dictionary::wordId(const QString& text)
{
    if (text.isNull())
        return 0;
    const auto known = m_knownWords.constFind(text);
    if (known != m_knownWords.cend())
        return *known;
    const qint64 id = m_words.id(std::tuple(text));
    m_knownWords.insert(text, id);
    return id;
}

void Dictionary::nameRemote(qint64 remote, qint64 program, const RemoteName& name, std::int64_t nowMs)
{
    constexpr int remoteBits = 32;
    const quint64 pair = static_cast<quint64>(program) << remoteBits | static_cast<quint64>(remote);
    const auto known = m_knownNamings.constFind(pair);
    if (known != m_knownNamings.cend() && *known >= name.toldMs && *known <= nowMs)
        return;
    m_namings.tell(remote, program, m_names.id(std::tuple(name.text)), name.toldMs, nowMs);
    if (std::size_t(m_knownNamings.size()) >= mostKnown)
        m_knownNamings.clear();
    m_knownNamings.insert(pair, name.toldMs);
}

void Dictionary::forget()
{
    m_knownNamings.clear();
    m_knownProcesses.clear();
    m_namedApps.clear();
    m_knownChannels.clear();
    m_knownRemotes.clear();
    m_knownWords.clear();
}

} // namespace bwt::store
