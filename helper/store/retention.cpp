// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/retention.h"

#include "helper/store/orphans.h"
#include "helper/store/schema.h"
#include "helper/store/statedirectory.h"
#include "helper/store/tiers.h"

#include <algorithm>
#include <utility>

namespace bwt::store {

namespace {

/// Drops from the finest and oldest on. Every step is one transaction, and leaves in a coarser tier what it drops.
class Dropping {
public:
    explicit Dropping(const Database& database)
        : m_database(database)
        , m_tiers(readTiers(database))
    {
    }

    [[nodiscard]] quint64 dropped() const { return m_dropped; }
    [[nodiscard]] const TierStates& tiers() const { return m_tiers; }

    /// Minutes lose processes and remotes. Down to a whole hour of UTC, which no stored hour reaches over.
    bool coarsenMinutes(qint64 until)
    {
        return coarsen(Tier::Minute, floorTo(std::min(until, m_tiers[Tier::Hour].completeUntil), hourSeconds));
    }
    bool dropMinutes(qint64 until)
    {
        return drop(Tier::Minute, floorTo(std::min(until, m_tiers[Tier::Hour].completeUntil), hourSeconds));
    }
    /// Down to the start of a day, so that days and hours have nothing twice, and never so far that minutes remain:
    /// what is recorded late goes into minutes and hours, or into neither.
    bool dropHours(qint64 until)
    {
        until = std::min({until, m_tiers[Tier::Day].completeUntil, m_tiers[Tier::Minute].keptFrom});
        for (const Span& day : sheetsIn(m_database, Tier::Day, {until, until + 1}))
            until = day.start;
        return drop(Tier::Hour, until);
    }
    /// Days and months lose remotes.
    bool coarsen(Tier tier, qint64 until)
    {
        TierState& state = m_tiers[tier];
        if (until <= state.detailFrom)
            return false;
        Transaction transaction(m_database);
        const qint64 before = state.detailFrom;
        state.detailFrom = until;
        writeTier(m_database, tier, state);
        SheetReader reader(m_database, tier, Detail::Flows);
        std::vector<Sheet> sheets;
        reader.seek({before, until});
        for (Sheet sheet; reader.next(sheet);)
            sheets.push_back(std::move(sheet));
        for (const Sheet& sheet : sheets)
            replaceSheet(m_database, m_tiers, tier, sheet.span, unpacked(sheet.rows));
        if (tier == Tier::Minute)
            followMinutes({before, until});
        m_dropped += sheets.size();
        transaction.commit();
        return true;
    }

    /// The next stretch to coarsen, no longer than a day, or than a bucket where that is longer.
    [[nodiscard]] std::optional<qint64> endOfOldestDetail(Tier tier) const
    {
        const std::optional<Span> oldest = firstSheetFrom(m_database, tier, m_tiers[tier].detailFrom);
        return oldest ? std::optional(std::max(oldest->until, nextMidnight(oldest->start))) : std::nullopt;
    }
    /// The oldest minutes' day, in whole hours; where there are none, as far as hours may go.
    [[nodiscard]] qint64 endOfOldestMinutes() const
    {
        const std::optional<Span> oldest = firstSheetFrom(m_database, Tier::Minute, m_tiers[Tier::Minute].keptFrom);
        return oldest ? ceilTo(nextMidnight(oldest->start), hourSeconds) : m_tiers[Tier::Hour].completeUntil;
    }
    /// The oldest hours' day as it is stored: the time zone may be another since.
    [[nodiscard]] std::optional<qint64> endOfOldestHours() const
    {
        const std::optional<Span> oldest = firstSheetFrom(m_database, Tier::Hour, m_tiers[Tier::Hour].keptFrom);
        if (!oldest)
            return {};
        const std::vector<Span> days = sheetsIn(m_database, Tier::Day, *oldest);
        return days.empty() ? std::nullopt : std::optional(days.front().until);
    }

private:
    bool drop(Tier tier, qint64 until)
    {
        TierState& state = m_tiers[tier];
        if (until <= state.keptFrom)
            return false;
        Transaction transaction(m_database);
        const qint64 before = state.keptFrom;
        state.keptFrom = until;
        state.detailFrom = std::max(state.detailFrom, until);
        writeTier(m_database, tier, state);
        for (const QString& table : QStringList{tierName(tier), QStringLiteral("book_") + tierName(tier)})
            m_dropped += static_cast<quint64>(
                m_database.run(QStringLiteral("DELETE FROM %1 WHERE start < ?").arg(table), until).affectedRows());
        if (tier == Tier::Minute)
            followMinutes({before, until});
        transaction.commit();
        return true;
    }

    /// Hours lose what they have as long as minutes do: processes, and the sums of programs.
    void followMinutes(const Span& span)
    {
        SheetReader reader(m_database, Tier::Hour, Detail::Flows);
        std::vector<Sheet> sheets;
        reader.seek(span);
        for (Sheet sheet; reader.next(sheet);)
            sheets.push_back(std::move(sheet));
        for (const Sheet& sheet : sheets) {
            PackedRows rows = unpacked(sheet.rows);
            for (PackedRow& row : rows) {
                if (sliceSpan(Tier::Hour, sheet.span, row.key.slice).start < m_tiers[Tier::Minute].detailFrom)
                    row.key.group.process = 0;
            }
            normalize(rows);
            replaceSheet(m_database, m_tiers, Tier::Hour, sheet.span, rows);
        }
    }

    const Database& m_database;
    TierStates m_tiers;
    quint64 m_dropped = 0;
};

quint64 usedBytes(const Database& database)
{
    const auto pragma = [&](const char* name) {
        return database.prepare(QStringLiteral("PRAGMA ") + QLatin1StringView(name)).find().value_or(0);
    };
    return static_cast<quint64>((pragma("page_count") - pragma("freelist_count")) * pragma("page_size"));
}

/// The first of them that finds something to drop.
bool dropOldest(Dropping& dropping)
{
    if (const auto until = dropping.endOfOldestDetail(Tier::Minute);
        until && dropping.coarsenMinutes(ceilTo(*until, hourSeconds)))
        return true;
    if (dropping.dropMinutes(dropping.endOfOldestMinutes()))
        return true;
    if (const auto until = dropping.endOfOldestHours(); until && dropping.dropHours(*until))
        return true;
    const auto until = dropping.endOfOldestDetail(Tier::Day);
    return until && dropping.coarsen(Tier::Day, *until);
}

/// The last that can go.
bool coarsenOldestMonth(Dropping& dropping)
{
    const auto until = dropping.endOfOldestDetail(Tier::Month);
    return until && dropping.coarsen(Tier::Month, *until);
}

/// Drops names that went with detail. Looking for them reads all that is stored, or all minutes: once in each month
/// of days, or each day of minutes, that lost theirs.
void dropNamesOf(const Database& database, const TierStates& before, const TierStates& after)
{
    const auto isPast
        = [&](Tier tier, auto start) { return start(before[tier].detailFrom) != start(after[tier].detailFrom); };
    if (isPast(Tier::Day, &monthStart))
        dropOrphans(database);
    else if (isPast(Tier::Minute, [](qint64 seconds) { return floorTo(seconds, daySeconds); }))
        dropOrphanedProcesses(database);
}

} // namespace

void BelievedTime::advance(std::uint64_t bootNs)
{
    m_firstNs = m_firstNs.value_or(bootNs);
    m_lastNs = std::max(m_lastNs, bootNs);
}

std::int64_t BelievedTime::latest(std::int64_t nowMs) const
{
    constexpr std::uint64_t nsPerMs = 1'000'000;
    const auto passedMs = static_cast<std::int64_t>((m_lastNs - m_firstNs.value_or(m_lastNs)) / nsPerMs);
    if (m_newestMs == 0 || passedMs >= daySeconds * msPerSecond)
        return nowMs;
    return std::min(nowMs, m_newestMs + passedMs);
}

std::int64_t newestMs(const Database& database)
{
    return database
        .prepare(QStringLiteral("SELECT max(until_ms) FROM "
                                "(SELECT until_ms FROM coverage UNION ALL SELECT until_ms FROM counter_set)"))
        .find()
        .value_or(0);
}

std::int64_t lastCommitMs(const Database& database)
{
    return database.prepare(QStringLiteral("SELECT until_ms FROM counter_set")).find().value_or(0);
}

quint64 dropExpired(const Database& database, const Retention& retention, std::int64_t nowMs)
{
    using std::chrono::seconds;
    const qint64 now = std::min<qint64>(nowMs, newestMs(database)) / msPerSecond;
    const auto cutoff = [now](std::chrono::days kept) {
        return floorTo(std::max<qint64>(0, now - seconds(kept).count()), hourSeconds);
    };

    Dropping dropping(database);
    const TierStates before = dropping.tiers();
    TierStates named = before; // whose names were looked through
    const auto dropNames = [&] { dropNamesOf(database, std::exchange(named, dropping.tiers()), dropping.tiers()); };
    // A day at a time: its hours are one sheet.
    dropping.coarsenMinutes(midnight(cutoff(retention.minutes)));
    dropping.dropMinutes(cutoff(std::max(retention.minutes, retention.appMinutes)));
    dropping.dropHours(cutoff(retention.hours));
    dropNames();
    // The log is emptied at the end, and is otherwise bounded.
    const quint64 most = retention.mostBytes - std::min(retention.mostBytes / 4, mostLogBytes);
    const auto isTooLarge = [&] { return usedBytes(database) > most; };
    // Names go with their rows, or detail would go for the room that they take.
    while (isTooLarge() && dropOldest(dropping))
        dropNames();
    if (before[Tier::Day].detailFrom != dropping.tiers()[Tier::Day].detailFrom)
        dropOrphans(database);
    while (isTooLarge() && coarsenOldestMonth(dropping))
        dropOrphans(database);
    // What else was deleted leaves its pages in the file.
    if (dropping.dropped() > 0 || historyBytes(database.path()) > most)
        giveSpaceBack(database);
    return dropping.dropped();
}

void giveSpaceBack(const Database& database)
{
    // A step frees one page, and Qt takes one step alone where a statement has no columns.
    Transaction transaction(database);
    Statement vacuum = database.prepare(QStringLiteral("PRAGMA incremental_vacuum"));
    for (qint64 pages = database.prepare(QStringLiteral("PRAGMA freelist_count")).find().value_or(0); pages > 0;
        --pages)
        vacuum.run().finish();
    transaction.commit();
    database.run(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
}

} // namespace bwt::store
