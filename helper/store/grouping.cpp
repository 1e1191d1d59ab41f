// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/grouping.h"

#include "helper/collector/naming.h"
#include "helper/store/apps.h"
#include "helper/store/namings.h"

#include <algorithm>
#include <array>

namespace bwt::store {

namespace {

/// The text as the history has it: one spelling for an address or a protocol, however it was typed. Null for a name.
QString canonicalAddress(const QString& text)
{
    const std::optional<Address> address = addressFromText(text);
    return address ? addressText(*address) : QString();
}

QString canonicalProtocol(const QString& text)
{
    const std::optional<std::uint16_t> protocol = protocolFromName(text);
    return protocol ? protocolName(*protocol) : text;
}

/// Whether sums of owners and scopes are enough to tell remotes apart.
bool isOfOwners(const HistoryQuery& query)
{
    constexpr std::array finer{
        Dimension::Process, Dimension::App, Dimension::Protocol, Dimension::Service, Dimension::Network};
    Filter filter = query.filter;
    if (addressFromText(filter.remote))
        filter.remote.clear(); // a name is a program's
    filter.country.clear();
    filter.asn = 0;
    filter.scope.clear();
    filter.uid.reset();
    return filter.isEmpty()
        && std::ranges::none_of(finer, [&query](Dimension dimension) { return query.by.has(dimension); });
}

bool tellsPlaces(Dimensions by)
{
    return !by.has(Dimension::Remote) && (by.has(Dimension::Country) || by.has(Dimension::Asn));
}

} // namespace

bool tellsRemotes(Dimensions by)
{
    return by.has(Dimension::Remote) || tellsPlaces(by);
}

Need needOf(const HistoryQuery& query, qint64 processesFrom)
{
    const bool reachesBack = query.sinceMs < processesFrom * msPerSecond;
    const bool needsProcess = query.filter.namesPid() || (query.by.has(Dimension::Process) && !reachesBack);
    if (needsProcess)
        return {Detail::Flows, true};
    if (!tellsRemotes(query.by) && query.filter.remote.isEmpty() && !PlaceFilter(query.filter).narrows())
        return {Detail::Programs, false};
    return {isOfOwners(query) ? Detail::Remotes : Detail::Flows, false};
}

Grouping::Grouping(
    const Database& database, const HistoryQuery& query, Dimensions by, bool tellsProcess, Names& names)
    : m_query(query)
    , m_by(by)
    , m_tellsProcess(tellsProcess)
    , m_hides(!query.visibility.seesEveryone() && !query.by.isEmpty() && !query.filter.identifies())
    , m_byRemote(by.has(Dimension::Remote))
    , m_byPlace(tellsPlaces(by))
    , m_place(query.filter)
    , m_needsCountry(by.has(Dimension::Country) || m_place.wantsCountry())
    , m_needsAsn(by.has(Dimension::Asn) || m_place.wantsAsn())
    , m_names(names)
{
    resolveFilter(database);
}

void Grouping::resolveFilter(const Database& database)
{
    const Filter& filter = m_query.filter;
    const auto resolve = [&](qint64& id, const char* sql, const QString& text) {
        if (text.isEmpty())
            return;
        id = database.prepare(QString::fromLatin1(sql)).find(text).value_or(0);
        m_matchesNothing = m_matchesNothing || id == 0;
    };
    constexpr const char* wordSql = "SELECT id FROM word WHERE text = ?";
    resolve(m_remote, "SELECT id FROM remote WHERE ip = ?", canonicalAddress(filter.remote));
    resolve(m_channel.protocol, wordSql, canonicalProtocol(filter.protocol));
    resolve(m_channel.service, wordSql, filter.service);
    resolve(m_channel.scope, wordSql, filter.scope);
    resolve(m_channel.network, wordSql, filter.network);
    m_internet = database.prepare(QString::fromLatin1(wordSql)).find(scopeName(Scope::Internet)).value_or(0);
    if (!filter.app.isEmpty()) {
        m_apps = appIdsOf(database, m_names.appChoices(), filter.app);
        m_matchesNothing = m_matchesNothing || m_apps.empty();
    }
    if (!filter.remote.isEmpty() && canonicalAddress(filter.remote).isNull()) {
        Statement namings = database.run(
            QStringLiteral(
                "SELECT remote, programs FROM naming JOIN name ON name.id = naming.name WHERE name.text = ?"),
            filter.remote.toLower());
        while (namings.next()) {
            for (const qint64 program : programsIn(namings.text(1)))
                m_named.emplace(namings.integer(0), program);
        }
        m_matchesNothing = m_matchesNothing || m_named.empty();
    }
    if (!filter.namesPid())
        return;
    Statement processes = database.run(QStringLiteral("SELECT id FROM process WHERE pid = ? AND ? IN (0, start_ms)"),
        filter.pid, filter.startTimeMs);
    while (processes.next())
        m_processes.insert(processes.integer(0));
}

Grouping::Verdict Grouping::judge(Detail rows, const GroupKey& group)
{
    if (m_matchesNothing)
        return {};
    return rows == Detail::Remotes ? judgedByOwner(group.program, group.channel) : judged(group);
}

Grouping::Verdict Grouping::judged(const GroupKey& group)
{
    const GroupKey key{group.program, m_tellsProcess ? group.process : 0, group.channel};
    const auto known = m_verdicts.constFind(key);
    if (known != m_verdicts.cend())
        return *known;
    const qint64 scope = m_names.channel(group.channel).scope;
    return *m_verdicts.insert(key, matches(group) ? wanted(identify(group), scope) : Verdict());
}

Grouping::Verdict Grouping::judgedByOwner(qint64 uid, qint64 scope)
{
    const Filter& filter = m_query.filter;
    const bool isAskable = !filter.identifies() || m_query.visibility.sees(static_cast<std::uint32_t>(uid));
    if (!isAskable || (filter.uid && uid != qint64{*filter.uid})
        || (m_channel.scope != 0 && m_channel.scope != scope))
        return {};
    Identity identity;
    identity.scope = m_by.has(Dimension::Scope) ? scope : 0;
    identity.isHidden = isHidden(uid);
    if (!identity.isHidden && m_by.has(Dimension::User))
        identity.uid = uid;
    return wanted(identity, scope);
}

bool Grouping::matches(const Names::Program& program) const
{
    const Filter& filter = m_query.filter;
    // What others sent must not be found out by asking for it piece by piece.
    const bool isAskable = !filter.identifies() || m_query.visibility.sees(static_cast<std::uint32_t>(program.uid));
    return isAskable && (filter.process.isEmpty() || program.name == filter.process)
        && (filter.app.isEmpty() || m_apps.contains(program.app))
        && (!filter.uid || program.uid == qint64{*filter.uid});
}

bool Grouping::matches(const GroupKey& group)
{
    const Names::Channel& channel = m_names.channel(group.channel);
    const auto isAnyOr = [](qint64 wanted, qint64 id) { return wanted == 0 || wanted == id; };
    return matches(m_names.program(group.program))
        && (!m_query.filter.namesPid() || m_processes.contains(group.process))
        && isAnyOr(m_channel.protocol, channel.protocol) && isAnyOr(m_channel.service, channel.service)
        && isAnyOr(m_channel.scope, channel.scope) && isAnyOr(m_channel.network, channel.network);
}

Identity Grouping::identify(const GroupKey& group)
{
    const Names::Program& program = m_names.program(group.program);
    const Names::Channel& channel = m_names.channel(group.channel);
    const auto asked = [this](Dimension dimension, qint64 id) { return m_by.has(dimension) ? id : 0; };
    Identity identity;
    // How far traffic went is told of sums, too.
    identity.scope = asked(Dimension::Scope, channel.scope);
    identity.isHidden = isHidden(program.uid);
    if (identity.isHidden)
        return identity;
    const bool isTold = m_tellsProcess && group.process != 0;
    identity.process = asked(Dimension::Process, isTold ? group.process : ~group.program);
    identity.app = asked(Dimension::App, program.toldApp);
    identity.uid = asked(Dimension::User, program.uid);
    identity.protocol = asked(Dimension::Protocol, channel.protocol);
    identity.service = asked(Dimension::Service, channel.service);
    identity.network = asked(Dimension::Network, channel.network);
    return identity;
}

Grouping::Verdict Grouping::wanted(const Identity& identity, qint64 scope)
{
    const auto [place, isNew] = m_places.try_emplace(identity, static_cast<quint32>(m_identities.size()));
    if (isNew)
        m_identities.push_back(identity);
    return {true, scope == m_internet, place->second};
}

quint32 Grouping::numberOf(const Place& place)
{
    if (!m_by.has(Dimension::Asn))
        return place.country;
    if (!m_by.has(Dimension::Country))
        return place.asn;
    if (place == Place())
        return 0;
    const auto [number, isNew] = m_numbers.try_emplace(place, static_cast<quint32>(m_placesByNumber.size()));
    if (isNew)
        m_placesByNumber.push_back(place);
    return number->second;
}

Place Grouping::placeAt(quint32 number) const
{
    if (!m_by.has(Dimension::Asn))
        return {static_cast<std::uint16_t>(number), 0};
    return m_by.has(Dimension::Country) ? m_placesByNumber[number] : Place{0, number};
}

void Grouping::nameRemote(Row& row, const Subject& subject, qint64 program)
{
    if (m_byRemote) {
        row.remoteIp = m_names.remote(subject.remote);
        row.remoteName = remoteName(m_identities[subject.identity], subject.remote, program);
        if (const auto address = addressFromText(row.remoteIp))
            tellPlace(row, m_names.places().places(), *address);
    }
    if (!m_byPlace)
        return;
    const Place place = placeAt(subject.remote);
    row.country = countryText(place.country);
    if (place.asn != 0) {
        row.asn = place.asn;
        row.asName = m_names.places().operatorName(place.asn);
    }
}

std::strong_ordering Grouping::compare(const Subject& one, const Subject& other) const
{
    const auto identities = m_identities[one.identity] <=> m_identities[other.identity];
    return identities != 0 ? identities : one.remote <=> other.remote;
}

void Grouping::name(Row& row, const Subject& subject, qint64 program)
{
    const Identity& identity = m_identities[subject.identity];
    if (m_by.has(Dimension::Process)) {
        const Names::Program& newest = m_names.program(program);
        m_names.fillProcess(row, std::max<qint64>(identity.process, 0));
        row.processName = newest.name;
        row.exe = newest.exe;
        if (newest.uid != unknownUid)
            row.uid = static_cast<quint32>(newest.uid);
    }
    if (m_by.has(Dimension::App))
        m_names.fillApp(row, identity.app);
    if (m_by.has(Dimension::User) && identity.uid != unknownUid) {
        row.uid = static_cast<quint32>(identity.uid);
        row.userName = userName(*row.uid);
    }
    row.protocol = m_names.word(identity.protocol);
    row.service = m_names.word(identity.service);
    row.scope = m_names.word(identity.scope);
    row.network = m_names.word(identity.network);
    nameRemote(row, subject, program);
}

QString Grouping::remoteName(const Identity& identity, qint64 remote, qint64 program)
{
    const auto isOfIdentity = [&](qint64 id) {
        if (m_by.has(Dimension::Process))
            return id == program;
        const Names::Program& known = m_names.program(id);
        return matches(known) && isWith(id, remote) && !isHidden(known.uid)
            && (!m_by.has(Dimension::App) || known.toldApp == identity.app)
            && (!m_by.has(Dimension::User) || known.uid == identity.uid);
    };
    const QList<Names::Naming> namings = m_names.namings(remote);
    const Names::Naming* newest = nullptr;
    for (const Names::Naming& naming : namings) {
        if ((newest == nullptr || naming.toldMs > newest->toldMs) && anyProgramIn(naming.programs, isOfIdentity))
            newest = &naming;
    }
    return newest != nullptr ? m_names.remoteName(newest->name) : QString();
}

} // namespace bwt::store
