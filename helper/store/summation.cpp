// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/summation.h"

#include "helper/collector/naming.h"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

namespace bwt::store {

namespace {

/// The text as the history has it: one spelling for an address or a protocol, however it was typed.
QString canonicalRemote(const QString& text)
{
    const std::optional<Address> address = addressFromText(text);
    return address ? addressText(*address) : text;
}

QString canonicalProtocol(const QString& text)
{
    const std::optional<std::uint16_t> protocol = protocolFromName(text);
    return protocol ? protocolName(*protocol) : text;
}

Sums sideOf(Sums sums, bool isTx)
{
    for (qint64* other : isTx ? std::array{&sums.rxBytes, &sums.rxCalls, &sums.rxPackets, &sums.rxWireBytes}
                              : std::array{&sums.txBytes, &sums.txCalls, &sums.txPackets, &sums.txWireBytes})
        *other = 0;
    return sums;
}

quint64 unsignedOf(qint64 number)
{
    return static_cast<quint64>(number);
}

} // namespace

bool needsProcess(const HistoryQuery& query)
{
    return query.by.has(Dimension::Process) || query.filter.namesPid();
}

Detail neededDetail(const HistoryQuery& query)
{
    const bool needsFlows = needsProcess(query) || query.by.has(Dimension::Remote) || !query.filter.remote.isEmpty();
    return needsFlows ? Detail::Flows : Detail::Programs;
}

Summation::Summation(const Database& database, const HistoryQuery& query, Names& names)
    : m_query(query)
    , m_names(names)
    , m_hides(!query.visibility.seesEveryone() && !query.by.isEmpty() && !query.filter.identifies())
{
    resolveFilter(database);
}

void Summation::resolveFilter(const Database& database)
{
    const Filter& filter = m_query.filter;
    const auto resolve = [&](qint64& id, const char* sql, const QString& text) {
        if (text.isEmpty())
            return;
        id = database.prepare(QString::fromLatin1(sql)).find(text).value_or(0);
        m_matchesNothing = m_matchesNothing || id == 0;
    };
    constexpr const char* wordSql = "SELECT id FROM word WHERE text = ?";
    resolve(m_app, "SELECT id FROM app WHERE app_id = ?", filter.app);
    resolve(m_remote, "SELECT id FROM remote WHERE ip = ?", canonicalRemote(filter.remote));
    resolve(m_channel.protocol, wordSql, canonicalProtocol(filter.protocol));
    resolve(m_channel.service, wordSql, filter.service);
    resolve(m_channel.scope, wordSql, filter.scope);
    resolve(m_channel.network, wordSql, filter.network);
    if (!filter.namesPid())
        return;
    Statement processes = database.run(QStringLiteral("SELECT id FROM process WHERE pid = ? AND ? IN (0, start_ms)"),
        filter.pid, filter.startTimeMs);
    while (processes.next())
        m_processes.insert(processes.integer(0));
}

void Summation::add(const StoredBucket& bucket)
{
    if (m_matchesNothing)
        return;
    const bool byRemote = m_query.by.has(Dimension::Remote);
    GroupKey group;
    Verdict verdict;
    Entry* entry = nullptr;
    unpack(
        bucket.rows,
        [&](const GroupKey& key) {
            group = key;
            verdict = judge(key);
            entry = nullptr;
            return verdict.isWanted;
        },
        [&](qint64 remote, const Sums& sums) {
            if (m_remote != 0 && remote != m_remote)
                return;
            if (entry == nullptr || (byRemote && entry->remote != remote)) {
                const bool isHidden = m_identities[verdict.identity].isHidden;
                entry = &entryOf(verdict.identity, byRemote && !isHidden ? remote : 0);
            }
            entry->sums += sums;
            entry->firstStart = std::min(entry->firstStart, bucket.span.start);
            entry->lastUntil = std::max(entry->lastUntil, bucket.span.until);
            if (std::tie(bucket.span.start, group.program) >= std::tie(entry->lastStart, entry->lastProgram)) {
                entry->lastStart = bucket.span.start;
                entry->lastProgram = group.program;
            }
        });
}

Summation::Verdict Summation::judge(const GroupKey& group)
{
    constexpr int channelBits = 24;
    QHash<qint64, Verdict>& verdicts
        = m_verdicts[unsignedOf(group.program) << channelBits | unsignedOf(group.channel)];
    const qint64 process = needsProcess(m_query) ? group.process : 0;
    const auto known = verdicts.constFind(process);
    if (known != verdicts.cend())
        return *known;

    Verdict verdict{matches(group), 0};
    if (verdict.isWanted) {
        const Identity identity = identify(group);
        const auto [place, isNew] = m_places.try_emplace(identity, static_cast<quint32>(m_identities.size()));
        if (isNew)
            m_identities.push_back(identity);
        verdict.identity = place->second;
    }
    verdicts.insert(process, verdict);
    return verdict;
}

bool Summation::matches(const GroupKey& group)
{
    const Filter& filter = m_query.filter;
    const Names::Program& program = m_names.program(group.program);
    const Names::Channel& channel = m_names.channel(group.channel);
    const auto isAnyOr = [](qint64 wanted, qint64 id) { return wanted == 0 || wanted == id; };
    // What others sent must not be found out by asking for it piece by piece.
    const bool isAskable = !filter.identifies() || m_query.visibility.sees(static_cast<std::uint32_t>(program.uid));
    return isAskable && (filter.process.isEmpty() || program.name == filter.process)
        && (!filter.namesPid() || m_processes.contains(group.process)) && isAnyOr(m_app, program.app)
        && (!filter.uid || program.uid == qint64{*filter.uid}) && isAnyOr(m_channel.protocol, channel.protocol)
        && isAnyOr(m_channel.service, channel.service) && isAnyOr(m_channel.scope, channel.scope)
        && isAnyOr(m_channel.network, channel.network);
}

Summation::Identity Summation::identify(const GroupKey& group)
{
    const Names::Program& program = m_names.program(group.program);
    const Names::Channel& channel = m_names.channel(group.channel);
    const auto asked = [this](Dimension dimension, qint64 id) { return m_query.by.has(dimension) ? id : 0; };
    Identity identity;
    // How far traffic went is told of sums, too.
    identity.scope = asked(Dimension::Scope, channel.scope);
    identity.isHidden = m_hides && !m_query.visibility.sees(static_cast<std::uint32_t>(program.uid));
    if (identity.isHidden)
        return identity;
    identity.process = asked(Dimension::Process, group.process != 0 ? group.process : ~group.program);
    identity.app = asked(Dimension::App, program.app);
    identity.uid = asked(Dimension::User, program.uid);
    identity.protocol = asked(Dimension::Protocol, channel.protocol);
    identity.service = asked(Dimension::Service, channel.service);
    identity.network = asked(Dimension::Network, channel.network);
    return identity;
}

Summation::Entry& Summation::entryOf(quint32 identity, qint64 remote)
{
    quint32& place = m_index[{identity, remote}]; // counts from 1
    if (place == 0) {
        Entry entry;
        entry.identity = identity;
        entry.remote = remote;
        entry.firstStart = std::numeric_limits<qint64>::max();
        m_entries.push_back(entry);
        place = static_cast<quint32>(m_entries.size());
    }
    return m_entries[place - 1];
}

/// A row of the answer: an entry, or one side of it.
struct Summation::RowOrder {
    enum class Side { Both, Tx, Rx };
    quint32 entry = 0;
    Side side = Side::Both;
    qint64 total = 0;
};

bool Summation::finish(const std::function<Keys()>& wanted, const std::function<bool(const Row&)>& take)
{
    using Side = RowOrder::Side;
    std::vector<RowOrder> order;
    order.reserve(m_entries.size());
    for (quint32 i = 0; i < m_entries.size(); ++i) {
        const Sums& sums = m_entries[i].sums;
        // The sides of what is hidden are one row again.
        if (!m_query.by.has(Dimension::Direction) || m_identities[m_entries[i].identity].isHidden) {
            order.push_back({i, Side::Both, plus(sums.txBytes, sums.rxBytes)});
            continue;
        }
        if (!sideOf(sums, true).isZero())
            order.push_back({i, Side::Tx, sums.txBytes});
        if (!sideOf(sums, false).isZero())
            order.push_back({i, Side::Rx, sums.rxBytes});
    }
    const auto rank = [this](const RowOrder& row) {
        const Entry& entry = m_entries[row.entry];
        return std::tuple(m_identities[entry.identity], entry.remote, row.side);
    };
    std::ranges::sort(order, [&](const RowOrder& one, const RowOrder& other) {
        return one.total != other.total ? one.total > other.total : rank(one) < rank(other);
    });

    bool hasRoom = true;
    for (auto row = order.begin(); row != order.end() && hasRoom; ++row) {
        const Entry& entry = m_entries[row->entry];
        const bool isTx = row->side == Side::Tx;
        hasRoom = row->side == Side::Both ? take(rowOf(entry, entry.sums, wanted(), {}))
                                          : take(rowOf(entry, sideOf(entry.sums, isTx), wanted(),
                                                isTx ? QStringLiteral("tx") : QStringLiteral("rx")));
    }
    m_index.clear();
    m_entries.clear();
    return hasRoom;
}

Row Summation::rowOf(const Entry& entry, const Sums& sums, Keys keys, const QString& direction)
{
    const Identity& identity = m_identities[entry.identity];
    Row row;
    row.numbers.txBytes = unsignedOf(sums.txBytes);
    row.numbers.rxBytes = unsignedOf(sums.rxBytes);
    row.numbers.txCalls = unsignedOf(sums.txCalls);
    row.numbers.rxCalls = unsignedOf(sums.rxCalls);
    if (sums.hasWire) {
        row.numbers.txPackets = unsignedOf(sums.txPackets);
        row.numbers.rxPackets = unsignedOf(sums.rxPackets);
        row.numbers.txWireBytes = unsignedOf(sums.txWireBytes);
        row.numbers.rxWireBytes = unsignedOf(sums.rxWireBytes);
    }
    row.numbers.firstSeenMs = entry.firstStart * msPerSecond;
    row.numbers.lastSeenMs = entry.lastUntil * msPerSecond;
    row.scope = m_names.word(identity.scope);
    if (identity.isHidden)
        row.kind = RowKind::OtherUsers;
    if (identity.isHidden || keys == Keys::ScopeAlone)
        return row;

    if (m_query.by.has(Dimension::Process)) {
        const Names::Program& program = m_names.program(entry.lastProgram);
        m_names.fillProcess(row, std::max<qint64>(identity.process, 0));
        row.processName = program.name;
        row.exe = program.exe;
        if (program.uid != unknownUid)
            row.uid = static_cast<quint32>(program.uid);
    }
    if (m_query.by.has(Dimension::App))
        m_names.fillApp(row, identity.app);
    if (m_query.by.has(Dimension::User) && identity.uid != unknownUid) {
        row.uid = static_cast<quint32>(identity.uid);
        row.userName = userName(*row.uid);
    }
    row.protocol = m_names.word(identity.protocol);
    row.service = m_names.word(identity.service);
    row.network = m_names.word(identity.network);
    row.remoteIp = m_names.remote(entry.remote);
    row.direction = direction;
    return row;
}

} // namespace bwt::store
