// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/usagegroup.h"

#include "app/models/placetext.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>
#include <initializer_list>

namespace bwt {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(bwt::UsageGroup)
};

// Can't be a pid, a path, an address or a protocol.
constexpr auto otherUsersKey = QLatin1StringView("\x01others");
constexpr auto restKey = QLatin1StringView("\x01rest");

QString firstKnown(std::initializer_list<QString> texts)
{
    const auto* found = std::ranges::find_if(texts, [](const QString& text) { return !text.isEmpty(); });
    return found == texts.end() ? QString() : *found;
}

QString fileName(const QString& path)
{
    return path.mid(path.lastIndexOf(u'/') + 1);
}

QString processName(const Row& row)
{
    const QString name = firstKnown({row.processName, fileName(row.exe)});
    return name.isEmpty() ? Text::tr("Unknown program") : name;
}

} // namespace

QString groupKey(const Row& row, Grouping grouping)
{
    if (row.kind == RowKind::OtherUsers)
        return otherUsersKey;
    if (row.kind == RowKind::Rest)
        return restKey;
    switch (grouping) {
    case Grouping::App:
        return row.appId;
    case Grouping::Process:
        if (!row.pid)
            return {};
        return QString::number(*row.pid) % u'@' % QString::number(row.startTimeMs.value_or(0));
    case Grouping::Host:
        return row.remoteIp;
    case Grouping::Protocol:
        return row.protocol;
    case Grouping::Country:
        return row.country;
    case Grouping::Operator:
        return row.asn ? QString::number(*row.asn) : QString();
    }
    return {};
}

QString groupName(const Row& row, Grouping grouping)
{
    if (row.kind == RowKind::OtherUsers)
        return Text::tr("Other people on this computer");
    if (row.kind == RowKind::Rest)
        return Text::tr("Everything else");
    switch (grouping) {
    case Grouping::App: {
        const QString name = firstKnown({row.appName, fileName(row.appId)});
        return name.isEmpty() ? Text::tr("Unknown app") : name;
    }
    case Grouping::Process:
        if (!row.pid || *row.pid == 0)
            return processName(row);
        return Text::tr("%1 · %2", "process name · pid").arg(processName(row), QString::number(*row.pid));
    case Grouping::Host: {
        const QString name = firstKnown({row.remoteName, row.remoteIp});
        return name.isEmpty() ? Text::tr("Unknown address") : name;
    }
    case Grouping::Protocol:
        return row.protocol.isEmpty() ? Text::tr("Unknown protocol") : row.protocol;
    case Grouping::Country:
        return row.country.isEmpty() ? Text::tr("Unknown country") : countryName(row.country);
    case Grouping::Operator:
        return row.asn ? operatorName(row.asn, row.asName) : Text::tr("Unknown network operator");
    }
    return {};
}

bool matchesText(const Row& row, const QString& name, const QString& text)
{
    const QString wanted = text.trimmed();
    if (wanted.isEmpty())
        return true;
    const auto holds = [&](const QString& field) { return field.contains(wanted, Qt::CaseInsensitive); };
    return holds(name) || holds(row.exe) || holds(row.appId) || holds(row.remoteIp) || holds(row.userName)
        || row.country.compare(wanted, Qt::CaseInsensitive) == 0 || holds(countryName(row.country))
        || holds(operatorText(row.asn, row.asName));
}

std::optional<Filter> groupFilter(const UsageGroup& group, Grouping grouping, ScopeChoice scope)
{
    if (group.row.kind != RowKind::Named || group.key.isEmpty())
        return std::nullopt;
    Filter filter;
    filter.scope = scopeFilter(scope);
    switch (grouping) {
    case Grouping::App:
        filter.app = group.row.appId;
        break;
    case Grouping::Process:
        filter.pid = group.row.pid.value_or(0);
        filter.startTimeMs = group.row.startTimeMs.value_or(0);
        break;
    case Grouping::Host:
        filter.remote = group.row.remoteIp;
        break;
    case Grouping::Protocol:
        filter.protocol = group.row.protocol;
        break;
    case Grouping::Country:
        filter.country = group.row.country;
        break;
    case Grouping::Operator:
        filter.asn = group.row.asn.value_or(0);
        break;
    }
    return filter;
}

QList<UsageGroup> groupRows(const QList<Row>& rows, Grouping grouping)
{
    QList<UsageGroup> groups;
    QHash<QString, qsizetype> indexOfKey;
    groups.reserve(rows.size());
    for (const Row& row : rows) {
        const QString key = groupKey(row, grouping);
        const auto known = indexOfKey.constFind(key);
        if (known != indexOfKey.constEnd()) {
            groups[*known].row.numbers += row.numbers;
            continue;
        }
        indexOfKey.insert(key, groups.size());
        groups.append({key, groupName(row, grouping), row});
    }
    return groups;
}

bool holdsOtherUsers(const QList<UsageGroup>& groups)
{
    return std::ranges::any_of(groups, [](const UsageGroup& group) { return group.row.kind == RowKind::OtherUsers; });
}

Numbers sumOf(const QList<UsageGroup>& groups)
{
    Numbers sum;
    for (const UsageGroup& group : groups)
        sum += group.row.numbers;
    return sum;
}

} // namespace bwt
