// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/settingtable.h"

#include "helper/collector/naming.h"

#include <algorithm>
#include <array>

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds shortestInterval = 1s;
constexpr std::chrono::milliseconds longestInterval = 5s;
constexpr std::chrono::days fewestMinuteDays(2); // the clean-up needs a day that is over, whatever the zone
constexpr std::chrono::days mostDays(36'500);
constexpr quint64 leastMegabytes = 16;
constexpr quint64 mostMegabytes = 1024 * 1024;

Result<void> setBus(HelperSettings& settings, const QString& value)
{
    const bool isNamed = value == QLatin1StringView("system") || value == QLatin1StringView("session");
    if (!isNamed && !value.contains(QLatin1Char(':')))
        return failure(ErrorCode::InvalidArgument, QStringLiteral("system, session or a D-Bus address"));
    settings.bus = value;
    return {};
}

Result<void> setStateDir(HelperSettings& settings, const QString& value)
{
    if (!value.startsWith(QLatin1Char('/')))
        return failure(ErrorCode::InvalidArgument, QStringLiteral("a directory's path from the root"));
    settings.stateDir = value;
    return {};
}

Result<void> setBackend(HelperSettings& settings, const QString& value)
{
    settings.backend = value; // whoever makes the source knows the names
    return {};
}

Result<void> setInterval(HelperSettings& settings, const QString& value)
{
    bool isNumber = false;
    const std::chrono::milliseconds interval(value.toInt(&isNumber));
    if (!isNumber || interval < shortestInterval || interval > longestInterval)
        return failure(ErrorCode::InvalidArgument, QStringLiteral("1000 to 5000 milliseconds"));
    settings.interval = interval;
    return {};
}

Result<void> setWire(HelperSettings& settings, const QString& value)
{
    if (value != QLatin1StringView("on") && value != QLatin1StringView("off"))
        return failure(ErrorCode::InvalidArgument, QStringLiteral("on or off"));
    settings.wire = value == QLatin1StringView("on") ? WireCounting::On : WireCounting::Off;
    return {};
}

Result<std::chrono::days> days(const QString& value, std::chrono::days least)
{
    bool isNumber = false;
    const std::chrono::days days(value.toInt(&isNumber));
    if (!isNumber || days < least || days > mostDays)
        return failure(
            ErrorCode::InvalidArgument, QStringLiteral("%1 to %2 days").arg(least.count()).arg(mostDays.count()));
    return days;
}

Result<void> setKeepMinutes(HelperSettings& settings, const QString& value)
{
    return days(value, fewestMinuteDays).map([&](std::chrono::days kept) { settings.keepMinutes = kept; });
}

Result<void> setKeepAppMinutes(HelperSettings& settings, const QString& value)
{
    return days(value, fewestMinuteDays).map([&](std::chrono::days kept) { settings.keepAppMinutes = kept; });
}

Result<void> setKeepHours(HelperSettings& settings, const QString& value)
{
    return days(value, fewestMinuteDays).map([&](std::chrono::days kept) { settings.keepHours = kept; });
}

Result<void> setHistorySize(HelperSettings& settings, const QString& value)
{
    bool isNumber = false;
    const quint64 megabytes = value.toULongLong(&isNumber);
    if (!isNumber || megabytes < leastMegabytes || megabytes > mostMegabytes)
        return failure(
            ErrorCode::InvalidArgument, QStringLiteral("%1 to %2 MB").arg(leastMegabytes).arg(mostMegabytes));
    settings.historyMegabytes = megabytes;
    return {};
}

/// What stands between commas, without the blanks around it.
QStringList listed(const QString& value)
{
    QStringList words;
    for (const QString& word : value.split(QLatin1Char(','))) {
        if (const QString trimmed = word.trimmed(); !trimmed.isEmpty())
            words.append(trimmed);
    }
    return words;
}

Result<void> setTotalsOnlyApps(HelperSettings& settings, const QString& value)
{
    settings.totalsOnly.apps = listed(value);
    return {};
}

Result<void> setTotalsOnlyRemotes(HelperSettings& settings, const QString& value)
{
    QStringList remotes;
    for (const QString& word : listed(value)) {
        const auto address = addressFromText(word);
        if (!address)
            return failure(
                ErrorCode::InvalidArgument, QStringLiteral("a list of addresses with commas between them"));
        remotes.append(addressText(*address));
    }
    settings.totalsOnly.remotes = remotes;
    return {};
}

/// Whether there is such a file shows when it is opened, and may change at any time.
Result<QString> placeFile(const QString& value)
{
    if (!value.isEmpty() && !value.startsWith(QLatin1Char('/')))
        return failure(ErrorCode::InvalidArgument, QStringLiteral("a path from the root on"));
    return value;
}

Result<void> setCountryFile(HelperSettings& settings, const QString& value)
{
    return placeFile(value).map([&](const QString& path) { settings.places.countries = path; });
}

Result<void> setAsnFile(HelperSettings& settings, const QString& value)
{
    return placeFile(value).map([&](const QString& path) { settings.places.operators = path; });
}

QString inDays(std::chrono::days days)
{
    return QString::number(days.count());
}

constexpr std::array allSettings{
    Setting{QLatin1StringView("bus"), QLatin1StringView("BUS"),
        QLatin1StringView("Bus to offer the service on: system (the default), session, or a D-Bus address."), setBus,
        SettingReach::Fixed, [](const HelperSettings& settings) { return settings.bus; }},
    Setting{QLatin1StringView("state-dir"), QLatin1StringView("DIR"),
        QLatin1StringView("Where history.db is; made if need be. Only its owner may be able to write to it. Default: "
                          "/var/lib/ebpf-bandwidth-tracker."),
        setStateDir, SettingReach::Fixed, [](const HelperSettings& settings) { return settings.stateDir; }},
    Setting{QLatin1StringView("backend"), QLatin1StringView("BACKEND"),
        QLatin1StringView("What counts: auto (the default: the best that this kernel takes), tracepoint, fexit, "
                          "kprobe, or replay:FILE, which plays recorded traffic; replay:FILE?loop repeats it."),
        setBackend, SettingReach::Fixed, [](const HelperSettings& settings) { return settings.backend; }},
    Setting{QLatin1StringView("interval"), QLatin1StringView("MS"),
        QLatin1StringView("Look at the counters every 1000 to 5000 milliseconds. Default: 1000 while anyone watches, "
                          "5000 otherwise."),
        setInterval, SettingReach::AtOnce,
        [](const HelperSettings& settings) {
            return settings.interval ? QString::number(settings.interval->count()) : QString();
        }},
    Setting{QLatin1StringView("wire"), QLatin1StringView("on|off"),
        QLatin1StringView("Whether packets and wire bytes are counted beside what programs move. Default: on."),
        setWire, SettingReach::NextStart,
        [](const HelperSettings& settings) {
            return settings.wire == WireCounting::On ? QStringLiteral("on") : QStringLiteral("off");
        }},
    Setting{QLatin1StringView("keep-minutes"), QLatin1StringView("DAYS"),
        QLatin1StringView("Keep minutes with process and remote address for so many days. Default: 7; at least 2."),
        setKeepMinutes, SettingReach::AtOnce,
        [](const HelperSettings& settings) { return inDays(settings.keepMinutes); }},
    Setting{QLatin1StringView("keep-app-minutes"), QLatin1StringView("DAYS"),
        QLatin1StringView("Keep minutes of each program, without remote address, for so many days. Default: 31; at "
                          "least keep-minutes."),
        setKeepAppMinutes, SettingReach::AtOnce,
        [](const HelperSettings& settings) {
            return settings.keepAppMinutes ? inDays(*settings.keepAppMinutes) : QString();
        }},
    Setting{QLatin1StringView("keep-hours"), QLatin1StringView("DAYS"),
        QLatin1StringView(
            "Keep hours for so many days. Default: 731; at least keep-app-minutes. Days stay for ever."),
        setKeepHours, SettingReach::AtOnce,
        [](const HelperSettings& settings) { return inDays(settings.keepHours); }},
    Setting{QLatin1StringView("history-size"), QLatin1StringView("MB"),
        QLatin1StringView("How large the history may grow; then the oldest fine steps go first, and the sums stay. "
                          "Default: 512; at least 16."),
        setHistorySize, SettingReach::AtOnce,
        [](const HelperSettings& settings) { return QString::number(settings.historyMegabytes); }},
    Setting{QLatin1StringView("totals-only-apps"), QLatin1StringView("LIST"),
        QLatin1StringView("App ids, with commas between them, whose remote addresses are not recorded."),
        setTotalsOnlyApps, SettingReach::AtOnce,
        [](const HelperSettings& settings) { return settings.totalsOnly.apps.join(u','); }},
    Setting{QLatin1StringView("totals-only-remotes"), QLatin1StringView("LIST"),
        QLatin1StringView("Remote addresses, with commas between them, that are not recorded: what passes is."),
        setTotalsOnlyRemotes, SettingReach::AtOnce,
        [](const HelperSettings& settings) { return settings.totalsOnly.remotes.join(u','); }},
    Setting{QLatin1StringView("country-db"), QLatin1StringView("FILE"),
        QLatin1StringView("File in MaxMind's format that tells in which country an address is. Default: none, and no "
                          "countries are shown."),
        setCountryFile, SettingReach::Fixed, [](const HelperSettings& settings) { return settings.places.countries; },
        WhenRead::Holds},
    Setting{QLatin1StringView("asn-db"), QLatin1StringView("FILE"),
        QLatin1StringView("The same for whose network an address is in. One file may tell both."), setAsnFile,
        SettingReach::Fixed, [](const HelperSettings& settings) { return settings.places.operators; },
        WhenRead::Holds},
};

} // namespace

std::span<const Setting> settingTable()
{
    return allSettings;
}

const Setting* settingNamed(const QString& name)
{
    const auto* found
        = std::ranges::find_if(allSettings, [&](const Setting& setting) { return setting.name == name; });
    return found == allSettings.end() ? nullptr : found;
}

QStringList changedAtNextStart(const HelperSettings& one, const HelperSettings& other)
{
    QStringList names;
    for (const Setting& setting : allSettings) {
        const bool holdsAtOnce = setting.reach == SettingReach::AtOnce || setting.whenRead == WhenRead::Holds;
        if (!holdsAtOnce && setting.text(one) != setting.text(other))
            names.append(setting.name);
    }
    return names;
}

Result<void> checkTogether(const HelperSettings& settings)
{
    const auto isShorter = [](const char* key, std::chrono::days kept, const char* than, std::chrono::days least) {
        return failure(ErrorCode::InvalidArgument,
            QStringLiteral("%1: %2 days are fewer than the %3 of %4")
                .arg(QLatin1StringView(key))
                .arg(kept.count())
                .arg(least.count())
                .arg(QLatin1StringView(than)));
    };
    const auto minutes = settings.keepMinutes;
    const auto appMinutes = settings.keepAppMinutes;
    if (appMinutes && *appMinutes < minutes)
        return isShorter("keep-app-minutes", *appMinutes, "keep-minutes", minutes);
    if (settings.keepHours < minutes)
        return isShorter("keep-hours", settings.keepHours, "keep-minutes", minutes);
    if (appMinutes && settings.keepHours < *appMinutes)
        return isShorter("keep-hours", settings.keepHours, "keep-app-minutes", *appMinutes);
    return {};
}

} // namespace bwt
