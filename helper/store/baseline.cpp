// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/baseline.h"

#include "helper/store/books.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

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

/// The schema has '' where a name is unknown.
QString orNull(const QString& text)
{
    return text.isEmpty() ? QString() : text;
}

bool isAt(const Baseline::Entry& entry, const Flow& flow)
{
    return !entry.differs && entry.bytes == flow.bytes && entry.calls == flow.calls;
}

Batch inserts(const Database& database)
{
    return {database,
        QStringLiteral("INSERT INTO baseline (id, key, scope, program, generation, bytes, calls, open_bytes, "
                       "open_calls) VALUES "),
        QStringLiteral("(?,?,?,?,?,?,?,?,?)"), {}};
}

/// Of rows that are there; key and scope stay.
Batch updates(const Database& database)
{
    return {database,
        QStringLiteral(
            "INSERT INTO baseline (id, key, program, generation, bytes, calls, open_bytes, open_calls) VALUES "),
        QStringLiteral("(?,x'',?,?,?,?,?,?)"),
        QStringLiteral(" ON CONFLICT DO UPDATE SET program = excluded.program, "
                       "generation = excluded.generation, bytes = excluded.bytes, calls = excluded.calls, "
                       "open_bytes = excluded.open_bytes, open_calls = excluded.open_calls")};
}

/// Of a row as readPast() asks for it.
Process processFrom(const Statement& row, const ProcessId& id)
{
    Process process;
    process.id = id;
    if (!id.isGroup())
        process.startTimeMs = row.integer(5) + static_cast<qint64>(id.startNs / 1'000'000);
    process.uid = row.isNull(6) ? unknownUid : static_cast<std::uint32_t>(row.integer(6));
    process.name = orNull(row.text(7));
    process.exe = orNull(row.text(8));
    process.appId = row.text(9);
    process.appName = row.text(10);
    return process;
}

/// Only the newest set's baseline is kept: an older set counts no more.
void beginSet(const Database& database, const CounterSet& set, std::int64_t untilMs, std::uint32_t closedGeneration)
{
    database.run(QStringLiteral("DELETE FROM baseline"));
    database.run(QStringLiteral("DELETE FROM counter_set"));
    database.run(QStringLiteral("INSERT INTO counter_set VALUES (?, ?, ?, ?)"), set.bootId, set.id, qint64{untilMs},
        qint64{closedGeneration});
}

} // namespace

Baseline::Step Baseline::stepTo(const Snapshot& snapshot) const
{
    const bool isKnown = snapshot.set == m_set;
    Step step;
    std::vector<Entry> known;
    if (isKnown)
        std::tie(known, step.gone) = folded(snapshot.folds);
    step.set = snapshot.set;
    step.foldNumber = snapshot.folds.number;
    step.isNewSet = !isKnown;
    step.untilMs = snapshot.untilMs;
    step.closedGeneration = std::max(isKnown ? m_closedGeneration : 0, snapshot.closes);
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
        Entry entry{flow.key};
        if (past != known.end() && past->key == flow.key)
            entry = *past++;
        const bool isNew = entry.row == 0;
        if (!isAt(entry, flow)) {
            if (isNew)
                entry.row = ++lastRow;
            step.growth.push_back({&flow, entry.row, isNew, static_cast<qint64>(flow.bytes - entry.bytes),
                static_cast<qint64>(flow.calls - entry.calls)});
            entry = {flow.key, entry.row, flow.bytes, flow.calls, flow.bytes - flow.closedBytes,
                flow.calls - flow.closedCalls, step.closedGeneration + 1, flow.scope};
        }
        if (entry.row != 0)
            step.entries.push_back(entry);
    }
    step.entries.insert(step.entries.end(), past, known.end());
    step.books = snapshot.books;
    step.movesBooks = !isKnown || snapshot.books != m_books;
    step.booksGrowth = growthOf(isKnown ? m_books : std::vector<InterfaceBook>(), snapshot.books);
    return step;
}

std::pair<std::vector<Baseline::Entry>, std::vector<qint64>> Baseline::folded(const Folds& folds) const
{
    if (folds.number == m_foldNumber)
        return {m_entries, {}};
    std::map<FlowKey, Entry> sums;
    std::pair<std::vector<Entry>, std::vector<qint64>> result;
    auto& [entries, gone] = result;
    for (const Entry& entry : m_entries) {
        const auto fold = std::ranges::lower_bound(folds.list, entry.key, {}, &Fold::from);
        const bool isFolded = fold != folds.list.end() && fold->from == entry.key;
        if (!isFolded && entry.key.folded == 0) {
            entries.push_back(entry);
            continue;
        }
        Entry& sum = sums[isFolded ? fold->into : entry.key];
        if (isFolded)
            gone.push_back(entry.row);
        else
            sum.row = entry.row;
        sum.key = isFolded ? fold->into : entry.key;
        sum.scope = entry.scope;
        sum.differs = sum.differs || isFolded;
        sum.bytes += entry.bytes;
        sum.calls += entry.calls;
    }
    for (const auto& [key, sum] : sums)
        entries.push_back(sum);
    std::ranges::sort(entries, {}, &Entry::key);
    return result;
}

void Baseline::take(Step step)
{
    m_set = std::move(step.set);
    m_untilMs = step.untilMs;
    m_closedGeneration = step.closedGeneration;
    m_foldNumber = step.foldNumber;
    m_entries = std::move(step.entries);
    m_books = std::move(step.books);
}

void Baseline::write(const Database& database, const Step& step)
{
    if (step.isNewSet)
        beginSet(database, step.set, step.untilMs, step.closedGeneration);
    else
        database.run(QStringLiteral("UPDATE counter_set SET until_ms = ?, closed_generation = ?"),
            qint64{step.untilMs}, qint64{step.closedGeneration});

    const qint64 openGeneration = step.closedGeneration + 1;
    Statement forget = database.prepare(QStringLiteral("DELETE FROM baseline WHERE id = ?"));
    for (const qint64 row : step.gone)
        forget.run(row);
    Batch fresh = inserts(database);
    Batch known = updates(database);
    for (const Growth& growth : step.growth) {
        const Flow& flow = *growth.flow;
        const auto add = [&](Batch& batch, const auto&... identity) {
            batch.add(growth.row, identity..., growth.program, openGeneration, static_cast<qint64>(flow.bytes),
                static_cast<qint64>(flow.calls), static_cast<qint64>(flow.bytes - flow.closedBytes),
                static_cast<qint64>(flow.calls - flow.closedCalls));
        };
        if (growth.isNew)
            add(fresh, bytesOf(flow.key), static_cast<qint64>(flow.scope));
        else
            add(known);
    }
    fresh.finish();
    known.finish();
    if (step.movesBooks)
        writeBooksBaseline(database, step.books);
}

void Baseline::writeAll(const Database& database) const
{
    beginSet(database, m_set, m_untilMs, m_closedGeneration);
    Batch batch = inserts(database);
    for (const Entry& entry : m_entries)
        batch.add(entry.row, bytesOf(entry.key), static_cast<qint64>(entry.scope), qint64{0},
            qint64{entry.generation}, static_cast<qint64>(entry.bytes), static_cast<qint64>(entry.calls),
            static_cast<qint64>(entry.openBytes), static_cast<qint64>(entry.openCalls));
    batch.finish();
    writeBooksBaseline(database, m_books);
}

Baseline Baseline::read(const Database& database)
{
    Baseline baseline;
    Statement set
        = database.run(QStringLiteral("SELECT boot_id, uuid, until_ms, closed_generation FROM counter_set"));
    if (!set.next())
        return baseline;
    baseline.m_set = {set.text(0), set.text(1)};
    baseline.m_untilMs = set.integer(2);
    baseline.m_closedGeneration = static_cast<std::uint32_t>(set.integer(3));
    set.finish();

    Statement rows = database.run(
        QStringLiteral("SELECT key, id, bytes, calls, open_bytes, open_calls, generation, scope FROM baseline"));
    while (rows.next()) {
        baseline.m_entries.push_back({keyFrom(rows.blob(0)), rows.integer(1), static_cast<quint64>(rows.integer(2)),
            static_cast<quint64>(rows.integer(3)), static_cast<quint64>(rows.integer(4)),
            static_cast<quint64>(rows.integer(5)), static_cast<std::uint32_t>(rows.integer(6)),
            static_cast<Scope>(rows.integer(7))});
    }
    std::ranges::sort(baseline.m_entries, {}, &Entry::key);
    baseline.m_books = readBooksBaseline(database);
    return baseline;
}

Past Baseline::readPast(const Database& database)
{
    Past past;
    past.closedGeneration = static_cast<std::uint32_t>(
        database.prepare(QStringLiteral("SELECT closed_generation FROM counter_set")).find().value_or(0));
    std::map<ProcessId, Process> processes;
    Statement rows = database.run(
        QStringLiteral("SELECT key, bytes - iif(generation > closed_generation, open_bytes, 0) AS closed_bytes, "
                       "calls - iif(generation > closed_generation, open_calls, 0) AS closed_calls, "
                       "scope, until_ms, boot.time_ms, uid, program.name, exe, "
                       "app_id, app.name FROM baseline JOIN counter_set JOIN boot USING (boot_id) "
                       "LEFT JOIN program ON program.id = baseline.program LEFT JOIN app ON app.id = program.app "
                       "WHERE closed_bytes > 0 OR closed_calls > 0"));
    while (rows.next()) {
        Flow flow;
        flow.key = keyFrom(rows.blob(0));
        flow.bytes = flow.closedBytes = static_cast<quint64>(rows.integer(1));
        flow.calls = flow.closedCalls = static_cast<quint64>(rows.integer(2));
        flow.scope = static_cast<Scope>(rows.integer(3));
        flow.firstSeenMs = flow.lastSeenMs = rows.integer(4);
        processes.try_emplace(flow.key.process(), processFrom(rows, flow.key.process()));
        past.flows.push_back(flow);
    }
    std::ranges::sort(past.flows, {}, &Flow::key);
    for (auto& [id, process] : processes)
        past.processes.push_back(std::move(process));
    for (Flow& flow : past.flows)
        flow.process = static_cast<std::uint32_t>(
            std::ranges::lower_bound(past.processes, flow.key.process(), {}, &Process::id) - past.processes.begin());
    past.books = readBooksBaseline(database);
    return past;
}

} // namespace bwt::store
