// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/packed.h"

#include <array>
#include <optional>
#include <vector>

/// The tables of buckets that the history is stored in. Times are seconds since the epoch.
///
///            a bucket is                          knows              and for longer
///     minute 60 s                                 process, remote    neither
///     hour   3600 s of UTC, in two                process, remote    no process, from where minutes know none
///            where a local day begins
///     day    from local midnight on               remote             no remote
///     month  days                                 remote             no remote
///
/// Hours as young as the oldest minutes, days and months have the sums of programs beside the rows of flows, and
/// months the bytes of remotes, for quick answers.
///
/// A row of a table is a sheet: one bucket or, once the bucket of the next tier is made, all minutes of an hour, or
/// all hours of a day, of which each is a slice. So a flow's key is there once, however often it was seen.
///
/// Each tier from hour on is made of the one before it, once a bucket's time is over, and holds everything from
/// `keptFrom` until `completeUntil`; minutes hold everything from `keptFrom` on. What is recorded later of a time
/// that is complete goes into every tier that has it.
namespace bwt::store {

inline constexpr qint64 msPerSecond = 1000;
inline constexpr qint64 minuteSeconds = 60;
inline constexpr qint64 hourSeconds = 3600;
inline constexpr qint64 daySeconds = 24 * hourSeconds;

[[nodiscard]] constexpr qint64 floorTo(qint64 seconds, qint64 step)
{
    return seconds - seconds % step;
}
[[nodiscard]] constexpr qint64 ceilTo(qint64 seconds, qint64 step)
{
    return floorTo(seconds + step - 1, step);
}

/// Start of the local day that the moment is in.
[[nodiscard]] qint64 midnight(qint64 seconds);
[[nodiscard]] qint64 nextMidnight(qint64 seconds);
/// Start of the local month.
[[nodiscard]] qint64 monthStart(qint64 seconds);
[[nodiscard]] qint64 nextMonthStart(qint64 seconds);

enum class Tier { Minute, Hour, Day, Month };
inline constexpr std::array allTiers{Tier::Minute, Tier::Hour, Tier::Day, Tier::Month};
[[nodiscard]] QString tierName(Tier tier);

struct TierState {
    qint64 keptFrom = 0; ///< older buckets were dropped; the start of a bucket of the next tier
    qint64 detailFrom = 0; ///< older ones know no remote (and no process) any more; not below keptFrom
    qint64 completeUntil = 0; ///< without meaning for minutes
};

struct TierStates {
    std::array<TierState, allTiers.size()> all;
    [[nodiscard]] const TierState& operator[](Tier tier) const { return all[static_cast<std::size_t>(tier)]; }
    [[nodiscard]] TierState& operator[](Tier tier) { return all[static_cast<std::size_t>(tier)]; }
};

[[nodiscard]] TierStates readTiers(const Database& database);
void writeTier(const Database& database, Tier tier, const TierState& state);

/// Half-open.
struct Span {
    qint64 start = 0;
    qint64 until = 0;
    friend bool operator==(const Span&, const Span&) = default;
};

/// Which bucket of a sheet the moment is in, and when a sheet's bucket is.
[[nodiscard]] qint64 sliceAt(Tier tier, const Span& sheet, qint64 second);
[[nodiscard]] Span sliceSpan(Tier tier, const Span& sheet, qint64 slice);
[[nodiscard]] qint64 sliceCount(Tier tier, const Span& sheet);

/// The sheets of a tier that lie in or reach into a span, in order of time.
[[nodiscard]] std::vector<Span> sheetsIn(const Database& database, Tier tier, const Span& span);
/// Start of the oldest bucket of any tier; nothing in an empty history.
[[nodiscard]] std::optional<qint64> oldestBucket(const Database& database);
/// The tier's first sheet that begins at or after the moment.
[[nodiscard]] std::optional<Span> firstSheetFrom(const Database& database, Tier tier, qint64 start);

/// What a reader wants to know of rows.
enum class Detail {
    Programs, ///< no process, no remote: the quickest
    Remotes, ///< bytes alone, by user, scope and remote
    Flows, ///< as much as is kept
};

struct Sheet {
    Span span;
    Detail detail = Detail::Flows; ///< Remotes: a group's key is [uid, 0, scope]. Else not less than was asked for
    QByteArray rows; ///< packed
    QByteArray sums; ///< of programs; null where `rows` are all there is
};

/// Goes through a tier's sheets that lie in or reach into a span, in order of time.
class SheetReader {
public:
    enum class Sums { Unwanted, Wanted };
    SheetReader(const Database& database, Tier tier, Detail detail, Sums sums = Sums::Unwanted);

    void seek(const Span& span) { m_statement.run(span.start, span.until, span.start); }
    [[nodiscard]] bool next(Sheet& sheet);

private:
    Detail m_detail;
    Statement m_statement;
};

/// Adds to a bucket, which is made where there is none. Rows are in slice 0.
void addTo(const Database& database, const TierStates& tiers, Tier tier, const Span& bucket, const PackedRows& rows);
/// Puts rows in place of a sheet's.
void replaceSheet(
    const Database& database, const TierStates& tiers, Tier tier, const Span& sheet, const PackedRows& rows);
/// Makes one sheet of all that begin in a span.
void joinSheets(const Database& database, const TierStates& tiers, Tier tier, const Span& span);

} // namespace bwt::store
