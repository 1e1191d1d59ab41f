// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/settingentry.h"

#include <algorithm>
#include <array>

namespace bwt {

namespace {

constexpr std::array originNames{
    QLatin1StringView("default"), QLatin1StringView("file"), QLatin1StringView("command-line")};
constexpr std::array reachNames{
    QLatin1StringView("fixed"), QLatin1StringView("at-once"), QLatin1StringView("next-start")};

/// A helper of another version may know words that we don't: the first of ours is the most careful one.
template <typename Value> Value fromName(const auto& names, const QString& name)
{
    const auto* found = std::ranges::find(names, name);
    return static_cast<Value>(found == names.end() ? 0 : found - names.begin());
}

} // namespace

QString settingOriginName(SettingOrigin origin)
{
    return originNames.at(static_cast<std::size_t>(origin));
}

QString settingReachName(SettingReach reach)
{
    return reachNames.at(static_cast<std::size_t>(reach));
}

QDBusArgument& operator<<(QDBusArgument& out, const SettingEntry& value)
{
    out.beginStructure();
    out << value.name << value.value << value.standard << settingOriginName(value.origin)
        << settingReachName(value.reach);
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, SettingEntry& value)
{
    QString origin;
    QString reach;
    in.beginStructure();
    in >> value.name >> value.value >> value.standard >> origin >> reach;
    in.endStructure();
    value.origin = fromName<SettingOrigin>(originNames, origin);
    value.reach = fromName<SettingReach>(reachNames, reach);
    return in;
}

} // namespace bwt
