// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/recorder.h"

#include "helper/collector/networks.h"
#include "helper/store/apps.h"
#include "helper/store/books.h"
#include "helper/store/coverage.h"
#include "helper/store/events.h"

#include <algorithm>
#include <map>

namespace bwt::store {

namespace {

void add(Sums& sums, const Baseline::Growth& growth)
{
    const bool isTx = growth.flow->key.direction == Direction::Tx;
    const bool isWire = growth.flow->key.measure == Measure::Wire;
    const auto grow = [isTx](qint64& tx, qint64& rx, qint64 by) { (isTx ? tx : rx) += by; };
    grow(isWire ? sums.txWireBytes : sums.txBytes, isWire ? sums.rxWireBytes : sums.rxBytes, growth.bytes);
    grow(isWire ? sums.txPackets : sums.txCalls, isWire ? sums.rxPackets : sums.rxCalls, growth.calls);
}

/// Whether programs' rows have a place for it.
bool isTold(const Flow& flow, WireCounting wire)
{
    return flow.key.measure == Measure::Program || (flow.key.measure == Measure::Wire && wire == WireCounting::On);
}

/// Second at which what is recorded began. A set taken over from an earlier run began long ago, but what is older
/// than its last commit is recorded.
qint64 beginOf(const Baseline::Step& step, const Snapshot& snapshot)
{
    return std::max(snapshot.sinceMs, step.fromMs) / msPerSecond;
}

/// Which network traffic took. Packets know; what a program moved went where most of the same flow's packets went, in
/// the same interval, or at all where they came in another.
class GrowthNetworks {
public:
    GrowthNetworks(const Baseline::Step& step, const Snapshot& snapshot)
        : m_step(step)
        , m_snapshot(snapshot)
    {
    }

    [[nodiscard]] QString of(const Baseline::Growth& growth)
    {
        const FlowKey& key = growth.flow->key;
        if (key.netns != m_snapshot.netns)
            return {};
        if (key.measure == Measure::Wire)
            return networkName(m_snapshot, key.ifindex);
        if (m_first == nullptr || !areOfOneConversation(m_first->key, key))
            takeFlow(growth);
        return networkName(m_snapshot, m_interface);
    }

private:
    void takeFlow(const Baseline::Growth& growth)
    {
        m_first = growth.flow;
        m_interface = 0;
        qint64 most = 0;
        const auto consider = [&](const FlowKey& key, qint64 bytes) {
            if (key.measure != Measure::Wire || bytes <= most)
                return;
            most = bytes;
            m_interface = key.ifindex;
        };
        const auto isSameFlow = [&growth](const Baseline::Growth& other) {
            return areOfOneConversation(other.flow->key, growth.flow->key);
        };
        const auto* const begin = m_step.growth.data();
        const auto* const end = begin + m_step.growth.size();
        const auto* other = &growth;
        while (other != begin && isSameFlow(*std::prev(other)))
            --other;
        for (; other != end && isSameFlow(*other); ++other)
            consider(other->flow->key, other->bytes);
        if (most > 0)
            return;
        FlowKey first = growth.flow->key;
        first.direction = Direction::Tx;
        first.folded = 0;
        for (auto entry = std::ranges::lower_bound(m_step.entries, first, {}, &Baseline::Entry::key);
            entry != m_step.entries.end() && areOfOneConversation(entry->key, first); ++entry)
            consider(entry->key, static_cast<qint64>(entry->bytes));
    }

    const Baseline::Step& m_step;
    const Snapshot& m_snapshot;
    const Flow* m_first = nullptr;
    std::uint32_t m_interface = 0;
};

/// The bucket that roll-up would make around the moment.
Span usualBucket(Tier tier, qint64 second)
{
    switch (tier) {
    case Tier::Minute:
        return {floorTo(second, minuteSeconds), floorTo(second, minuteSeconds) + minuteSeconds};
    case Tier::Hour:
        return {std::max(floorTo(second, hourSeconds), midnight(second)),
            std::min(floorTo(second, hourSeconds) + hourSeconds, nextMidnight(second))};
    case Tier::Day:
        return {midnight(second), nextMidnight(second)};
    case Tier::Month:
        break;
    }
    return {monthStart(second), nextMonthStart(second)};
}

/// The bucket of a tier that holds the moment, or the one to be made for it. That reaches over no bound that another
/// bucket has or will have, whatever the time zone was when these were made.
Span bucketFor(const Database& database, const TierStates& tiers, Tier tier, qint64 second)
{
    Span span = usualBucket(tier, second);
    if (tier == Tier::Minute)
        return span;
    const auto stopAt = [&span, second](qint64 bound) {
        if (bound <= second)
            span.start = std::max(span.start, bound);
        else
            span.until = std::min(span.until, bound);
    };
    for (const Span& sheet : sheetsIn(database, tier, span)) {
        if (sheet.start <= second && second < sheet.until)
            return sliceSpan(tier, sheet, sliceAt(tier, sheet, second));
        stopAt(sheet.until <= second ? sheet.until : sheet.start);
    }
    for (const Tier other : allTiers) {
        if (other < tier)
            stopAt(tiers[other].keptFrom);
        else
            stopAt(tiers[other].completeUntil);
        if (other <= tier)
            continue;
        for (const Span& stored : sheetsIn(database, other, span)) {
            stopAt(stored.start);
            stopAt(stored.until);
        }
    }
    return span;
}

/// Adds rows to all tiers that hold the moment. Where minutes or hours were dropped the coarser ones alone have it;
/// hours know processes as long as minutes do.
void writeTiers(const Database& database, const TierStates& tiers, qint64 second, const PackedRows& rows)
{
    const PackedRows coarse = withoutProcesses(rows);
    for (const Tier tier : allTiers) {
        const TierState& state = tiers[tier];
        const bool isOpen = tier != Tier::Minute && second >= state.completeUntil;
        if (isOpen || second < state.keptFrom)
            continue;
        const bool hasProcesses = tier <= Tier::Hour && second >= tiers[Tier::Minute].detailFrom;
        addTo(database, tiers, tier, bucketFor(database, tiers, tier, second), hasProcesses ? rows : coarse);
    }
}

} // namespace

Recorder::Recorder(const Database& database, Baseline& baseline)
    : m_database(database)
    , m_baseline(baseline)
    , m_dictionary(database)
{
}

void Recorder::reconcile()
{
    Baseline stored = Baseline::read(m_database);
    if (m_baseline.set() == CounterSet{} || m_baseline.set() == stored.set()) {
        m_baseline = std::move(stored);
        return;
    }
    Transaction transaction(m_database);
    m_baseline.writeAll(m_database);
    transaction.commit();
}

void Recorder::setTotalsOnly(const TotalsOnly& whose)
{
    m_totalsOnlyApps = whose.apps;
    m_totalsOnlyRemotes.clear();
    for (const QString& text : whose.remotes) {
        if (const std::optional<Address> remote = addressFromText(text))
            m_totalsOnlyRemotes.push_back(*remote);
    }
}

Commit Recorder::insert(const Snapshot& snapshot, Growth what)
{
    Baseline::Step step = m_baseline.stepTo(snapshot);
    Commit commit{snapshot.untilMs, 0};
    try {
        Transaction transaction(m_database);
        const Processes processes = describe(step, snapshot);
        Baseline::write(m_database, step);
        writeEvents(m_database, snapshot.events);
        if (what == Growth::Recorded) {
            const TierStates tiers = readTiers(m_database);
            const PackedRows rows = rowsOf(step, snapshot, processes);
            writeTiers(m_database, tiers, beginOf(step, snapshot), rows);
            commit.rows = rows.size() + writeBooks(step, snapshot, tiers);
            cover(m_database, {step.fromMs, step.untilMs}, snapshot.events);
        }
        transaction.commit();
    } catch (const DatabaseError&) {
        m_dictionary.forget(); // it may name rows that were rolled back
        throw;
    }
    m_baseline.take(std::move(step));
    return commit;
}

Recorder::Processes Recorder::describe(Baseline::Step& step, const Snapshot& snapshot)
{
    Processes processes(snapshot.processes.size());
    for (const Baseline::Growth& growth : step.growth) {
        std::optional<Dictionary::ProcessIds>& process = processes[growth.flow->process];
        if (!process)
            process = m_dictionary.process(snapshot.processes[growth.flow->process], snapshot.set.bootId);
        step.entries[growth.entry].program = static_cast<std::uint32_t>(process->program);
    }
    return processes;
}

PackedRows Recorder::rowsOf(const Baseline::Step& step, const Snapshot& snapshot, const Processes& processes)
{
    PackedRows rows;
    rows.reserve(step.growth.size());
    GrowthNetworks networks(step, snapshot);
    const AppChoices choices = m_totalsOnlyApps.isEmpty() ? AppChoices() : readAppChoices(m_database);
    for (const Baseline::Growth& growth : step.growth) {
        const Flow& flow = *growth.flow;
        if ((growth.bytes == 0 && growth.calls == 0) || !isTold(flow, snapshot.wire))
            continue;
        const Dictionary::ProcessIds& process = *processes[flow.process];
        const bool hasRemote = keepsRemote(snapshot.processes[flow.process], flow.key.remote, choices);
        const qint64 channel = m_dictionary.channelId(flow.key, flow.scope, networks.of(growth));
        const qint64 remote = hasRemote ? m_dictionary.remoteId(flow.key.remote) : 0;
        if (const RemoteName* const name = nameOf(snapshot, flow); name && remote != 0)
            m_dictionary.nameRemote(remote, process.program, *name, snapshot.untilMs);
        PackedRow row{{{process.program, process.process, channel}, remote, 0}, {}};
        row.sums.hasWire = snapshot.wire == WireCounting::On;
        add(row.sums, growth);
        rows.push_back(row);
    }
    normalize(rows);
    return rows;
}

bool Recorder::keepsRemote(const Process& process, const Address& remote, const AppChoices& choices) const
{
    const auto isOfProcess = [&](const QString& app) { return choices.isPartOf(process.appId, app); };
    return std::ranges::none_of(m_totalsOnlyApps, isOfProcess)
        && std::ranges::find(m_totalsOnlyRemotes, remote) == m_totalsOnlyRemotes.end();
}

quint64 Recorder::writeBooks(const Baseline::Step& step, const Snapshot& snapshot, const TierStates& tiers)
{
    std::vector<BookRow> rows;
    rows.reserve(step.booksGrowth.size());
    for (const Book& growth : step.booksGrowth)
        rows.push_back({m_dictionary.wordId(growth.interface), growth});
    const qint64 second = beginOf(step, snapshot);
    quint64 written = writeBookTier(m_database, QStringLiteral("book_hour"), floorTo(second, hourSeconds), rows);
    if (second >= tiers[Tier::Minute].keptFrom)
        written += writeBookTier(m_database, QStringLiteral("book_minute"), floorTo(second, minuteSeconds), rows);
    return written;
}

} // namespace bwt::store
