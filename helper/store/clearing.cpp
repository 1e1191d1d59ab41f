// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/clearing.h"

#include "helper/collector/naming.h"
#include "helper/store/answering.h"
#include "helper/store/apps.h"
#include "helper/store/books.h"
#include "helper/store/coverage.h"
#include "helper/store/orphans.h"
#include "helper/store/retention.h"

#include <set>
#include <utility>

namespace bwt::store {

namespace {

/// Which rows go.
class Choice {
public:
    Choice(const Database& database, const Clearing& what)
        : m_isNarrow(!what.app.isEmpty() || !what.remote.isEmpty())
    {
        if (!what.app.isEmpty()) {
            m_programs.emplace();
            const std::set<qint64> apps = appIdsOf(database, readAppChoices(database), what.app);
            Statement rows = database.run(QStringLiteral("SELECT id, app FROM program"));
            while (rows.next()) {
                if (apps.contains(rows.integer(1)))
                    m_programs->insert(rows.integer(0));
            }
        }
        if (!what.remote.isEmpty()) {
            const std::optional<Address> address = addressFromText(what.remote);
            constexpr qint64 none = -1;
            m_remote = database.prepare(QStringLiteral("SELECT id FROM remote WHERE ip = ?"))
                           .find(address ? addressText(*address) : what.remote)
                           .value_or(none);
        }
    }

    [[nodiscard]] bool isNarrow() const { return m_isNarrow; }
    [[nodiscard]] bool asksForRemote() const { return m_remote.has_value(); }
    [[nodiscard]] bool has(const PackedRow& row) const
    {
        return (!m_programs || m_programs->contains(row.key.group.program))
            && (!m_remote || *m_remote == row.key.remote);
    }

private:
    bool m_isNarrow;
    std::optional<std::set<qint64>> m_programs;
    std::optional<qint64> m_remote;
};

class Clearer {
public:
    Clearer(const Database& database, const Choice& choice, Stored stored, const Span& range)
        : m_database(database)
        , m_choice(choice)
        , m_stored(std::move(stored))
        , m_range(range)
        , m_tiers(readTiers(database))
    {
    }

    quint64 run()
    {
        // The coarse ones first: where one reaches over the range, the finer ones tell what it loses.
        for (const Tier tier : {Tier::Month, Tier::Day, Tier::Hour}) {
            for (const Span& span : sheetsIn(m_database, tier, m_range))
                clearSheet(tier, span);
        }
        // Minutes without remotes can't tell what one of these had in them; hours do.
        TierState& minutes = m_tiers[Tier::Minute];
        if (m_choice.asksForRemote() && m_range.start < minutes.detailFrom && minutes.keptFrom < minutes.detailFrom) {
            minutes.keptFrom = minutes.detailFrom;
            writeTier(m_database, Tier::Minute, minutes);
            for (const char* table : {"minute", "book_minute"})
                m_database.run(
                    QStringLiteral("DELETE FROM %1 WHERE start < ?").arg(QLatin1StringView(table)), minutes.keptFrom);
        }
        for (const Span& span : sheetsIn(m_database, Tier::Minute, m_range))
            clearSheet(Tier::Minute, span);
        return m_cleared;
    }

private:
    void clearSheet(Tier tier, const Span& span)
    {
        const PackedRows rows = unpackedSheet(tier, span);
        PackedRows gone;
        for (const PackedRow& row : rows) {
            const Span bucket = sliceSpan(tier, span, row.key.slice);
            if (bucket.start >= m_range.start && bucket.until <= m_range.until && m_choice.has(row))
                gone.push_back(row);
        }
        // The first and the last bucket may reach over the range.
        std::set<qint64> cut;
        for (const qint64 bound : {m_range.start, m_range.until}) {
            const qint64 slice = sliceAt(tier, span, bound);
            const Span bucket = sliceSpan(tier, span, slice);
            if (bucket.start < bound && bound < bucket.until)
                cut.insert(slice);
        }
        for (const qint64 slice : cut)
            gone = merged(gone, inSlice(chosenOf(overlap(sliceSpan(tier, span, slice)), tier), slice));
        if (gone.empty())
            return;
        m_cleared += gone.size();
        if (span.start < m_tiers[tier].detailFrom)
            gone = withoutRemotes(std::move(gone));
        replaceSheet(m_database, m_tiers, tier, span, without(rows, gone));
    }

    [[nodiscard]] PackedRows unpackedSheet(Tier tier, const Span& span) const
    {
        SheetReader reader(m_database, tier, Detail::Flows);
        reader.seek({span.start, span.start + 1});
        Sheet sheet;
        return reader.next(sheet) ? unpacked(sheet.rows) : PackedRows();
    }

    [[nodiscard]] Span overlap(const Span& span) const
    {
        return {std::max(span.start, m_range.start), std::min(span.until, m_range.until)};
    }

    /// The chosen rows of a span that is less than a tier's bucket, from finer ones.
    [[nodiscard]] PackedRows chosenOf(const Span& span, Tier tier) const
    {
        PackedRows gone;
        const Plan plan = planRange(span.start * msPerSecond, span.until * msPerSecond, m_stored);
        for (const Segment& segment : plan.segments)
            gone = merged(gone, chosenIn(segment.tier, segment.span));
        return tier == Tier::Hour ? gone : withoutProcesses(std::move(gone));
    }

    /// Of the buckets in a span, as one.
    [[nodiscard]] PackedRows chosenIn(Tier tier, const Span& span) const
    {
        PackedRows all;
        SheetReader reader(m_database, tier, Detail::Flows);
        reader.seek(span);
        for (Sheet sheet; reader.next(sheet);) {
            PackedRows rows = unpacked(sheet.rows);
            std::erase_if(rows, [&](const PackedRow& row) {
                const Span bucket = sliceSpan(tier, sheet.span, row.key.slice);
                return bucket.start < span.start || bucket.until > span.until || !m_choice.has(row);
            });
            all = merged(all, inSlice(std::move(rows), 0));
        }
        return all;
    }

    const Database& m_database;
    const Choice& m_choice;
    Stored m_stored;
    Span m_range;
    TierStates m_tiers;
    quint64 m_cleared = 0;
};

qint64 clearBooks(const Database& database, const Span& range)
{
    const qint64 dropped
        = database
              .run(QStringLiteral("DELETE FROM book_minute WHERE start >= ? AND start < ?"), range.start, range.until)
              .affectedRows();
    return dropped + remakeBookHours(database, floorTo(range.start, hourSeconds), ceilTo(range.until, hourSeconds));
}

} // namespace

quint64 clearHistory(const Database& database, const Clearing& what)
{
    // What is deleted is overwritten, wherever in a page it was.
    database.run(QStringLiteral("PRAGMA secure_delete = ON"));
    Transaction transaction(database);
    HistoryQuery byRemote;
    byRemote.sinceMs = what.sinceMs;
    byRemote.untilMs = what.untilMs;
    byRemote.by = {Dimension::Remote};
    Stored stored = storedFor(database, byRemote, {Detail::Flows, false});
    const Plan plan = planRange(what.sinceMs, what.untilMs, stored);
    const Span range{plan.bounds.front(), plan.bounds.back()};
    const Choice choice(database, what);
    quint64 cleared = Clearer(database, choice, std::move(stored), range).run();
    if (!choice.isNarrow()) {
        cleared += static_cast<quint64>(clearBooks(database, range));
        uncover(database, {range.start * msPerSecond, range.until * msPerSecond});
        database.run(QStringLiteral("DELETE FROM event WHERE time_ms >= ? AND time_ms < ?"),
            range.start * msPerSecond, range.until * msPerSecond);
    }
    transaction.commit();
    if (cleared > 0)
        dropOrphans(database);
    giveSpaceBack(database);
    database.run(QStringLiteral("PRAGMA secure_delete = OFF"));
    return cleared;
}

} // namespace bwt::store
