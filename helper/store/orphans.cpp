// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/orphans.h"

#include "helper/store/baseline.h"
#include "helper/store/tiers.h"

#include <limits>

namespace bwt::store {

namespace {

/// Ids, a bit each.
class IdSet {
public:
    void insert(qint64 id)
    {
        const auto place = static_cast<std::size_t>(id);
        if (place >= m_has.size())
            m_has.resize(place * 2 + 64);
        m_has[place] = true;
    }
    [[nodiscard]] bool has(qint64 id) const
    {
        const auto place = static_cast<std::size_t>(id);
        return place < m_has.size() && m_has[place];
    }

private:
    std::vector<bool> m_has;
};

struct UsedIds {
    IdSet programs;
    IdSet processes;
    IdSet channels;
    IdSet remotes;
};

void collect(const Database& database, Tier tier, UsedIds& used)
{
    BucketReader reader(database, tier, Detail::Flows);
    reader.seek({0, std::numeric_limits<qint64>::max()});
    for (StoredBucket bucket; reader.next(bucket);)
        unpack(
            bucket.rows,
            [&used](const GroupKey& group) {
                used.programs.insert(group.program);
                used.processes.insert(group.process);
                used.channels.insert(group.channel);
                return true;
            },
            [&used](qint64 remote, const Sums&) { used.remotes.insert(remote); });
}

void dropUnused(const Database& database, const QString& table, const IdSet& used)
{
    Statement ids = database.run(QStringLiteral("SELECT id FROM %1").arg(table));
    std::vector<qint64> unused;
    while (ids.next()) {
        if (!used.has(ids.integer(0)))
            unused.push_back(ids.integer(0));
    }
    ids.finish();
    Statement drop = database.prepare(QStringLiteral("DELETE FROM %1 WHERE id = ?").arg(table));
    for (const qint64 id : unused)
        drop.run(id);
}

} // namespace

void dropOrphans(const Database& database)
{
    Transaction transaction(database);
    UsedIds used;
    for (const Tier tier : allTiers)
        collect(database, tier, used);
    for (const qint64 program : Baseline::readPrograms(database))
        used.programs.insert(program);
    dropUnused(database, QStringLiteral("process"), used.processes);
    dropUnused(database, QStringLiteral("remote"), used.remotes);
    dropUnused(database, QStringLiteral("channel"), used.channels);
    dropUnused(database, QStringLiteral("program"), used.programs);
    database.run(QStringLiteral("DELETE FROM app WHERE id NOT IN (SELECT app FROM program)"));
    transaction.commit();
}

void dropOrphanedProcesses(const Database& database)
{
    Transaction transaction(database);
    UsedIds used;
    collect(database, Tier::Minute, used);
    dropUnused(database, QStringLiteral("process"), used.processes);
    transaction.commit();
}

} // namespace bwt::store
