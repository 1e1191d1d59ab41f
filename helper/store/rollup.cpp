// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/rollup.h"

#include "helper/store/tiers.h"

#include <QDeadlineTimer>

#include <algorithm>
#include <iterator>
#include <utility>

namespace bwt::store {

namespace {

/// A bucket to be made of those of a finer tier.
struct Task {
    Tier tier;
    Tier from;
    Span span;
};

qint64 endOfHour(qint64 start)
{
    const qint64 end = floorTo(start, hourSeconds) + hourSeconds;
    const qint64 nextDay = nextMidnight(start);
    return std::min(end, nextDay);
}

/// Where hours end and begin: a day or month can only end there. A time zone that was changed since may disagree.
qint64 hourBound(const Database& database, qint64 seconds)
{
    for (const Span& sheet : sheetsIn(database, Tier::Hour, {seconds - 1, seconds + 1})) {
        if (sheet.start < seconds && seconds < sheet.until)
            return sliceSpan(Tier::Hour, sheet, sliceAt(Tier::Hour, sheet, seconds)).start;
    }
    return seconds;
}

/// The tier's next bucket, if its time is over: everything that it is made of is complete before `until`. Stretches
/// without traffic are passed over, up to the bucket that goes on.
std::optional<Task> taskOf(
    const Database& database, const TierStates& tiers, Tier tier, Tier from, qint64 (*begin)(qint64), qint64 until)
{
    const qint64 done = tiers[tier].completeUntil;
    const std::optional<Span> first = firstSheetFrom(database, from, done);
    const qint64 open = begin(until);
    if (!first || first->start >= open) {
        const Task idle{tier, from, {done, open}};
        return done < open ? std::optional(idle) : std::nullopt;
    }
    const qint64 inside = first->until - 1; // where the tier's bucket surely is that holds it
    Task task{tier, from, {std::max(done, begin(first->start)), 0}};
    switch (tier) {
    case Tier::Minute:
        return std::nullopt;
    case Tier::Hour:
        task.span.until = endOfHour(first->start);
        break;
    case Tier::Day:
        task.span.until = hourBound(database, nextMidnight(inside));
        break;
    case Tier::Month: {
        // Days that begin in it: where a zone was changed the last one reaches over its end.
        task.span.until = nextMonthStart(inside);
        for (const Span& day : sheetsIn(database, Tier::Day, {task.span.until - 1, task.span.until}))
            task.span.until = day.until;
        break;
    }
    }
    return task.span.until <= until ? std::optional(task) : std::nullopt;
}

qint64 hourStart(qint64 seconds)
{
    return std::max(floorTo(seconds, hourSeconds), midnight(seconds));
}

std::optional<Task> nextTask(const Database& database, const TierStates& tiers, qint64 now)
{
    if (auto task = taskOf(database, tiers, Tier::Hour, Tier::Minute, &hourStart, now))
        return task;
    if (auto task = taskOf(database, tiers, Tier::Day, Tier::Hour, &midnight, tiers[Tier::Hour].completeUntil))
        return task;
    return taskOf(database, tiers, Tier::Month, Tier::Day, &monthStart, tiers[Tier::Day].completeUntil);
}

void run(const Database& database, const Task& task, const TierStates& tiers)
{
    Transaction transaction(database);
    PackedRows rows;
    SheetReader reader(database, task.from, Detail::Flows);
    reader.seek(task.span);
    for (Sheet sheet; reader.next(sheet);)
        std::ranges::copy(unpacked(sheet.rows), std::back_inserter(rows));
    if (task.tier != Tier::Hour)
        rows = withoutProcesses(std::move(rows));
    rows = inSlice(std::move(rows), 0);
    replaceSheet(database, tiers, task.tier, task.span, rows);
    if (task.from != Tier::Day && !rows.empty())
        joinSheets(database, tiers, task.from, task.span);
    TierState state = tiers[task.tier];
    state.completeUntil = task.span.until;
    writeTier(database, task.tier, state);
    transaction.commit();
}

} // namespace

bool rollUp(const Database& database, qint64 nowSeconds, std::chrono::milliseconds most)
{
    const QDeadlineTimer deadline(most);
    do {
        const TierStates tiers = readTiers(database);
        const std::optional<Task> task = nextTask(database, tiers, nowSeconds);
        if (!task)
            return false;
        run(database, *task, tiers);
    } while (!deadline.hasExpired());
    return true;
}

} // namespace bwt::store
