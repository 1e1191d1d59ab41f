// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/aggregate.h"

#include "dbus/limitedrows.h"
#include "helper/collector/networks.h"
#include "helper/collector/placing.h"

#include <QHash>

#include <algorithm>
#include <compare>

namespace bwt {

namespace {

/// What a row is about, in numbers; a dimension that was not asked for is zero. Has no padding: it is hashed whole.
struct GroupKey {
    Address remote{};
    std::uint32_t process = 0; ///< index into the snapshot's processes
    std::uint32_t app = 0; ///< index of the first process of the app, or of one that counts for it
    std::uint32_t uid = 0;
    std::uint32_t service = 0; ///< index into the services' names
    std::uint32_t network = 0; ///< index into the networks' names
    std::uint32_t asn = 0; ///< of the place, where the remote is not asked for
    std::uint16_t country = 0;
    std::uint16_t protocol = 0;
    std::uint8_t direction = 0;
    std::uint8_t scope = 0;
    std::uint8_t hidden = 0;
    std::uint8_t reserved = 0;

    friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
    friend size_t qHash(const GroupKey& key, size_t seed) { return qHashBits(&key, sizeof key, seed); }
};
static_assert(sizeof(GroupKey) == 48);

struct Group {
    GroupKey key;
    Address example{}; ///< one of its remotes
    Numbers numbers;
    const RemoteName* name = nullptr; ///< of the remote; of several the one that was told last
    std::uint64_t txGrowth = 0;
    std::uint64_t rxGrowth = 0;

    [[nodiscard]] std::uint64_t bytes() const { return numbers.txBytes + numbers.rxBytes; }
};

/// What the filter and the caller's rights say about a process.
struct Verdict {
    bool visible = true;
    bool matches = true;
    std::uint32_t app = 0;
};

/// A filter made ready for comparing numbers.
class FlowFilter {
public:
    FlowFilter(const Filter& filter, const Snapshot& snapshot, const AppChoices& choices)
        : m_filter(filter)
        , m_snapshot(snapshot)
        , m_choices(choices)
        , m_protocol(protocolFromName(filter.protocol))
        , m_remote(addressFromText(filter.remote))
        , m_place(filter)
    {
    }

    [[nodiscard]] bool matches(const Process& process) const
    {
        return (m_filter.process.isEmpty() || process.name == m_filter.process)
            && (!m_filter.namesPid() || process.id.pid == m_filter.pid)
            && (m_filter.startTimeMs == 0 || process.startTimeMs == m_filter.startTimeMs)
            && (m_filter.app.isEmpty() || m_choices.isPartOf(process.appId, m_filter.app))
            && (!m_filter.uid || process.uid == *m_filter.uid);
    }
    [[nodiscard]] bool matches(const Flow& flow) const
    {
        return (m_filter.protocol.isEmpty() || flow.key.protocol == m_protocol)
            && (m_filter.remote.isEmpty() || isWithRemote(flow))
            && (m_filter.scope.isEmpty() || scopeName(flow.scope) == m_filter.scope)
            && (m_filter.service.isEmpty() || serviceName(flow.key.protocol, flow.key.service) == m_filter.service);
    }
    /// Not decided by matches(): it takes the flows around.
    [[nodiscard]] const QString& network() const { return m_filter.network; }
    [[nodiscard]] const PlaceFilter& place() const { return m_place; }
    [[nodiscard]] bool identifies() const { return m_filter.identifies(); }

private:
    /// A remote is asked for by its address or by its name.
    [[nodiscard]] bool isWithRemote(const Flow& flow) const
    {
        if (m_remote)
            return flow.key.remote == m_remote;
        const RemoteName* const name = nameOf(m_snapshot, flow);
        return name && name->text.compare(m_filter.remote, Qt::CaseInsensitive) == 0;
    }

    const Filter& m_filter;
    const Snapshot& m_snapshot;
    const AppChoices& m_choices;
    std::optional<std::uint16_t> m_protocol;
    std::optional<Address> m_remote;
    PlaceFilter m_place;
};

/// Where flows lead to. They are ordered by key, so that those with one remote often follow one another.
class FlowPlaces {
public:
    explicit FlowPlaces(Places& places)
        : m_places(places)
    {
    }

    [[nodiscard]] Place of(const Flow& flow)
    {
        if (flow.scope != Scope::Internet || m_places.isEmpty())
            return {};
        if (flow.key.remote != m_remote) {
            m_remote = flow.key.remote;
            m_place = placeOfRemote(m_places, m_remote);
        }
        return m_place;
    }

private:
    Places& m_places;
    Address m_remote{};
    Place m_place;
};

/// Services by name, since one name can stand for several ports and protocols.
class ServiceNames {
public:
    std::uint32_t indexOf(const FlowKey& key)
    {
        const std::uint32_t port = std::uint32_t{key.protocol} << 16 | key.service;
        const auto known = m_byPort.constFind(port);
        if (known != m_byPort.cend())
            return *known;
        const QString name = serviceName(key.protocol, key.service);
        qsizetype index = m_names.indexOf(name);
        if (index < 0) {
            index = m_names.size();
            m_names.append(name);
        }
        return *m_byPort.insert(port, static_cast<std::uint32_t>(index));
    }
    [[nodiscard]] QString at(std::uint32_t index) const { return m_names.at(index); }

private:
    QList<QString> m_names;
    QHash<std::uint32_t, std::uint32_t> m_byPort;
};

/// Networks by name, since one connection can have several interfaces.
class NetworkNames {
public:
    explicit NetworkNames(const Snapshot& snapshot)
        : m_snapshot(snapshot)
        , m_interfaces(snapshot)
    {
    }

    /// To be asked in the flows' order.
    std::uint32_t indexOf(const Flow& flow)
    {
        const std::uint32_t interface = m_interfaces.of(flow);
        const auto known = m_byInterface.constFind(interface);
        if (known != m_byInterface.cend())
            return *known;
        const QString name = networkName(m_snapshot, interface);
        qsizetype index = m_names.indexOf(name);
        if (index < 0) {
            index = m_names.size();
            m_names.append(name);
        }
        return *m_byInterface.insert(interface, static_cast<std::uint32_t>(index));
    }
    /// Null where it is not known.
    [[nodiscard]] QString at(std::uint32_t index) const { return m_names.at(index); }

private:
    const Snapshot& m_snapshot;
    ConversationInterfaces m_interfaces;
    QStringList m_names;
    QHash<std::uint32_t, std::uint32_t> m_byInterface;
};

void fillProcess(Row& row, const Process& process)
{
    if (!process.id.isGroup()) {
        row.pid = process.id.pid;
        row.startTimeMs = process.startTimeMs;
    }
    row.processName = process.name;
    row.exe = process.exe;
    if (process.uid != unknownUid)
        row.uid = process.uid;
}

/// One aggregation: groups the flows, then makes rows of the biggest groups.
class Aggregation {
public:
    Aggregation(const Snapshot& now, Dimensions by, const AppChoices& choices, Places& places)
        : m_now(now)
        , m_by(by)
        , m_choices(choices)
        , m_places(places)
        , m_flowPlaces(places)
        , m_byPlace(!by.has(Dimension::Remote) && (by.has(Dimension::Country) || by.has(Dimension::Asn)))
        , m_networks(now)
    {
    }

    void judge(const FlowFilter& filter, const Visibility& visibility);
    void sum(const FlowFilter& filter, const Snapshot* previous);
    /// `growthMs` is how long the growth took; 0 leaves the rates unknown.
    [[nodiscard]] QList<Row> biggest(quint32 limit, std::uint64_t growthMs);

private:
    enum class Keys { All, ScopeAlone };

    /// Whether rows have a place for what the flow measures.
    [[nodiscard]] bool isTold(const Flow& flow) const;
    [[nodiscard]] bool isOfNetwork(const QString& asked, const Flow& flow);
    [[nodiscard]] GroupKey keyOf(const Flow& flow);
    void add(const Flow& flow, std::uint64_t growth);
    [[nodiscard]] Row rowOf(const Group& group, Keys keys, std::uint64_t growthMs);
    void tellRemote(Row& row, const Group& group);
    [[nodiscard]] QString accountName(std::uint32_t uid);

    const Snapshot& m_now;
    Dimensions m_by;
    const AppChoices& m_choices;
    Places& m_places;
    FlowPlaces m_flowPlaces;
    bool m_byPlace; ///< and not by remote, of which it is a part
    std::vector<Verdict> m_verdicts; ///< one for each process
    ServiceNames m_services;
    NetworkNames m_networks;
    QHash<GroupKey, std::size_t> m_index;
    std::vector<Group> m_groups;
    QHash<std::uint32_t, QString> m_accountNames; ///< looking one up may ask the network
};

void Aggregation::judge(const FlowFilter& filter, const Visibility& visibility)
{
    const bool nothingToHide = m_by.isEmpty() && !filter.identifies();
    QHash<QString, std::uint32_t> apps;
    m_verdicts.reserve(m_now.processes.size());
    for (const Process& process : m_now.processes) {
        const auto index = static_cast<std::uint32_t>(m_verdicts.size());
        Verdict verdict;
        const QString app = m_choices.wholeOf(process.appId);
        verdict.app = apps.value(app, index);
        apps.insert(app, verdict.app);
        verdict.visible = nothingToHide || visibility.sees(process.uid);
        verdict.matches = filter.matches(process) && (verdict.visible || !filter.identifies());
        m_verdicts.push_back(verdict);
    }
}

void Aggregation::sum(const FlowFilter& filter, const Snapshot* previous)
{
    // Both snapshots are ordered by key, so one walk finds how much each counter grew.
    static const std::vector<Flow> none;
    const std::vector<Flow>& before = previous ? previous->flows : none;
    auto past = before.begin();
    for (const Flow& flow : m_now.flows) {
        if (!isTold(flow) || !m_verdicts[flow.process].matches || !filter.matches(flow)
            || !isOfNetwork(filter.network(), flow))
            continue;
        if (filter.place().narrows() && !filter.place().matches(m_flowPlaces.of(flow)))
            continue;
        while (past != before.end() && past->key < flow.key)
            ++past;
        const bool known = past != before.end() && past->key == flow.key;
        add(flow, flow.bytes - (known ? past->bytes : 0));
    }
}

bool Aggregation::isTold(const Flow& flow) const
{
    return flow.key.measure == Measure::Program
        || (flow.key.measure == Measure::Wire && m_now.wire == WireCounting::On);
}

bool Aggregation::isOfNetwork(const QString& asked, const Flow& flow)
{
    return asked.isEmpty() || m_networks.at(m_networks.indexOf(flow)) == asked;
}

GroupKey Aggregation::keyOf(const Flow& flow)
{
    GroupKey key;
    if (m_by.has(Dimension::Scope))
        key.scope = static_cast<std::uint8_t>(flow.scope);
    const Verdict& verdict = m_verdicts[flow.process];
    if (!verdict.visible) {
        key.hidden = 1;
        return key;
    }
    if (m_by.has(Dimension::Process))
        key.process = flow.process;
    if (m_by.has(Dimension::App))
        key.app = verdict.app;
    if (m_by.has(Dimension::User))
        key.uid = m_now.processes[flow.process].uid;
    if (m_by.has(Dimension::Protocol))
        key.protocol = flow.key.protocol;
    if (m_by.has(Dimension::Service))
        key.service = m_services.indexOf(flow.key);
    if (m_by.has(Dimension::Remote))
        key.remote = flow.key.remote;
    if (m_by.has(Dimension::Network))
        key.network = m_networks.indexOf(flow);
    if (m_byPlace) {
        const Place place = m_flowPlaces.of(flow);
        key.country = m_by.has(Dimension::Country) ? place.country : 0;
        key.asn = m_by.has(Dimension::Asn) ? place.asn : 0;
    }
    if (m_by.has(Dimension::Direction))
        key.direction = static_cast<std::uint8_t>(flow.key.direction);
    return key;
}

void Aggregation::add(const Flow& flow, std::uint64_t growth)
{
    const GroupKey key = keyOf(flow);
    const std::size_t index = m_index.value(key, m_groups.size());
    if (index == m_groups.size()) {
        m_index.insert(key, index);
        m_groups.push_back({key, flow.key.remote, {}, nullptr, 0, 0});
        if (m_now.wire == WireCounting::On) {
            Numbers& numbers = m_groups.back().numbers;
            numbers.txPackets = numbers.rxPackets = numbers.txWireBytes = numbers.rxWireBytes = 0;
        }
    }
    Group& group = m_groups[index];
    Numbers& numbers = group.numbers;
    if (m_by.has(Dimension::Remote)) {
        const RemoteName* const name = nameOf(m_now, flow);
        if (name && (!group.name || name->toldMs > group.name->toldMs))
            group.name = name;
    }
    const bool isTx = flow.key.direction == Direction::Tx;
    if (flow.key.measure == Measure::Wire) {
        *(isTx ? numbers.txWireBytes : numbers.rxWireBytes) += flow.bytes;
        *(isTx ? numbers.txPackets : numbers.rxPackets) += flow.calls;
    } else {
        (isTx ? numbers.txBytes : numbers.rxBytes) += flow.bytes;
        (isTx ? numbers.txCalls : numbers.rxCalls) += flow.calls;
        (isTx ? group.txGrowth : group.rxGrowth) += growth;
    }
    numbers.firstSeenMs = std::min<qint64>(numbers.firstSeenMs.value_or(flow.firstSeenMs), flow.firstSeenMs);
    numbers.lastSeenMs = std::max<qint64>(numbers.lastSeenMs.value_or(flow.lastSeenMs), flow.lastSeenMs);
}

QList<Row> Aggregation::biggest(quint32 limit, std::uint64_t growthMs)
{
    constexpr std::size_t mostHidden = 4; // one for each scope; they do not count
    const std::size_t count
        = limit == 0 ? m_groups.size() : std::min<std::size_t>(limit + mostHidden, m_groups.size());
    std::ranges::partial_sort(
        m_groups, m_groups.begin() + static_cast<std::ptrdiff_t>(count), [](const Group& a, const Group& b) {
            return a.bytes() != b.bytes() ? a.bytes() > b.bytes() : a.key < b.key;
        });
    LimitedRows rows(limit);
    for (const Group& group : m_groups)
        rows.add(rowOf(group, rows.isFull() ? Keys::ScopeAlone : Keys::All, growthMs));
    return rows.take();
}

Row Aggregation::rowOf(const Group& group, Keys keys, std::uint64_t growthMs)
{
    Row row;
    row.numbers = group.numbers;
    if (growthMs > 0) {
        constexpr std::uint64_t msPerSecond = 1000;
        row.numbers.txRate = group.txGrowth * msPerSecond / growthMs;
        row.numbers.rxRate = group.rxGrowth * msPerSecond / growthMs;
    }
    if (m_by.has(Dimension::Scope))
        row.scope = scopeName(static_cast<Scope>(group.key.scope));
    if (group.key.hidden != 0)
        row.kind = RowKind::OtherUsers;
    if (row.kind != RowKind::Named || keys == Keys::ScopeAlone)
        return row;
    if (m_by.has(Dimension::Process))
        fillProcess(row, m_now.processes[group.key.process]);
    if (m_by.has(Dimension::App)) {
        const Process& first = m_now.processes[group.key.app];
        const AppChoices::Told told = m_choices.told(first.appId, first.appName);
        row.appId = told.id;
        row.appName = told.name;
    }
    if (m_by.has(Dimension::User) && group.key.uid != unknownUid) {
        row.uid = group.key.uid;
        row.userName = accountName(group.key.uid);
    }
    if (m_by.has(Dimension::Protocol))
        row.protocol = protocolName(group.key.protocol);
    if (m_by.has(Dimension::Service))
        row.service = m_services.at(group.key.service);
    tellRemote(row, group);
    if (m_by.has(Dimension::Network))
        row.network = m_networks.at(group.key.network);
    if (m_by.has(Dimension::Direction))
        row.direction = group.key.direction == 0 ? QStringLiteral("tx") : QStringLiteral("rx");
    return row;
}

void Aggregation::tellRemote(Row& row, const Group& group)
{
    if (m_by.has(Dimension::Remote)) {
        row.remoteIp = addressText(group.key.remote);
        if (group.name)
            row.remoteName = group.name->text;
        tellPlace(row, m_places, group.key.remote);
    }
    if (!m_byPlace)
        return;
    row.country = countryText(group.key.country);
    if (group.key.asn != 0) {
        row.asn = group.key.asn;
        row.asName = operatorName(m_places, group.example);
    }
}

QString Aggregation::accountName(std::uint32_t uid)
{
    const auto known = m_accountNames.constFind(uid);
    return known != m_accountNames.cend() ? *known : *m_accountNames.insert(uid, userName(uid));
}

/// How long the machine was awake. At least one: every row of a later snapshot has a rate.
std::uint64_t msAwakeBetween(const Snapshot& before, const Snapshot& now)
{
    constexpr std::int64_t nsPerMs = 1'000'000;
    const auto passedNs = static_cast<std::int64_t>(now.bootNs - before.bootNs);
    const std::int64_t awakeNs = passedNs - (now.sleptNs - before.sleptNs);
    return static_cast<std::uint64_t>(std::max<std::int64_t>(1, awakeNs / nsPerMs));
}

} // namespace

QList<Row> aggregate(const Snapshot& now, const Snapshot* previous, Dimensions by, const Filter& filter,
    const Visibility& visibility, quint32 limit, const AppChoices& choices, Places* places)
{
    const bool comparable = previous && previous->set == now.set;
    const FlowFilter flowFilter(filter, now, choices);
    Places nowhere;
    Aggregation aggregation(now, by, choices, places ? *places : nowhere);
    aggregation.judge(flowFilter, visibility);
    aggregation.sum(flowFilter, comparable ? previous : nullptr);
    return aggregation.biggest(limit, comparable ? msAwakeBetween(*previous, now) : 0);
}

} // namespace bwt
