// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/retention.h"

#include "helper/store/orphans.h"
#include "helper/store/schema.h"
#include "helper/store/tiers.h"

#include <algorithm>

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
    [[nodiscard]] bool droppedRemotes() const { return m_droppedRemotes; }

    /// Minutes lose processes and remotes.
    bool coarsenMinutes(qint64 until)
    {
        return coarsen(Tier::Minute, std::min(until, floorTo(m_tiers[Tier::Hour].completeUntil, hourSeconds)));
    }
    bool dropMinutes(qint64 until)
    {
        return drop(Tier::Minute, std::min(until, floorTo(m_tiers[Tier::Hour].completeUntil, hourSeconds)));
    }
    /// Down to the start of a day, so that days and hours have nothing twice.
    bool dropHours(qint64 until)
    {
        until = std::min(until, m_tiers[Tier::Day].completeUntil);
        for (const Span& day : spansIn(m_database, Tier::Day, {until, until + 1}))
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
        BucketReader reader(m_database, tier, Detail::Flows);
        std::vector<StoredBucket> buckets;
        reader.seek({before, until});
        for (StoredBucket bucket; reader.next(bucket);)
            buckets.push_back(std::move(bucket));
        for (const StoredBucket& bucket : buckets)
            replaceBucket(m_database, tier, state, bucket.span, unpacked(bucket.rows));
        m_dropped += buckets.size();
        m_droppedRemotes = m_droppedRemotes || tier == Tier::Month;
        transaction.commit();
        return true;
    }

    /// The next stretch to coarsen, no longer than a day, or than a bucket where that is longer.
    [[nodiscard]] std::optional<qint64> endOfOldestDetail(Tier tier) const
    {
        const std::optional<Span> oldest = firstBucketFrom(m_database, tier, m_tiers[tier].detailFrom);
        return oldest ? std::optional(std::max(oldest->until, nextMidnight(oldest->start))) : std::nullopt;
    }
    [[nodiscard]] std::optional<qint64> endOfOldest(Tier tier) const
    {
        const std::optional<Span> oldest = firstBucketFrom(m_database, tier, m_tiers[tier].keptFrom);
        return oldest ? std::optional(nextMidnight(oldest->start)) : std::nullopt;
    }

private:
    bool drop(Tier tier, qint64 until)
    {
        TierState& state = m_tiers[tier];
        if (until <= state.keptFrom)
            return false;
        Transaction transaction(m_database);
        state.keptFrom = until;
        state.detailFrom = std::max(state.detailFrom, until);
        writeTier(m_database, tier, state);
        for (const QString& table : QStringList{tierName(tier), QStringLiteral("book_") + tierName(tier)})
            m_dropped += static_cast<quint64>(
                m_database.run(QStringLiteral("DELETE FROM %1 WHERE start < ?").arg(table), until).affectedRows());
        transaction.commit();
        return true;
    }

    const Database& m_database;
    TierStates m_tiers;
    quint64 m_dropped = 0;
    bool m_droppedRemotes = false;
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
    if (const auto until = dropping.endOfOldestDetail(Tier::Minute); until && dropping.coarsenMinutes(*until))
        return true;
    if (const auto until = dropping.endOfOldest(Tier::Minute); until && dropping.dropMinutes(*until))
        return true;
    if (const auto until = dropping.endOfOldest(Tier::Hour); until && dropping.dropHours(*until))
        return true;
    if (const auto until = dropping.endOfOldestDetail(Tier::Day); until && dropping.coarsen(Tier::Day, *until))
        return true;
    const auto until = dropping.endOfOldestDetail(Tier::Month);
    return until && dropping.coarsen(Tier::Month, *until);
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

quint64 dropExpired(const Database& database, const Retention& retention, std::int64_t nowMs)
{
    using std::chrono::seconds;
    const qint64 now = std::min<qint64>(nowMs, newestMs(database)) / msPerSecond;
    const auto cutoff = [now](std::chrono::days kept) {
        return floorTo(std::max<qint64>(0, now - seconds(kept).count()), hourSeconds);
    };

    const qint64 detailBefore = readTiers(database)[Tier::Minute].detailFrom;
    Dropping dropping(database);
    dropping.coarsenMinutes(cutoff(retention.minutes));
    dropping.dropMinutes(cutoff(std::max(retention.minutes, retention.appMinutes)));
    dropping.dropHours(cutoff(retention.hours));
    // The log is emptied at the end, and is otherwise bounded.
    const quint64 most = retention.mostBytes - std::min(retention.mostBytes / 4, mostLogBytes);
    while (usedBytes(database) > most && dropOldest(dropping)) { }
    if (dropping.dropped() == 0)
        return 0;

    // Looking for names that nothing has any more reads all of the tier: once in each day that goes.
    if (dropping.droppedRemotes())
        dropOrphans(database);
    else if (floorTo(detailBefore, daySeconds) != floorTo(readTiers(database)[Tier::Minute].detailFrom, daySeconds))
        dropOrphanedProcesses(database);
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
