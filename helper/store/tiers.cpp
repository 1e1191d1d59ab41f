// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/tiers.h"

namespace bwt::store {

qint64 minutesKeptFrom(const Database& database)
{
    return database.prepare(QStringLiteral("SELECT kept_from FROM tier WHERE name = 'minute'")).find().value_or(0);
}

std::optional<qint64> oldestBucket(const Database& database)
{
    // Every minute has its hour. Where the minute is kept too, it is the closer answer.
    return database
        .prepare(QStringLiteral("SELECT CASE WHEN hours.oldest < tier.kept_from THEN hours.oldest "
                                "ELSE coalesce((SELECT min(start) FROM minute), hours.oldest) END "
                                "FROM tier, (SELECT min(start) AS oldest FROM hour) AS hours WHERE name = 'minute'"))
        .find();
}

} // namespace bwt::store
