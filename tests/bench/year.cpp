// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/year.h"

#include "helper/collector/collector.h"
#include "helper/collector/folds.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace bwt::test {

namespace {

constexpr std::int64_t minuteMs = 60'000;
constexpr std::int64_t hourMs = 60 * minuteMs;
constexpr std::int64_t dayMs = 24 * hourMs;
constexpr std::uint32_t minutesInHour = 60;
constexpr std::uint64_t nsPerMs = 1'000'000;
constexpr std::int64_t helperStartsMs = 20'000; ///< after the machine
constexpr std::uint32_t room = 16'384; ///< of the kernel's map, which is crowded at 60 %
constexpr std::uint32_t crowd = room / 10 * 6;

constexpr std::uint32_t netns = 4'026'531'840;
constexpr std::uint32_t loopback = 1; // interfaces' indexes
constexpr std::uint32_t cable = 2;
constexpr std::uint32_t wireless = 3;

std::uint32_t indexOf(Link link)
{
    return link == Link::Cable ? cable : wireless;
}

QString interfaceOf(Link link)
{
    return link == Link::Cable ? QStringLiteral("enp3s0") : QStringLiteral("wlan0");
}

QString uuid(Dice& dice)
{
    const QString digits = QStringLiteral("%1%2")
                               .arg(dice.roll(), 16, 16, QLatin1Char('0'))
                               .arg(dice.roll(), 16, 16, QLatin1Char('0'));
    return QStringList{digits.mid(0, 8), digits.mid(8, 4), digits.mid(12, 4), digits.mid(16, 4), digits.mid(20)}.join(
        QLatin1Char('-'));
}

/// Several hosts of one site share a name, as they do.
QString siteOf(const Address& address)
{
    constexpr std::uint32_t sites = 20'000;
    std::uint32_t hash = 2'166'136'261; // FNV-1a
    for (const std::uint8_t byte : address)
        hash = (hash ^ byte) * 16'777'619;
    return QStringLiteral("www.site%1.example.net").arg(hash % sites);
}

/// The first flow from `begin` on that is not before the key; near the beginning, mostly.
std::vector<Flow>::iterator findFrom(
    std::vector<Flow>::iterator begin, std::vector<Flow>::iterator end, const FlowKey& key)
{
    std::ptrdiff_t stride = 1;
    while (stride < end - begin && begin[stride - 1].key < key)
        stride *= 2;
    return std::lower_bound(begin + stride / 2, begin + std::min(stride, end - begin), key,
        [](const Flow& flow, const FlowKey& wanted) { return flow.key < wanted; });
}

bool isOpen(const Flow& flow)
{
    return flow.bytes != flow.closedBytes || flow.calls != flow.closedCalls;
}

std::uint32_t placeOf(const ProcessId& id, const std::vector<Process>& processes)
{
    return static_cast<std::uint32_t>(std::ranges::lower_bound(processes, id, {}, &Process::id) - processes.begin());
}

} // namespace

Year::Year(const YearOptions& options)
    : m_options(options)
    , m_untilMs(options.sinceMs + options.days * dayMs)
    , m_desktop(options.seed)
    , m_names(~options.seed)
    , m_hourMs(options.sinceMs - hourMs)
    , m_minute(minutesInHour)
{
    m_snapshot.backend = QStringLiteral("tracepoint");
    m_snapshot.wire = WireCounting::On;
    m_snapshot.netns = netns;
    m_snapshot.room.capacity = room;
}

const Snapshot* Year::next()
{
    m_snapshot.events.clear();
    m_growth.clear();
    if (m_minute == minutesInHour) {
        m_hourMs += hourMs;
        if (m_hourMs >= m_untilMs)
            return nullptr;
        beginHour();
    }
    std::uint32_t minute = minutesInHour;
    if (isByMinutes())
        minute = m_hour->sleeps() && m_minute == m_hour->sleepsFrom ? m_hour->sleepsUntil : m_minute + 1;
    if (m_hour->sleeps() && m_minute <= m_hour->sleepsFrom && minute >= m_hour->sleepsUntil)
        m_snapshot.events.push_back({EventKind::Sleep, m_hourMs + m_hour->sleepsFrom * minuteMs,
            m_hourMs + m_hour->sleepsUntil * minuteMs, {}});
    stepTo(minute);
    return &m_snapshot;
}

void Year::beginHour()
{
    // The last boot is two days before the end, so that the end meets a set that is as large as any.
    const std::int64_t day = (m_hourMs - m_options.sinceMs) / dayMs;
    const bool isMidnight = (m_hourMs - m_options.sinceMs) % dayMs == 0;
    const bool boots = isMidnight && (day == 0 || (m_options.days - day) % 2 == 0);
    m_hour = &m_desktop.next(m_hourMs, boots);
    m_minute = m_hour->firstMinute;
    m_begun = 0;
    if (boots)
        boot(m_hourMs);
    else if (std::exchange(m_isClosing, false))
        foldClosed();
    if (m_open > crowd)
        closeAll();
    if (m_link != m_hour->link) {
        m_link = m_hour->link;
        m_snapshot.events.push_back({EventKind::Network, m_hourMs + m_minute * minuteMs,
            m_hourMs + m_minute * minuteMs, interfaceOf(*m_link)});
    }
    m_byMinute.fill({});
    if (isByMinutes()) {
        for (const Pulse& pulse : m_hour->pulses)
            m_byMinute.at(pulse.minute).push_back(&pulse);
    }
}

bool Year::isByMinutes() const
{
    return m_hourMs >= m_untilMs - m_options.minuteDays * dayMs;
}

void Year::boot(std::int64_t hourMs)
{
    m_bootMs = hourMs + m_hour->firstMinute * minuteMs;
    m_snapshot.set = {uuid(m_names), uuid(m_names)};
    m_snapshot.countingSinceMs = m_snapshot.untilMs = m_bootMs + helperStartsMs;
    m_snapshot.processes.clear();
    m_snapshot.flows.clear();
    m_snapshot.names.clear();
    m_named.clear();
    m_snapshot.closes = 0;
    m_snapshot.folds = {};
    m_snapshot.books.clear();
    m_snapshot.networks.clear();
    m_ids.clear();
    m_living.clear();
    m_open = 0;
    m_isClosing = false;
    for (const Link link : {Link::Cable, Link::Wireless}) {
        InterfaceBook book;
        book.index = indexOf(link);
        book.book.interface = interfaceOf(link);
        book.book.leadsOut = true;
        m_snapshot.books.push_back(book);
        m_snapshot.networks.push_back({book.index, book.book.interface});
    }
    m_snapshot.events.push_back({EventKind::Boot, m_bootMs, m_bootMs, {}});
    m_snapshot.events.push_back(
        {EventKind::Restart, m_snapshot.countingSinceMs, m_snapshot.countingSinceMs, QStringLiteral(BWT_VERSION)});
    m_link.reset();
}

void Year::begin(const Start& start)
{
    const Program& program = *start.program;
    Process process;
    process.uid = program.uid;
    process.name = process.appId = process.appName = program.name;
    process.startTimeMs = m_bootMs;
    if (program.role != Role::Kernel) {
        process.startTimeMs = m_hourMs + start.ms;
        process.id = {start.pid, static_cast<std::uint64_t>(process.startTimeMs - m_bootMs) * nsPerMs};
        process.exe = process.appId = program.exe;
    }
    m_ids.push_back(process.id);
    if (program.processes > 0)
        m_living.push_back(process.id);
    m_snapshot.processes.push_back(std::move(process));
}

void Year::closeAll()
{
    ++m_snapshot.closes;
    for (Flow& flow : m_snapshot.flows) {
        flow.closedBytes = flow.bytes;
        flow.closedCalls = flow.calls;
    }
    m_open = 0;
    m_isClosing = true;
}

void Year::foldClosed()
{
    Snapshot hourly = m_snapshot; // what is old must not depend on the steps
    for (Flow& flow : hourly.flows)
        flow.lastSeenMs = m_hourMs - (m_hourMs - flow.lastSeenMs) / hourMs * hourMs;
    Folding folding = foldingOf(hourly, m_living, Collector::mostClosed);
    if (folding.list.empty())
        return;
    fold(m_snapshot.flows, folding.list);
    m_snapshot.processes.insert(m_snapshot.processes.end(), folding.groups.begin(), folding.groups.end());
    std::ranges::sort(m_snapshot.processes, {}, &Process::id);
    dropProcesses();
    m_snapshot.folds = {m_snapshot.folds.number + 1, std::move(folding.list)};
}

void Year::dropProcesses()
{
    std::vector<Process>& processes = m_snapshot.processes;
    std::vector<ProcessId> named = m_living;
    for (const Flow& flow : m_snapshot.flows)
        named.push_back(flow.key.process());
    std::ranges::sort(named);
    std::erase_if(
        processes, [&named](const Process& process) { return !std::ranges::binary_search(named, process.id); });
    for (Flow& flow : m_snapshot.flows)
        flow.process = placeOf(flow.key.process(), processes);
}

void Year::stepTo(std::uint32_t minute)
{
    m_snapshot.sinceMs = m_snapshot.untilMs;
    m_snapshot.untilMs = m_hourMs + minute * minuteMs;
    m_snapshot.bootNs = static_cast<std::uint64_t>(m_snapshot.untilMs - m_bootMs) * nsPerMs;
    for (; m_begun < m_hour->starts.size() && m_hourMs + m_hour->starts[m_begun].ms < m_snapshot.untilMs; ++m_begun)
        begin(m_hour->starts[m_begun]);
    m_sums.clear();
    if (isByMinutes()) {
        for (const Pulse* pulse : m_byMinute.at(m_minute))
            sumUp(*pulse);
    } else {
        for (const Pulse& pulse : m_hour->pulses)
            sumUp(pulse);
    }
    m_order.resize(m_sums.size());
    std::iota(m_order.begin(), m_order.end(), 0U);
    // Processes are numbered in the order of their ids.
    std::ranges::sort(m_order, {}, [this](std::uint32_t i) {
        const Pair& pair = m_hour->pairs[m_sums[i].pair];
        return std::tie(pair.process, pair.host.address, pair.protocol, pair.service);
    });
    m_increments.clear();
    for (const std::uint32_t i : m_order)
        addIncrements(m_hour->pairs[m_sums[i].pair], m_sums[i].moved);
    grow();
    m_snapshot.room.used = m_open;
    m_minute = minute;
}

/// The pulses of a pair are neighbours.
void Year::sumUp(const Pulse& pulse)
{
    if (m_sums.empty() || m_sums.back().pair != pulse.pair)
        m_sums.push_back({pulse.pair, {}});
    m_sums.back().moved[0] += pulse.moved[0];
    m_sums.back().moved[1] += pulse.moved[1];
}

void Year::addIncrements(const Pair& pair, const Exchange& moved)
{
    const bool leaves = pair.host.scope != Scope::Loopback;
    Increment increment;
    const ProcessId& id = m_ids[pair.process];
    increment.key.startNs = id.startNs;
    increment.key.pid = id.pid;
    increment.key.netns = netns;
    increment.key.remote = pair.host.address;
    increment.key.protocol = pair.protocol;
    increment.key.service = pair.service;
    increment.process = placeOf(id, m_snapshot.processes);
    increment.scope = pair.host.scope;
    for (const Direction direction : {Direction::Tx, Direction::Rx}) {
        const Moved& side = moved.at(static_cast<std::size_t>(direction));
        increment.key.direction = direction;
        increment.key.measure = Measure::Program;
        increment.key.ifindex = 0;
        increment.bytes = side.bytes;
        increment.calls = side.calls;
        if (side.calls > 0)
            m_increments.push_back(increment);
        increment.key.measure = Measure::Wire;
        increment.key.ifindex = leaves ? indexOf(*m_link) : loopback;
        increment.bytes = side.wireBytes;
        increment.calls = side.packets;
        if (side.packets > 0)
            m_increments.push_back(increment);
    }
    if (leaves)
        keepBooks(pair, moved);
}

void Year::grow()
{
    struct Fresh {
        std::size_t at = 0; ///< where it goes, among the flows that are there
        const Increment* increment = nullptr;
    };
    std::vector<Flow>& flows = m_snapshot.flows;
    std::vector<Fresh> fresh;
    auto at = flows.begin();
    for (const Increment& increment : m_increments) {
        at = findFrom(at, flows.end(), increment.key);
        const auto index = static_cast<std::size_t>(at - flows.begin());
        m_growth.push_back({static_cast<std::uint32_t>(index + fresh.size()), increment.bytes, increment.calls});
        const bool isFresh = at == flows.end() || at->key != increment.key;
        if (increment.key.measure == Measure::Program && (isFresh || !isOpen(*at)))
            ++m_open;
        if (isFresh) {
            fresh.push_back({index, &increment});
            continue;
        }
        at->bytes += increment.bytes;
        at->calls += increment.calls;
        at->lastSeenMs = m_snapshot.untilMs;
    }

    // From the back, so that each flow moves once.
    auto end = static_cast<std::ptrdiff_t>(flows.size());
    flows.resize(flows.size() + fresh.size());
    for (auto left = static_cast<std::ptrdiff_t>(fresh.size()); left > 0; --left) {
        const auto& [place, increment] = fresh[static_cast<std::size_t>(left - 1)];
        const auto begin = flows.begin() + static_cast<std::ptrdiff_t>(place);
        std::move_backward(begin, flows.begin() + end, flows.begin() + end + left);
        end = static_cast<std::ptrdiff_t>(place);
        Flow flow;
        flow.key = increment->key;
        flow.bytes = increment->bytes;
        flow.calls = increment->calls;
        flow.firstSeenMs = flow.lastSeenMs = m_snapshot.untilMs;
        flow.process = increment->process;
        flow.scope = increment->scope;
        flow.name = nameOf(increment->key.remote, increment->scope);
        *(begin + left - 1) = flow;
    }
}

/// Each is asked for once in a boot, by whoever comes first.
std::uint32_t Year::nameOf(const Address& remote, Scope scope)
{
    if (scope != Scope::Internet)
        return 0;
    const auto [known, isNew] = m_named.try_emplace(remote, static_cast<std::uint32_t>(m_named.size() + 1));
    if (isNew)
        m_snapshot.names.push_back({siteOf(remote), m_snapshot.sinceMs, dns::Basis::Asked});
    return known->second;
}

void Year::keepBooks(const Pair& pair, const Exchange& moved)
{
    constexpr quint64 linkHeader = 14; // Ethernet's
    InterfaceBook& book = m_snapshot.books.at(*m_link == Link::Cable ? 0 : 1);
    const bool isKernels = pair.process == 0;
    const auto enter = [isKernels](BookSide& side, SeenSide& seen, const Moved& more) {
        const quint64 headers = more.packets * linkHeader;
        (isKernels ? side.kernel : side.programs) += more.wireBytes;
        (isKernels ? seen.kernel : seen.programs) += more.wireBytes;
        side.headers += headers;
        side.bytes += more.wireBytes + headers;
        side.packets += more.packets;
        seen.bytes += more.wireBytes + headers;
        seen.packets += more.packets;
        seen.knownPackets += more.packets;
    };
    enter(book.book.tx, book.seenTx, moved[0]);
    enter(book.book.rx, book.seenRx, moved[1]);
}

} // namespace bwt::test
