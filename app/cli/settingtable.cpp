// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/settingtable.h"

namespace bwt::cli {

namespace {

QString valueText(const QString& value)
{
    return value.isEmpty() ? QStringLiteral("—") : printable(value);
}

QString originText(const SettingEntry& setting)
{
    switch (setting.origin) {
    case SettingOrigin::Default:
        return QStringLiteral("default");
    case SettingOrigin::File:
        return QStringLiteral("settings file; default %1").arg(valueText(setting.standard));
    case SettingOrigin::CommandLine:
        return QStringLiteral("command line, which wins");
    }
    Q_UNREACHABLE();
}

QString reachText(SettingReach reach)
{
    switch (reach) {
    case SettingReach::Fixed:
        return QStringLiteral("only in the file");
    case SettingReach::AtOnce:
        return QStringLiteral("at once");
    case SettingReach::NextStart:
        return QStringLiteral("at the next start");
    }
    Q_UNREACHABLE();
}

} // namespace

Table settingTable(const SettingList& settings)
{
    constexpr int leastWidth = 12;
    Table table({{.heading = QStringLiteral("Setting")},
        {.heading = QStringLiteral("Value"), .leastWidth = leastWidth, .shrinks = true},
        {.heading = QStringLiteral("From"), .leastWidth = leastWidth, .shrinks = true, .dropOrder = 2},
        {.heading = QStringLiteral("Changes"), .dropOrder = 1}});
    for (const SettingEntry& setting : settings)
        table.addRow({{setting.name}, {valueText(setting.value)}, {originText(setting), Ink::Faint},
            {reachText(setting.reach), Ink::Faint}});
    return table;
}

} // namespace bwt::cli
