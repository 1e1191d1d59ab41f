// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/bucket.h"

#include <QString>

namespace bwt {

namespace {

using namespace std::chrono_literals;

constexpr int minutesInHour = 60;
constexpr int hoursInDay = 24;

std::optional<Bucket> partOfDay(QStringView name, QLatin1StringView unitName, Bucket::Unit unit, int inDay)
{
    if (!name.endsWith(unitName))
        return {};
    bool isNumber = false;
    const QStringView digits = name.chopped(unitName.size());
    const int count = digits.toInt(&isNumber);
    const bool isPlain = isNumber && digits[0].isDigit();
    return isPlain && count > 0 && inDay % count == 0 ? std::optional(Bucket(unit, count)) : std::nullopt;
}

} // namespace

std::chrono::milliseconds Bucket::leastLength() const
{
    switch (unit) {
    case Minute:
        return count * 1min;
    case Hour:
        return count * 1h;
    case Day:
        return 23h;
    case Month:
        break;
    }
    return 28 * 24h;
}

std::optional<Bucket> bucketFromName(QStringView name)
{
    if (name == QLatin1StringView("minute"))
        return Bucket::Minute;
    if (name == QLatin1StringView("hour"))
        return Bucket::Hour;
    if (name == QLatin1StringView("day"))
        return Bucket::Day;
    if (name == QLatin1StringView("month"))
        return Bucket::Month;
    if (const auto minutes = partOfDay(name, QLatin1StringView("min"), Bucket::Minute, hoursInDay * minutesInHour))
        return minutes;
    return partOfDay(name, QLatin1StringView("h"), Bucket::Hour, hoursInDay);
}

QString bucketNames()
{
    return QStringLiteral("minute, hour, day, month, or a part of a day like 5min or 3h");
}

} // namespace bwt
