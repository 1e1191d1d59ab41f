// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/arguments.h"

#include "helper/collector/naming.h"
#include "helper/places/place.h"

#include <algorithm>
#include <chrono>
#include <climits>

namespace bwt::arguments {

using namespace std::chrono_literals;

namespace {

constexpr quint32 mostRows = 10'000;
constexpr qsizetype mostNames = 11; // as many as there are dimensions
constexpr qsizetype longestText = PATH_MAX; // an app's id may be its path
constexpr qsizetype longestName = 100;
constexpr std::int64_t mostBuckets = 50'000;
constexpr quint64 latestMs = 253'402'300'799'999; // the end of the year 9999, where texts of times end

} // namespace

Result<Dimensions> grouping(const QStringList& names)
{
    if (names.size() > mostNames)
        return failure(ErrorCode::LimitExceeded, QStringLiteral("by: at most %1 names").arg(mostNames));
    if (const auto dimensions = dimensionsFromNames(names))
        return *dimensions;
    return failure(ErrorCode::InvalidArgument, QStringLiteral("by: a name that is no grouping"));
}

Result<quint32> limit(quint32 rows)
{
    if (rows >= 1 && rows <= mostRows)
        return rows;
    return failure(ErrorCode::InvalidArgument, QStringLiteral("limit: 1 to %1").arg(mostRows));
}

Result<Range> range(quint64 sinceMs, quint64 untilMs, std::int64_t nowMs)
{
    if (sinceMs > latestMs || untilMs > latestMs)
        return failure(ErrorCode::InvalidArgument, QStringLiteral("since_ms, until_ms: beyond the year 9999"));
    const Range range{std::int64_t(sinceMs), untilMs == 0 ? nowMs : std::int64_t(untilMs)};
    if (range.sinceMs < range.untilMs)
        return range;
    return failure(ErrorCode::InvalidArgument, QStringLiteral("since_ms: not before until_ms"));
}

Result<Filter> filter(const Filter& filter)
{
    const auto fields
        = {filter.process, filter.app, filter.protocol, filter.remote, filter.scope, filter.service, filter.network};
    const bool fits = std::ranges::all_of(fields, [](const QString& field) { return field.size() <= longestText; });
    if (!fits)
        return failure(ErrorCode::LimitExceeded, QStringLiteral("filter: a text longer than %1").arg(longestText));
    if (!filter.country.isEmpty() && countryFromText(filter.country.toLatin1()) == 0)
        return failure(ErrorCode::InvalidArgument, QStringLiteral("filter: a country is two letters"));
    if (filter.uid == unknownUid)
        return failure(ErrorCode::InvalidArgument, QStringLiteral("filter: no such uid"));
    return filter;
}

Result<Clearing> clearing(const Range& range, const QString& app, const QString& remote)
{
    if (app.size() > longestText)
        return failure(ErrorCode::LimitExceeded, QStringLiteral("app: longer than %1").arg(longestText));
    const auto address = addressFromText(remote);
    if (!remote.isEmpty() && !address)
        return failure(ErrorCode::InvalidArgument, QStringLiteral("remote: no address"));
    return Clearing{range.sinceMs, range.untilMs, app, address ? addressText(*address) : QString()};
}

Result<AppChange> appChange(const AppChange& change)
{
    if (change.app.isEmpty())
        return failure(ErrorCode::InvalidArgument, QStringLiteral("app_id: empty"));
    if (change.app.size() > longestText || change.value.size() > longestText)
        return failure(ErrorCode::LimitExceeded, QStringLiteral("a text longer than %1").arg(longestText));
    if (change.kind != AppChange::Kind::Rename)
        return change;
    const QString name = change.value.trimmed();
    if (name.isEmpty() || name.size() > longestName || printable(name.toUtf8()) != name)
        return failure(
            ErrorCode::InvalidArgument, QStringLiteral("name: 1 to %1 printable characters").arg(longestName));
    return AppChange{change.kind, change.app, name};
}

Result<ExportFormat> exportFormat(const QString& name)
{
    if (const auto format = exportFormatFromName(name))
        return *format;
    return failure(ErrorCode::InvalidArgument, QStringLiteral("format: csv or json"));
}

Result<Bucket> bucket(const QString& name)
{
    if (const auto bucket = bucketFromName(name))
        return *bucket;
    return failure(ErrorCode::InvalidArgument, QStringLiteral("bucket: ") + bucketNames());
}

Result<Bucket> bucket(const QString& name, const Range& range)
{
    const auto bucket = arguments::bucket(name);
    if (!bucket || (range.untilMs - range.sinceMs) / bucket->leastLength().count() <= mostBuckets)
        return bucket;
    return failure(ErrorCode::LimitExceeded, QStringLiteral("bucket: more than %1 in the range").arg(mostBuckets));
}

} // namespace bwt::arguments
