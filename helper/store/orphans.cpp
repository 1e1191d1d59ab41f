// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/orphans.h"

#include "helper/store/baseline.h"
#include "helper/store/namings.h"
#include "helper/store/tiers.h"

#include <algorithm>
#include <limits>

namespace bwt::store {

namespace {

/// Ids of a dictionary, a bit each. What it does not have, damage made up.
class IdSet {
public:
    IdSet(const Database& database, const QString& table)
        : m_has(static_cast<std::size_t>(
                    database.prepare(QStringLiteral("SELECT max(id) FROM %1").arg(table)).find().value_or(0))
              + 1)
    {
    }

    void insert(qint64 id)
    {
        if (isPossible(id))
            m_has[static_cast<std::size_t>(id)] = true;
    }
    [[nodiscard]] bool has(qint64 id) const { return isPossible(id) && m_has[static_cast<std::size_t>(id)]; }

private:
    [[nodiscard]] bool isPossible(qint64 id) const { return id >= 0 && static_cast<std::size_t>(id) < m_has.size(); }

    std::vector<bool> m_has;
};

/// Which program calls which remote something, and whether there still is a row of the two.
class UsedNamings {
public:
    explicit UsedNamings(const Database& database)
    {
        Statement rows = database.run(QStringLiteral("SELECT remote, programs FROM naming"));
        while (rows.next()) {
            for (const qint64 program : programsIn(rows.text(1)))
                m_namings.push_back({rows.integer(0), program});
        }
        std::ranges::sort(m_namings);
    }

    void insert(qint64 remote, qint64 program)
    {
        const auto found = std::ranges::lower_bound(m_namings, Naming{remote, program});
        if (found != m_namings.end() && found->remote == remote && found->program == program)
            found->isUsed = true;
    }
    void dropOthers(const Database& database) const
    {
        Namings namings(database);
        for (const Naming& naming : m_namings) {
            if (!naming.isUsed)
                namings.forget(naming.remote, naming.program);
        }
        database.run(QStringLiteral("DELETE FROM name WHERE id NOT IN (SELECT name FROM naming)"));
    }

private:
    struct Naming {
        qint64 remote = 0;
        qint64 program = 0;
        bool isUsed = false;
        friend auto operator<=>(const Naming&, const Naming&) = default;
    };
    std::vector<Naming> m_namings; ///< ordered by remote and program
};

struct UsedIds {
    explicit UsedIds(const Database& database)
        : programs(database, QStringLiteral("program"))
        , processes(database, QStringLiteral("process"))
        , channels(database, QStringLiteral("channel"))
        , remotes(database, QStringLiteral("remote"))
        , namings(database)
    {
    }

    IdSet programs;
    IdSet processes;
    IdSet channels;
    IdSet remotes;
    UsedNamings namings;
};

/// Notes what a sheet names.
struct Noting {
    UsedIds& used;
    qint64 program = 0; ///< of the group that is read
    bool group(const GroupKey& group)
    {
        program = group.program;
        used.programs.insert(group.program);
        used.processes.insert(group.process);
        used.channels.insert(group.channel);
        return true;
    }
    bool flow(qint64 remote)
    {
        used.remotes.insert(remote);
        if (remote != 0)
            used.namings.insert(remote, program);
        return false;
    }
    static bool wants(qint64 /*slice*/) { return false; }
    static void slice(const Sums& /*sums*/) { }
};

void collect(const Database& database, Tier tier, UsedIds& used)
{
    SheetReader reader(database, tier, Detail::Flows);
    reader.seek({0, std::numeric_limits<qint64>::max()});
    for (Sheet sheet; reader.next(sheet);) {
        Noting noting{used};
        unpack(sheet.rows, noting);
    }
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
    UsedIds used(database);
    for (const Tier tier : allTiers)
        collect(database, tier, used);
    for (const qint64 program : Baseline::readPrograms(database))
        used.programs.insert(program);
    dropUnused(database, QStringLiteral("process"), used.processes);
    dropUnused(database, QStringLiteral("remote"), used.remotes);
    dropUnused(database, QStringLiteral("channel"), used.channels);
    dropUnused(database, QStringLiteral("program"), used.programs);
    used.namings.dropOthers(database);
    // What the user decided holds also for what comes back.
    database.run(QStringLiteral("DELETE FROM app WHERE id NOT IN (SELECT app FROM program) "
                                "AND app_id NOT IN (SELECT app_id FROM app_choice UNION "
                                "SELECT counts_for FROM app_choice WHERE counts_for IS NOT NULL)"));
    database.run(QStringLiteral(
        "DELETE FROM word WHERE id NOT IN (SELECT protocol FROM channel UNION SELECT service FROM channel "
        "UNION SELECT scope FROM channel UNION SELECT network FROM channel "
        "UNION SELECT interface FROM book_minute UNION SELECT interface FROM book_hour)"));
    transaction.commit();
}

void dropOrphanedProcesses(const Database& database)
{
    Transaction transaction(database);
    UsedIds used(database);
    collect(database, Tier::Minute, used);
    dropUnused(database, QStringLiteral("process"), used.processes);
    transaction.commit();
}

} // namespace bwt::store
