// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/viewchoice.h"

#include "app/models/groupcolors.h"

#include <QMetaEnum>
#include <QSettings>

#include <algorithm>

namespace bwt {

namespace {

constexpr qint64 minuteMs = 60'000;
constexpr qint64 hourMs = 60 * minuteMs;
constexpr qint64 dayMs = 24 * hourMs;

constexpr auto rangeKey = QLatin1StringView("view/range");
constexpr auto sinceKey = QLatin1StringView("view/since");
constexpr auto untilKey = QLatin1StringView("view/until");
constexpr auto scopeKey = QLatin1StringView("view/scope");
constexpr auto groupingKey = QLatin1StringView("view/grouping");

qint64 lengthOf(RangeKind kind)
{
    switch (kind) {
    case RangeKind::Hour:
        return hourMs;
    case RangeKind::Day:
        return dayMs;
    case RangeKind::Week:
        return 7 * dayMs;
    case RangeKind::Month:
        return 30 * dayMs;
    case RangeKind::Live:
    case RangeKind::Fixed:
        break;
    }
    return liveSpanMs;
}

template <typename Enum> QString enumName(Enum value)
{
    return QLatin1StringView(QMetaEnum::fromType<Enum>().valueToKey(static_cast<int>(value)));
}

template <typename Enum> Enum readEnum(const QSettings& settings, QLatin1StringView key, Enum fallback)
{
    bool known = false;
    const QByteArray name = settings.value(key).toByteArray();
    const int value = QMetaEnum::fromType<Enum>().keyToValue(name.constData(), &known);
    return known ? static_cast<Enum>(value) : fallback;
}

} // namespace

TimeSpan RangeChoice::spanAt(qint64 nowMs) const
{
    if (kind == RangeKind::Fixed)
        return fixed;
    return {nowMs - lengthOf(kind), nowMs};
}

Dimension dimensionOf(Grouping grouping)
{
    switch (grouping) {
    case Grouping::App:
        return Dimension::App;
    case Grouping::Process:
        return Dimension::Process;
    case Grouping::Host:
        return Dimension::Remote;
    case Grouping::Protocol:
        return Dimension::Protocol;
    case Grouping::Country:
        return Dimension::Country;
    case Grouping::Operator:
        return Dimension::Asn;
    }
    return Dimension::App;
}

QString scopeFilter(ScopeChoice scope)
{
    switch (scope) {
    case ScopeChoice::Internet:
        return QStringLiteral("internet");
    case ScopeChoice::Lan:
        return QStringLiteral("lan");
    case ScopeChoice::Tunnel:
        return QStringLiteral("tunnel");
    case ScopeChoice::All:
        break;
    }
    return {};
}

bool holdsScope(ScopeChoice choice, const QString& scope)
{
    return choice == ScopeChoice::All || scope == scopeFilter(choice);
}

Resolution resolutionFor(const TimeSpan& span, qint64 nowMs)
{
    constexpr qint64 quickHoursMs = 32 * dayMs; // the helper has sums of them by program
    const qint64 length = span.lengthMs();
    if (length <= 4 * hourMs)
        return {QStringLiteral("minute"), minuteMs};
    if (length <= dayMs)
        return {QStringLiteral("5min"), 5 * minuteMs};
    if (length <= 2 * dayMs)
        return {QStringLiteral("10min"), 10 * minuteMs};
    if (length <= 10 * dayMs)
        return {QStringLiteral("hour"), hourMs};
    if (span.sinceMs >= nowMs - quickHoursMs)
        return {QStringLiteral("3h"), 3 * hourMs};
    if (length <= 800 * dayMs)
        return {QStringLiteral("day"), dayMs};
    return {QStringLiteral("month"), 28 * dayMs};
}

quint32 groupsInBucket(const TimeSpan& span, const Resolution& resolution, const QString& filter)
{
    constexpr qint64 coloured = 2 * GroupColors::colorCount; // a group keeps its colour when others pass it
    constexpr qint64 most = 200;
    constexpr qint64 rowsInAnswer = 40'000; // of some 700 bytes each
    if (filter.isEmpty())
        return coloured;
    const qint64 buckets = span.lengthMs() / resolution.bucketMs + 1;
    return static_cast<quint32>(std::clamp(rowsInAnswer / buckets, coloured, most));
}

void saveChoice(QSettings& settings, const ViewChoice& choice)
{
    settings.setValue(rangeKey, enumName(choice.range.kind));
    settings.setValue(sinceKey, choice.range.fixed.sinceMs);
    settings.setValue(untilKey, choice.range.fixed.untilMs);
    settings.setValue(scopeKey, enumName(choice.scope));
    settings.setValue(groupingKey, enumName(choice.grouping));
}

ViewChoice loadChoice(const QSettings& settings)
{
    ViewChoice choice;
    choice.range.kind = readEnum(settings, rangeKey, choice.range.kind);
    choice.range.fixed = {settings.value(sinceKey).toLongLong(), settings.value(untilKey).toLongLong()};
    if (choice.range.kind == RangeKind::Fixed && choice.range.fixed.lengthMs() <= 0)
        choice.range = {};
    choice.scope = readEnum(settings, scopeKey, choice.scope);
    choice.grouping = readEnum(settings, groupingKey, choice.grouping);
    return choice;
}

} // namespace bwt
