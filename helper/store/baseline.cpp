// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/baseline.h"

#include <algorithm>
#include <cstring>

namespace bwt::store {

namespace {

QByteArray bytesOf(const FlowKey& key)
{
    return QByteArray(reinterpret_cast<const char*>(&key), sizeof key);
}

FlowKey keyFrom(const QByteArray& bytes)
{
    if (bytes.size() != qsizetype{sizeof(FlowKey)})
        throw DatabaseError{{ErrorCode::StoreCorrupt, QStringLiteral("a counter's key has another length")}};
    FlowKey key;
    std::memcpy(&key, bytes.constData(), sizeof key);
    return key;
}

Batch inserts(const Database& database)
{
    return {database, QStringLiteral("INSERT INTO baseline VALUES "), QStringLiteral("(?,?,?,?)"), {}};
}

/// Of rows that are there; the key stays.
Batch updates(const Database& database)
{
    return {database, QStringLiteral("INSERT INTO baseline VALUES "), QStringLiteral("(?,x'',?,?)"),
        QStringLiteral(" ON CONFLICT DO UPDATE SET bytes = excluded.bytes, calls = excluded.calls")};
}

/// Only the newest set's baseline is kept: an older set counts no more.
void beginSet(const Database& database, const CounterSet& set, std::int64_t untilMs)
{
    database.run(QStringLiteral("DELETE FROM baseline"));
    database.run(QStringLiteral("DELETE FROM counter_set"));
    database.run(QStringLiteral("INSERT INTO counter_set VALUES (?, ?, ?)"), set.bootId, set.id, qint64{untilMs});
}

} // namespace

Baseline::Step Baseline::stepTo(const Snapshot& snapshot) const
{
    static const std::vector<Entry> none;
    const bool isKnown = snapshot.set == m_set;
    const std::vector<Entry>& known = isKnown ? m_entries : none;

    Step step;
    step.set = snapshot.set;
    step.isNewSet = !isKnown;
    step.untilMs = snapshot.untilMs;
    step.fromMs = isKnown ? m_untilMs : snapshot.countingSinceMs;
    if (step.fromMs > snapshot.untilMs) // the clock was set back: only the last interval's length is known
        step.fromMs = snapshot.sinceMs;
    step.entries.reserve(std::max(known.size(), snapshot.flows.size()));
    qint64 lastRow = 0;
    for (const Entry& entry : known)
        lastRow = std::max(lastRow, entry.row);

    // Both are ordered by key. A counter that this reading lacks keeps its baseline: it may be in the next.
    auto past = known.begin();
    for (const Flow& flow : snapshot.flows) {
        for (; past != known.end() && past->key < flow.key; ++past)
            step.entries.push_back(*past);
        Entry entry{flow.key, 0, 0, 0};
        const bool isNew = past == known.end() || past->key != flow.key;
        if (!isNew)
            entry = *past++;
        if (entry.bytes != flow.bytes || entry.calls != flow.calls) {
            if (isNew)
                entry.row = ++lastRow;
            step.growth.push_back({&flow, entry.row, isNew, static_cast<qint64>(flow.bytes - entry.bytes),
                static_cast<qint64>(flow.calls - entry.calls)});
            entry.bytes = flow.bytes;
            entry.calls = flow.calls;
        }
        if (entry.row != 0)
            step.entries.push_back(entry);
    }
    step.entries.insert(step.entries.end(), past, known.end());
    return step;
}

void Baseline::take(Step step)
{
    m_set = std::move(step.set);
    m_untilMs = step.untilMs;
    m_entries = std::move(step.entries);
}

void Baseline::write(const Database& database, const Step& step)
{
    if (step.isNewSet)
        beginSet(database, step.set, step.untilMs);
    else
        database.run(QStringLiteral("UPDATE counter_set SET until_ms = ?"), qint64{step.untilMs});

    Batch fresh = inserts(database);
    Batch known = updates(database);
    for (const Growth& growth : step.growth) {
        const auto bytes = static_cast<qint64>(growth.flow->bytes);
        const auto calls = static_cast<qint64>(growth.flow->calls);
        if (growth.isNew)
            fresh.add(growth.row, bytesOf(growth.flow->key), bytes, calls);
        else
            known.add(growth.row, bytes, calls);
    }
    fresh.finish();
    known.finish();
}

void Baseline::writeAll(const Database& database) const
{
    beginSet(database, m_set, m_untilMs);
    Batch batch = inserts(database);
    for (const Entry& entry : m_entries)
        batch.add(entry.row, bytesOf(entry.key), static_cast<qint64>(entry.bytes), static_cast<qint64>(entry.calls));
    batch.finish();
}

Baseline Baseline::read(const Database& database)
{
    Baseline baseline;
    Statement set = database.run(QStringLiteral("SELECT boot_id, uuid, until_ms FROM counter_set"));
    if (!set.next())
        return baseline;
    baseline.m_set = {set.text(0), set.text(1)};
    baseline.m_untilMs = set.integer(2);
    set.finish();

    Statement rows = database.run(QStringLiteral("SELECT key, id, bytes, calls FROM baseline"));
    while (rows.next()) {
        baseline.m_entries.push_back({keyFrom(rows.blob(0)), rows.integer(1), static_cast<quint64>(rows.integer(2)),
            static_cast<quint64>(rows.integer(3))});
    }
    std::ranges::sort(baseline.m_entries, {}, &Entry::key);
    return baseline;
}

} // namespace bwt::store
