// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/recorder.h"

#include "helper/store/books.h"
#include "helper/store/tiers.h"

#include <algorithm>
#include <map>

namespace bwt::store {

namespace {

struct Totals {
    qint64 txBytes = 0;
    qint64 rxBytes = 0;
    qint64 txCalls = 0;
    qint64 rxCalls = 0;
    qint64 txPackets = 0;
    qint64 rxPackets = 0;
    qint64 txWireBytes = 0;
    qint64 rxWireBytes = 0;
};

/// Ordered by flow, as the table is: neighbours are written to the same page.
using TotalsByFlow = std::map<qint64, Totals>;

void add(Totals& totals, const Baseline::Growth& growth)
{
    const bool isTx = growth.flow->key.direction == Direction::Tx;
    const bool isWire = growth.flow->key.measure == Measure::Wire;
    const auto grow = [isTx](qint64& tx, qint64& rx, qint64 by) { (isTx ? tx : rx) += by; };
    grow(isWire ? totals.txWireBytes : totals.txBytes, isWire ? totals.rxWireBytes : totals.rxBytes, growth.bytes);
    grow(isWire ? totals.txPackets : totals.txCalls, isWire ? totals.rxPackets : totals.rxCalls, growth.calls);
}

/// Where no packets were counted the columns stay as they are.
void writeTier(
    const Database& database, const QString& tier, qint64 start, const TotalsByFlow& rows, WireCounting wire)
{
    const bool hasWire = wire == WireCounting::On;
    Batch batch(database,
        QStringLiteral("INSERT INTO %1 (start, flow, tx_bytes, rx_bytes, tx_calls, rx_calls%2) VALUES ")
            .arg(
                tier, hasWire ? QStringLiteral(", tx_packets, rx_packets, tx_wire_bytes, rx_wire_bytes") : QString()),
        QStringLiteral("(%1,?,?,?,?,?%2)").arg(start).arg(hasWire ? QStringLiteral(",?,?,?,?") : QString()),
        QStringLiteral(" ON CONFLICT DO UPDATE SET "
                       "tx_bytes = tx_bytes + excluded.tx_bytes, rx_bytes = rx_bytes + excluded.rx_bytes, "
                       "tx_calls = tx_calls + excluded.tx_calls, rx_calls = rx_calls + excluded.rx_calls")
            + (hasWire ? QStringLiteral(", tx_packets = ifnull(tx_packets, 0) + excluded.tx_packets, "
                                        "rx_packets = ifnull(rx_packets, 0) + excluded.rx_packets, "
                                        "tx_wire_bytes = ifnull(tx_wire_bytes, 0) + excluded.tx_wire_bytes, "
                                        "rx_wire_bytes = ifnull(rx_wire_bytes, 0) + excluded.rx_wire_bytes")
                       : QString()));
    for (const auto& [flow, totals] : rows) {
        if (hasWire)
            batch.add(flow, totals.txBytes, totals.rxBytes, totals.txCalls, totals.rxCalls, totals.txPackets,
                totals.rxPackets, totals.txWireBytes, totals.rxWireBytes);
        else
            batch.add(flow, totals.txBytes, totals.rxBytes, totals.txCalls, totals.rxCalls);
    }
    batch.finish();
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

Commit Recorder::insert(const Snapshot& snapshot, Growth what)
{
    Baseline::Step step = m_baseline.stepTo(snapshot);
    Commit commit{snapshot.untilMs, 0};
    try {
        Transaction transaction(m_database);
        const Processes processes = describe(step, snapshot);
        Baseline::write(m_database, step);
        if (what == Growth::Recorded) {
            commit.rows = writeTiers(step, snapshot, processes) + writeBooks(step, snapshot);
            cover(step.fromMs, step.untilMs);
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
    for (Baseline::Growth& growth : step.growth) {
        std::optional<Dictionary::ProcessIds>& process = processes[growth.flow->process];
        if (!process)
            process = m_dictionary.process(snapshot.processes[growth.flow->process], snapshot.set.bootId);
        growth.program = process->program;
    }
    return processes;
}

quint64 Recorder::writeTiers(const Baseline::Step& step, const Snapshot& snapshot, const Processes& processes)
{
    TotalsByFlow fine;
    TotalsByFlow coarse;
    for (const Baseline::Growth& growth : step.growth) {
        if ((growth.bytes == 0 && growth.calls == 0) || !isTold(*growth.flow, snapshot.wire))
            continue;
        const Dictionary::FlowIds ids = m_dictionary.flow(*growth.flow, *processes[growth.flow->process]);
        add(fine[ids.fine], growth);
        add(coarse[ids.coarse], growth);
    }

    const std::int64_t second = beginOf(step, snapshot);
    writeTier(m_database, QStringLiteral("hour"), floorTo(second, hourSeconds), coarse, snapshot.wire);
    // Where minutes were dropped the hours alone hold the bytes: a minute would double them.
    if (second < minutesKeptFrom(m_database))
        return coarse.size();
    writeTier(m_database, QStringLiteral("minute"), floorTo(second, minuteSeconds), fine, snapshot.wire);
    return coarse.size() + fine.size();
}

quint64 Recorder::writeBooks(const Baseline::Step& step, const Snapshot& snapshot)
{
    std::vector<BookRow> rows;
    rows.reserve(step.booksGrowth.size());
    for (const Book& growth : step.booksGrowth)
        rows.push_back({m_dictionary.wordId(growth.interface), growth});
    const qint64 second = beginOf(step, snapshot);
    quint64 written = writeBookTier(m_database, QStringLiteral("book_hour"), floorTo(second, hourSeconds), rows);
    if (second >= minutesKeptFrom(m_database))
        written += writeBookTier(m_database, QStringLiteral("book_minute"), floorTo(second, minuteSeconds), rows);
    return written;
}

void Recorder::cover(std::int64_t sinceMs, std::int64_t untilMs) const
{
    if (untilMs <= sinceMs)
        return;
    const Statement extended = m_database.run(
        QStringLiteral("UPDATE coverage SET until_ms = ? WHERE until_ms = ?"), qint64{untilMs}, qint64{sinceMs});
    if (extended.affectedRows() > 0)
        return;
    m_database.run(QStringLiteral("INSERT INTO coverage VALUES (?, ?) ON CONFLICT DO UPDATE SET "
                                  "until_ms = max(until_ms, excluded.until_ms)"),
        qint64{sinceMs}, qint64{untilMs});
}

} // namespace bwt::store
