// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/baseline.h"

#include "helper/collector/chronicle.h"
#include "helper/collector/folds.h"
#include "helper/collector/naming.h"
#include "helper/store/books.h"
#include "helper/store/namings.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <tuple>

namespace bwt::store {

namespace {

/// A counter as the table has it, in this machine's byte order: the set that it belongs to ends with the boot.
struct Record {
    FlowKey key;
    std::uint64_t bytes;
    std::uint64_t calls;
    std::uint64_t openBytes;
    std::uint64_t openCalls;
    std::uint32_t generation;
    std::uint32_t program;
    std::uint8_t isUsed;
    std::uint8_t scope;
    std::array<std::uint8_t, 6> padding;
};
static_assert(sizeof(Record) == 96);

/// A page of the table is one row, as large as a page of SQLite's has room for: what changes costs no more to write
/// than a row for each counter would, and far less to bind.
constexpr qint64 recordsInPage = 42;
constexpr qsizetype pageBytes = recordsInPage * sizeof(Record);

qint64 pageOf(qint64 place)
{
    return (place - 1) / recordsInPage;
}

void put(QByteArray& page, const Baseline::Entry& entry)
{
    const Record record{entry.key, entry.bytes, entry.calls, entry.openBytes, entry.openCalls, entry.generation,
        entry.program, 1, static_cast<std::uint8_t>(entry.scope), {}};
    std::memcpy(page.data() + (entry.place - 1) % recordsInPage * qint64{sizeof record}, &record, sizeof record);
}

/// Which program each process is that has counters of a remote.
using Conversations = std::map<std::pair<ProcessId, Address>, std::uint32_t>;

/// What the programs call the remotes, in the same order.
std::vector<PastName> namesOf(const Conversations& conversations, const Database& database)
{
    std::vector<PastName> names;
    Statement name = database.prepare(
        QStringLiteral("SELECT name.text, told_ms FROM remote JOIN naming ON naming.remote = remote.id "
                       "JOIN name ON name.id = naming.name WHERE remote.ip = ? AND ")
        + hasProgram(QStringLiteral("?")));
    for (const auto& [conversation, program] : conversations) {
        if (name.run(addressText(conversation.second), program).next())
            names.push_back({conversation.first, conversation.second, name.text(0), name.integer(1)});
        name.finish();
    }
    return names;
}

/// Calls `take(Entry)` for each counter in the file.
template <typename Take> void forEachEntry(const Database& database, Take take)
{
    Statement pages = database.run(QStringLiteral("SELECT page, counters FROM baseline ORDER BY page"));
    while (pages.next()) {
        const QByteArray page = pages.blob(1);
        if (page.size() != pageBytes)
            throw DatabaseError{{ErrorCode::StoreCorrupt, QStringLiteral("a page of counters has another length")}};
        for (qint64 i = 0; i < recordsInPage; ++i) {
            Record record;
            std::memcpy(&record, page.constData() + i * qint64{sizeof record}, sizeof record);
            if (record.isUsed != 0)
                take(Baseline::Entry{record.key, pages.integer(0) * recordsInPage + i + 1, record.bytes, record.calls,
                    record.openBytes, record.openCalls, record.generation, record.program,
                    static_cast<Scope>(record.scope)});
        }
    }
}

/// Writes pages as the entries have them.
void writePages(
    const Database& database, const std::vector<Baseline::Entry>& entries, const std::set<qint64>& changed)
{
    std::map<qint64, QByteArray> pages;
    for (const Baseline::Entry& entry : entries) {
        const qint64 number = pageOf(entry.place);
        if (entry.place == 0 || !changed.contains(number)) // a sum that no reading has shown yet has no place
            continue;
        QByteArray& page = pages[number];
        if (page.isEmpty())
            page = QByteArray(pageBytes, 0);
        put(page, entry);
    }
    Statement write
        = database.prepare(QStringLiteral("INSERT OR REPLACE INTO baseline (page, counters) VALUES (?, ?)"));
    Statement drop = database.prepare(QStringLiteral("DELETE FROM baseline WHERE page = ?"));
    for (const qint64 number : changed) {
        if (const auto page = pages.find(number); page != pages.end())
            write.run(number, page->second);
        else
            drop.run(number);
    }
}

/// Gives out the places that no entry has.
class FreePlaces {
public:
    explicit FreePlaces(const std::vector<Baseline::Entry>& entries)
    {
        for (const Baseline::Entry& entry : entries) {
            const auto place = static_cast<std::size_t>(entry.place);
            if (place >= m_isTaken.size())
                m_isTaken.resize(place + 1);
            m_isTaken[place] = true;
        }
    }
    [[nodiscard]] qint64 take()
    {
        while (m_next < m_isTaken.size() && m_isTaken[m_next])
            ++m_next;
        return static_cast<qint64>(m_next++);
    }

private:
    std::vector<bool> m_isTaken; ///< up to the last that an entry has
    std::size_t m_next = 1;
};

/// The schema has '' where a name is unknown.
QString orNull(const QString& text)
{
    return text.isEmpty() ? QString() : text;
}

bool isAt(const Baseline::Entry& entry, const Flow& flow)
{
    return !entry.differs && entry.bytes == flow.bytes && entry.calls == flow.calls;
}

/// A process as the dictionary knows it by its program.
Process processOf(const ProcessId& id, qint64 program, std::int64_t bootTimeMs, Statement& programs)
{
    Process process;
    process.id = id;
    if (!id.isGroup())
        process.startTimeMs = bootTimeMs + static_cast<std::int64_t>(id.startNs / 1'000'000);
    process.uid = unknownUid;
    if (programs.run(program).next()) {
        process.uid = static_cast<std::uint32_t>(programs.integer(0));
        process.name = orNull(programs.text(1));
        process.exe = orNull(programs.text(2));
        process.appId = programs.text(3);
        process.appName = programs.text(4);
    }
    return process;
}

/// When a set was made, by the clock as it is now.
std::int64_t beginOfSet(const Snapshot& snapshot)
{
    std::int64_t sinceMs = snapshot.countingSinceMs;
    for (const Event& event : snapshot.events) {
        if (event.kind == EventKind::Clock)
            sinceMs += event.untilMs - event.timeMs;
    }
    return std::min(sinceMs, snapshot.untilMs);
}

/// Only the newest set's baseline is kept: an older set counts no more.
void beginSet(const Database& database, const CounterSet& set)
{
    database.run(QStringLiteral("DELETE FROM baseline"));
    database.run(QStringLiteral("DELETE FROM counter_set"));
    database.run(
        QStringLiteral("INSERT INTO counter_set (boot_id, uuid, until_ms) VALUES (?, ?, 0)"), set.bootId, set.id);
}

void moveSet(
    const Database& database, std::int64_t untilMs, std::uint64_t untilBootNs, std::uint32_t closedGeneration)
{
    database.run(QStringLiteral("UPDATE counter_set SET until_ms = ?, boot_ns = nullif(?, 0), closed_generation = ?"),
        qint64{untilMs}, static_cast<qint64>(untilBootNs), qint64{closedGeneration});
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
    step.untilBootNs = snapshot.bootNs;
    step.fromMs = isKnown ? beginOfGrowth(snapshot) : beginOfSet(snapshot);
    step.entries.reserve(std::max(known.size(), snapshot.flows.size()));
    FreePlaces freePlaces(known);

    // Both are ordered by key. A counter that this reading lacks keeps its baseline: it may be in the next.
    auto past = known.begin();
    for (const Flow& flow : snapshot.flows) {
        for (; past != known.end() && past->key < flow.key; ++past)
            step.entries.push_back(*past);
        Entry entry{flow.key};
        if (past != known.end() && past->key == flow.key)
            entry = *past++;
        if (!isAt(entry, flow)) {
            if (entry.place == 0)
                entry.place = freePlaces.take();
            step.growth.push_back({&flow, step.entries.size(), static_cast<qint64>(flow.bytes - entry.bytes),
                static_cast<qint64>(flow.calls - entry.calls)});
            entry = {flow.key, entry.place, flow.bytes, flow.calls, flow.bytes - flow.closedBytes,
                flow.calls - flow.closedCalls, step.closedGeneration + 1, entry.program, flow.scope};
        }
        if (entry.place != 0)
            step.entries.push_back(entry);
    }
    step.entries.insert(step.entries.end(), past, known.end());
    step.books = snapshot.books;
    step.movesBooks = !isKnown || snapshot.books != m_books;
    step.booksGrowth = growthOf(isKnown ? m_books : std::vector<InterfaceBook>(), snapshot.books);
    return step;
}

std::int64_t Baseline::beginOfGrowth(const Snapshot& snapshot) const
{
    if (m_untilBootNs != 0)
        return beginMs({m_untilMs, m_untilBootNs}, {snapshot.untilMs, snapshot.bootNs});
    // Of a version that did not know it: where the clock was set back, only the last interval's length is known.
    return m_untilMs <= snapshot.untilMs ? m_untilMs : snapshot.sinceMs;
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
        const auto [bytes, calls] = std::pair(sum.bytes + entry.bytes, sum.calls + entry.calls);
        const bool differs = sum.differs || isFolded;
        if (isFolded) {
            gone.push_back(entry.place);
            sum.key = fold->into;
            sum.scope = scopeOfSum(fold->into);
        } else {
            sum = entry;
        }
        sum.bytes = bytes;
        sum.calls = calls;
        sum.differs = differs;
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
    m_untilBootNs = step.untilBootNs;
    m_closedGeneration = step.closedGeneration;
    m_foldNumber = step.foldNumber;
    m_entries = std::move(step.entries);
    m_books = std::move(step.books);
}

void Baseline::write(const Database& database, const Step& step)
{
    if (step.isNewSet)
        beginSet(database, step.set);
    moveSet(database, step.untilMs, step.untilBootNs, step.closedGeneration);

    std::set<qint64> changed;
    for (const Growth& growth : step.growth)
        changed.insert(pageOf(step.entries[growth.entry].place));
    for (const qint64 place : step.gone)
        changed.insert(pageOf(place));
    writePages(database, step.entries, changed);
    if (step.movesBooks)
        writeBooksBaseline(database, step.books);
}

void Baseline::writeAll(const Database& database)
{
    beginSet(database, m_set);
    moveSet(database, m_untilMs, m_untilBootNs, m_closedGeneration);
    std::set<qint64> pages;
    for (Entry& entry : m_entries) {
        entry.program = 0;
        pages.insert(pageOf(entry.place));
    }
    writePages(database, m_entries, pages);
    writeBooksBaseline(database, m_books);
}

Baseline Baseline::read(const Database& database)
{
    Baseline baseline;
    Statement set
        = database.run(QStringLiteral("SELECT boot_id, uuid, until_ms, closed_generation, boot_ns FROM counter_set"));
    if (!set.next())
        return baseline;
    baseline.m_set = {set.text(0), set.text(1)};
    baseline.m_untilMs = set.integer(2);
    baseline.m_closedGeneration = static_cast<std::uint32_t>(set.integer(3));
    baseline.m_untilBootNs = static_cast<std::uint64_t>(set.integer(4));
    set.finish();

    forEachEntry(database, [&baseline](const Entry& entry) { baseline.m_entries.push_back(entry); });
    std::ranges::sort(baseline.m_entries, {}, &Entry::key);
    baseline.m_books = readBooksBaseline(database);
    return baseline;
}

Past Baseline::readPast(const Database& database)
{
    Past past;
    Statement set = database.run(QStringLiteral(
        "SELECT closed_generation, until_ms, boot.time_ms FROM counter_set LEFT JOIN boot USING (boot_id)"));
    if (!set.next())
        return past;
    past.closedGeneration = static_cast<std::uint32_t>(set.integer(0));
    const std::int64_t untilMs = set.integer(1);
    const std::int64_t bootTimeMs = set.integer(2);
    set.finish();

    Statement programs = database.prepare(QStringLiteral("SELECT uid, program.name, exe, app_id, app.name FROM "
                                                         "program JOIN app ON app.id = app WHERE program.id = ?"));
    std::map<ProcessId, Process> processes;
    Conversations conversations;
    forEachEntry(database, [&](const Entry& entry) {
        if (entry.key.remote != Address{})
            conversations[{entry.key.process(), entry.key.remote}] = entry.program;
        const bool isOpen = entry.generation > past.closedGeneration;
        Flow flow;
        flow.key = entry.key;
        flow.bytes = flow.closedBytes = entry.bytes - (isOpen ? entry.openBytes : 0);
        flow.calls = flow.closedCalls = entry.calls - (isOpen ? entry.openCalls : 0);
        if (flow.bytes == 0 && flow.calls == 0)
            return;
        flow.scope = entry.scope;
        flow.firstSeenMs = flow.lastSeenMs = untilMs;
        const ProcessId id = flow.key.process();
        if (!processes.contains(id))
            processes.emplace(id, processOf(id, entry.program, bootTimeMs, programs));
        past.flows.push_back(flow);
    });
    std::ranges::sort(past.flows, {}, &Flow::key);
    for (auto& [id, process] : processes)
        past.processes.push_back(std::move(process));
    for (Flow& flow : past.flows)
        flow.process = static_cast<std::uint32_t>(
            std::ranges::lower_bound(past.processes, flow.key.process(), {}, &Process::id) - past.processes.begin());
    past.books = readBooksBaseline(database);
    past.names = namesOf(conversations, database);
    return past;
}

std::vector<qint64> Baseline::readPrograms(const Database& database)
{
    std::set<qint64> programs;
    forEachEntry(database, [&programs](const Entry& entry) { programs.insert(entry.program); });
    return {programs.begin(), programs.end()};
}

void Baseline::packFlat(const Database& database)
{
    Statement rows
        = database.run(QStringLiteral("SELECT key, bytes, calls, open_bytes, open_calls, generation, program, "
                                      "scope FROM flat_baseline ORDER BY id"));
    std::vector<Entry> entries;
    std::set<qint64> pages;
    while (rows.next()) {
        const auto number = [&rows](int column) { return static_cast<quint64>(rows.integer(column)); };
        Entry entry;
        const QByteArray key = rows.blob(0);
        if (key.size() != qsizetype{sizeof entry.key})
            throw DatabaseError{{ErrorCode::StoreCorrupt, QStringLiteral("a counter's key has another length")}};
        std::memcpy(&entry.key, key.constData(), sizeof entry.key);
        entry = {entry.key, static_cast<qint64>(entries.size()) + 1, number(1), number(2), number(3), number(4),
            static_cast<std::uint32_t>(number(5)), static_cast<std::uint32_t>(number(6)),
            static_cast<Scope>(number(7))};
        pages.insert(pageOf(entry.place));
        entries.push_back(entry);
    }
    rows.finish();
    writePages(database, entries, pages);
}

} // namespace bwt::store
