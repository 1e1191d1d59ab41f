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

Need needOf(const HistoryQuery& query, qint64 processesFrom)
{
    const bool reachesBack = query.sinceMs < processesFrom * msPerSecond;
    const bool needsProcess = query.filter.namesPid() || (query.by.has(Dimension::Process) && !reachesBack);
    const bool needsFlows = needsProcess || query.by.has(Dimension::Remote) || !query.filter.remote.isEmpty();
    return {needsFlows ? Detail::Flows : Detail::Programs, needsProcess};
}

Summation::Summation(const Database& database, const HistoryQuery& query, bool tellsProcess, Names& names)
    : m_query(query)
    , m_names(names)
    , m_tellsProcess(tellsProcess)
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

/// Adds a sheet, as it is read.
class Summation::Adding {
public:
    Adding(Summation& sums, const std::vector<Slice>& slices)
        : m_sums(sums)
        , m_slices(slices)
        , m_byRemote(sums.m_query.by.has(Dimension::Remote))
    {
        m_tables.reserve(slices.size());
        for (const Slice& slice : slices)
            m_tables.push_back(slice.bucket < 0 ? nullptr : &sums.m_tables[slice.bucket]);
    }

    bool group(const GroupKey& key)
    {
        m_program = key.program;
        const Verdict verdict = m_sums.judge(key);
        m_identity = verdict.identity;
        m_table = nullptr;
        return verdict.isWanted;
    }

    bool flow(qint64 remote)
    {
        if (m_sums.m_remote != 0 && remote != m_sums.m_remote)
            return false;
        const qint64 key = m_byRemote && !m_sums.m_identities[m_identity].isHidden ? remote : 0;
        if (key != m_remote)
            m_table = nullptr;
        m_remote = key;
        return true;
    }

    bool wants(qint64 number)
    {
        const auto place = static_cast<std::size_t>(number);
        if (place >= m_tables.size() || m_tables[place] == nullptr)
            return false;
        if (m_tables[place] != m_table) {
            m_table = m_tables[place];
            m_entry = &entryOf(*m_table, m_identity, m_remote);
        }
        m_span = &m_slices[place].span;
        return true;
    }

    void slice(const Sums& sums)
    {
        m_entry->sums += sums;
        m_entry->firstStart = std::min(m_entry->firstStart, m_span->start);
        m_entry->lastUntil = std::max(m_entry->lastUntil, m_span->until);
        if (std::tie(m_span->start, m_program) >= std::tie(m_entry->lastStart, m_entry->lastProgram)) {
            m_entry->lastStart = m_span->start;
            m_entry->lastProgram = m_program;
        }
    }

private:
    Summation& m_sums;
    const std::vector<Slice>& m_slices;
    const bool m_byRemote;
    std::vector<Table*> m_tables; ///< by slice; null where it isn't wanted
    qint64 m_program = 0; ///< these three are of the flow that is read
    quint32 m_identity = 0;
    qint64 m_remote = 0;
    Table* m_table = nullptr; ///< that `m_entry` is in; null where the flow has none yet
    Entry* m_entry = nullptr;
    const Span* m_span = nullptr; ///< of the slice that is read
};

void Summation::add(const Sheet& sheet, const std::vector<Slice>& slices)
{
    if (m_matchesNothing)
        return;
    Adding adding(*this, slices);
    unpack(sheet.rows, adding);
}

Summation::Verdict Summation::judge(const GroupKey& group)
{
    constexpr int channelBits = 24;
    QHash<qint64, Verdict>& verdicts
        = m_verdicts[unsignedOf(group.program) << channelBits | unsignedOf(group.channel)];
    const qint64 process = m_tellsProcess ? group.process : 0;
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
    const bool isTold = m_tellsProcess && group.process != 0;
    identity.process = asked(Dimension::Process, isTold ? group.process : ~group.program);
    identity.app = asked(Dimension::App, program.app);
    identity.uid = asked(Dimension::User, program.uid);
    identity.protocol = asked(Dimension::Protocol, channel.protocol);
    identity.service = asked(Dimension::Service, channel.service);
    identity.network = asked(Dimension::Network, channel.network);
    return identity;
}

Summation::Entry& Summation::entryOf(Table& table, quint32 identity, qint64 remote)
{
    quint32& place = table.index[{identity, remote}];
    if (place == 0) {
        Entry entry;
        entry.identity = identity;
        entry.remote = remote;
        entry.firstStart = std::numeric_limits<qint64>::max();
        table.entries.push_back(entry);
        place = static_cast<quint32>(table.entries.size());
    }
    return table.entries[place - 1];
}

/// A row of the answer: an entry, or one side of it.
struct Summation::RowOrder {
    enum class Side { Both, Tx, Rx };
    const Entry* entry = nullptr;
    Side side = Side::Both;
    qint64 total = 0;
};

std::vector<Summation::RowOrder> Summation::ordered(const std::vector<Entry>& entries) const
{
    using Side = RowOrder::Side;
    std::vector<RowOrder> order;
    order.reserve(entries.size());
    for (const Entry& entry : entries) {
        const Sums& sums = entry.sums;
        // The sides of what is hidden are one row again.
        if (!m_query.by.has(Dimension::Direction) || m_identities[entry.identity].isHidden) {
            order.push_back({&entry, Side::Both, plus(sums.txBytes, sums.rxBytes)});
            continue;
        }
        if (!sideOf(sums, true).isZero())
            order.push_back({&entry, Side::Tx, sums.txBytes});
        if (!sideOf(sums, false).isZero())
            order.push_back({&entry, Side::Rx, sums.rxBytes});
    }
    const auto rank = [this](const RowOrder& row) {
        return std::tuple(m_identities[row.entry->identity], row.entry->remote, row.side);
    };
    std::ranges::sort(order, [&](const RowOrder& one, const RowOrder& other) {
        return one.total != other.total ? one.total > other.total : rank(one) < rank(other);
    });
    return order;
}

bool Summation::finish(
    qsizetype bucket, const std::function<Keys()>& wanted, const std::function<bool(const Row&)>& take)
{
    using Side = RowOrder::Side;
    const auto table = m_tables.extract(bucket);
    if (table.empty())
        return true;
    for (const RowOrder& row : ordered(table.mapped().entries)) {
        const bool isTx = row.side == Side::Tx;
        const Sums sums = row.side == Side::Both ? row.entry->sums : sideOf(row.entry->sums, isTx);
        const QString direction
            = row.side == Side::Both ? QString() : (isTx ? QStringLiteral("tx") : QStringLiteral("rx"));
        if (!take(rowOf(*row.entry, sums, wanted(), direction)))
            return false;
    }
    return true;
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
