// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/timerange.h"

#include <QDateTime>
#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <chrono>

namespace bwt::cli {

namespace {

using std::chrono::milliseconds;

struct Unit {
    QLatin1StringView name;
    milliseconds length;
};

constexpr std::array units{
    Unit{QLatin1StringView("s"), std::chrono::seconds(1)},
    Unit{QLatin1StringView("min"), std::chrono::minutes(1)},
    Unit{QLatin1StringView("h"), std::chrono::hours(1)},
    Unit{QLatin1StringView("d"), std::chrono::days(1)},
    Unit{QLatin1StringView("w"), std::chrono::weeks(1)},
    Unit{QLatin1StringView("y"), std::chrono::days(365)},
};

/// Shorter numbers are seconds since the epoch far more often than moments of 1970 to 1973.
constexpr qsizetype fewestEpochMsDigits = 12;

QDate localDate(qint64 ms)
{
    return QDateTime::fromMSecsSinceEpoch(ms).date();
}

/// Where a zone skips midnight, the first moment after it.
qint64 startOf(QDate day)
{
    return day.startOfDay().toMSecsSinceEpoch();
}

} // namespace

std::optional<qint64> durationFromText(const QString& text)
{
    static const QRegularExpression form(QStringLiteral("^([0-9]{1,6})(s|min|h|d|w|y)$"));
    const auto match = form.match(text);
    if (!match.hasMatch())
        return std::nullopt;
    for (const Unit& unit : units) {
        if (match.captured(2) == unit.name)
            return match.captured(1).toLongLong() * unit.length.count();
    }
    return std::nullopt;
}

std::optional<TimeRange> calendarRange(const QString& name, qint64 nowMs)
{
    const QDate today = localDate(nowMs);
    if (name == QLatin1StringView("today"))
        return TimeRange{startOf(today), 0};
    if (name == QLatin1StringView("yesterday"))
        return TimeRange{startOf(today.addDays(-1)), startOf(today)};
    if (name == QLatin1StringView("week"))
        return TimeRange{startOf(today.addDays(Qt::Monday - today.dayOfWeek())), 0};
    if (name == QLatin1StringView("month"))
        return TimeRange{startOf({today.year(), today.month(), 1}), 0};
    if (name == QLatin1StringView("year"))
        return TimeRange{startOf({today.year(), 1, 1}), 0};
    if (name == QLatin1StringView("all"))
        return TimeRange();
    return std::nullopt;
}

TimeRange billingPeriod(int day, int back, qint64 nowMs)
{
    const QDate today = localDate(nowMs);
    const QDate thisMonth(today.year(), today.month(), 1);
    const auto beginning = [&](int months) {
        const QDate month = thisMonth.addMonths(months);
        return startOf({month.year(), month.month(), std::min(day, month.daysInMonth())});
    };
    const int current = beginning(0) <= nowMs ? 0 : -1;
    return {beginning(current - back), back == 0 ? 0 : beginning(current - back + 1)};
}

std::optional<qint64> momentFromText(const QString& text, qint64 nowMs)
{
    if (const auto ago = durationFromText(text))
        return *ago <= nowMs ? std::optional(nowMs - *ago) : std::nullopt;
    bool isNumber = false;
    const qint64 ms = text.toLongLong(&isNumber);
    if (isNumber)
        return text.size() >= fewestEpochMsDigits && ms > 0 ? std::optional(ms) : std::nullopt;
    const QDateTime moment = QDateTime::fromString(text, Qt::ISODateWithMs);
    if (!moment.isValid() || moment.toMSecsSinceEpoch() < 0)
        return std::nullopt;
    return moment.toMSecsSinceEpoch();
}

QString momentText(qint64 ms)
{
    const QDateTime moment = QDateTime::fromMSecsSinceEpoch(ms);
    return moment.toOffsetFromUtc(moment.offsetFromUtc()).toString(Qt::ISODate);
}

} // namespace bwt::cli
