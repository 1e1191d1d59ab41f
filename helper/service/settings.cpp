// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/settings.h"

#include "dbus/names.h"
#include "helper/collector/naming.h"
#include "helper/service/settingsfile.h"

#include <QCommandLineParser>

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

/// What no setting shows alone.
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

/// One option of the command line, which is a key of the settings file too.
struct Setting {
    QLatin1StringView name;
    QLatin1StringView value;
    QLatin1StringView description;
    Result<void> (*set)(HelperSettings&, const QString&);
};

constexpr std::array allSettings{
    Setting{QLatin1StringView("bus"), QLatin1StringView("BUS"),
        QLatin1StringView("Bus to offer the service on: system (the default), session, or a D-Bus address."), setBus},
    Setting{QLatin1StringView("state-dir"), QLatin1StringView("DIR"),
        QLatin1StringView("Where history.db is; made if need be. Only its owner may be able to write to it. Default: "
                          "/var/lib/ebpf-bandwidth-tracker."),
        setStateDir},
    Setting{QLatin1StringView("backend"), QLatin1StringView("BACKEND"),
        QLatin1StringView("What counts: auto (the default: the best that this kernel takes), tracepoint, fexit, "
                          "kprobe, or replay:FILE, which plays recorded traffic; replay:FILE?loop repeats it."),
        setBackend},
    Setting{QLatin1StringView("interval"), QLatin1StringView("MS"),
        QLatin1StringView("Look at the counters every 1000 to 5000 milliseconds. Default: 1000 while anyone watches, "
                          "5000 otherwise."),
        setInterval},
    Setting{QLatin1StringView("wire"), QLatin1StringView("on|off"),
        QLatin1StringView("Whether packets and wire bytes are counted beside what programs move. Default: on."),
        setWire},
    Setting{QLatin1StringView("keep-minutes"), QLatin1StringView("DAYS"),
        QLatin1StringView("Keep minutes with process and remote address for so many days. Default: 7; at least 2."),
        setKeepMinutes},
    Setting{QLatin1StringView("keep-app-minutes"), QLatin1StringView("DAYS"),
        QLatin1StringView("Keep minutes of each program, without remote address, for so many days. Default: 31; at "
                          "least keep-minutes."),
        setKeepAppMinutes},
    Setting{QLatin1StringView("keep-hours"), QLatin1StringView("DAYS"),
        QLatin1StringView(
            "Keep hours for so many days. Default: 731; at least keep-app-minutes. Days stay for ever."),
        setKeepHours},
    Setting{QLatin1StringView("history-size"), QLatin1StringView("MB"),
        QLatin1StringView("How large the history may grow; then the oldest fine steps go first, and the sums stay. "
                          "Default: 512; at least 16."),
        setHistorySize},
    Setting{QLatin1StringView("totals-only-apps"), QLatin1StringView("LIST"),
        QLatin1StringView("App ids, with commas between them, whose remote addresses are not recorded."),
        setTotalsOnlyApps},
    Setting{QLatin1StringView("totals-only-remotes"), QLatin1StringView("LIST"),
        QLatin1StringView("Remote addresses, with commas between them, that are not recorded: what passes is."),
        setTotalsOnlyRemotes},
};

/// `place` says where the value stands.
Result<void> apply(HelperSettings& settings, const Setting& setting, const QString& value, const QString& place)
{
    return setting.set(settings, value).map_error([&](const Error& wanted) {
        return Error{wanted.code, QStringLiteral("%1: \"%2\" is not %3").arg(place, value, wanted.detail)};
    });
}

QCommandLineOption option(const Setting& setting)
{
    return {{QString(setting.name)}, QString(setting.description), QString(setting.value)};
}

const QCommandLineOption& configOption()
{
    static const QCommandLineOption option(QStringLiteral("config"),
        QStringLiteral("Read the settings from FILE: INI, section [helper], keys named like these options; an option "
                       "given here wins. Default: %1, if it exists.")
            .arg(names::defaultConfigFile),
        QStringLiteral("FILE"));
    return option;
}

void addOptions(QCommandLineParser& parser)
{
    for (const Setting& setting : allSettings)
        parser.addOption(option(setting));
    parser.addOption(configOption());
    parser.addOption({QStringLiteral("check"),
        QStringLiteral("Say which ways of counting this kernel takes, which one is chosen and what it can't see; "
                       "then end.")});
    parser.addOption({QStringLiteral("json"), QStringLiteral("With --check: as JSON.")});
    parser.addOption(
        {{QStringLiteral("v"), QStringLiteral("version")}, QStringLiteral("Print the version and end.")});
    parser.addOption({{QStringLiteral("h"), QStringLiteral("help")}, QStringLiteral("Print this and end.")});
}

Result<void> applyFile(HelperCommand& command, const QString& path, MissingFile missing)
{
    const auto entries = readSettingsFile(path, QStringLiteral("helper"), missing);
    if (!entries)
        return tl::unexpected(entries.error());
    for (const SettingsEntry& entry : *entries) {
        const QString place = QStringLiteral("%1:%2: %3").arg(path).arg(entry.line).arg(entry.key);
        const auto* known
            = std::ranges::find_if(allSettings, [&](const Setting& setting) { return setting.name == entry.key; });
        if (known == allSettings.end()) {
            command.warnings.append(QStringLiteral("%1 is no setting and has no effect").arg(place));
            continue;
        }
        if (auto applied = apply(command.settings, *known, entry.value, place); !applied)
            return applied;
    }
    return {};
}

Result<void> applyOptions(HelperCommand& command, const QCommandLineParser& parser)
{
    for (const Setting& setting : allSettings) {
        const QString name(setting.name);
        if (!parser.isSet(name))
            continue;
        const QString place = QStringLiteral("--") + name;
        if (auto applied = apply(command.settings, setting, parser.value(name), place); !applied)
            return applied;
    }
    return {};
}

Result<HelperCommand::Kind> kindOf(const QCommandLineParser& parser)
{
    const bool isJson = parser.isSet(QStringLiteral("json"));
    if (parser.isSet(QStringLiteral("help")))
        return HelperCommand::Kind::Help;
    if (parser.isSet(QStringLiteral("version")))
        return HelperCommand::Kind::Version;
    if (parser.isSet(QStringLiteral("check")))
        return isJson ? HelperCommand::Kind::CheckJson : HelperCommand::Kind::Check;
    if (isJson)
        return failure(ErrorCode::InvalidArgument, QStringLiteral("--json goes with --check"));
    return HelperCommand::Kind::Run;
}

} // namespace

Retention HelperSettings::retention() const
{
    const auto usual = std::clamp(Retention().appMinutes, keepMinutes, keepHours);
    return {keepMinutes, keepAppMinutes.value_or(usual), keepHours, historyMegabytes * bytesPerMegabyte};
}

Result<HelperCommand> readCommandLine(const QStringList& arguments)
{
    QCommandLineParser parser;
    addOptions(parser);
    if (!parser.parse(arguments))
        return failure(ErrorCode::InvalidArgument, parser.errorText().remove(QLatin1Char('.')));
    if (const QStringList words = parser.positionalArguments(); !words.isEmpty())
        return failure(ErrorCode::InvalidArgument, QStringLiteral("\"%1\" is no option").arg(words.first()));
    const auto kind = kindOf(parser);
    if (!kind)
        return tl::unexpected(kind.error());
    HelperCommand command{*kind,
        {QStringLiteral("system"), QString(names::defaultStateDir), QStringLiteral("auto"), std::nullopt,
            WireCounting::On},
        {}};
    if (command.kind == HelperCommand::Kind::Help || command.kind == HelperCommand::Kind::Version)
        return command;
    const bool isNamed = parser.isSet(configOption());
    const QString file = isNamed ? parser.value(configOption()) : QString(names::defaultConfigFile);
    return applyFile(command, file, isNamed ? MissingFile::IsWrong : MissingFile::IsEmpty)
        .and_then([&] { return applyOptions(command, parser); })
        .and_then([&] { return checkTogether(command.settings); })
        .map([&] { return command; });
}

QString helpText()
{
    QCommandLineParser parser;
    addOptions(parser);
    parser.setApplicationDescription(QStringLiteral(
        "Counts the bytes that every program sends and receives, keeps their history, and offers both on D-Bus to "
        "whom polkit allows it. Runs as root, usually started by systemd (ebpf-bandwidth-tracker.service).\n\n"
        "SIGTERM stores what is pending and ends it; SIGHUP reads the settings again, of which the interval and "
        "what is kept of the history take effect at once."));
    return parser.helpText()
        + QStringLiteral(
            "\nExit codes:\n"
            "  0  stopped, and everything counted is stored; --check: a backend works\n"
            "  1  stopped, but the last interval could not be stored\n"
            "  2  an option, a setting or a replay file is wrong\n"
            "  3  --check: no backend works here\n"
            "  4  the state directory is none, or others may write to it\n"
            "  5  another helper runs\n"
            "  6  no bus at the start, or it refuses the name\n"
            "What can be mended ends nothing: that no backend works, the disk is full, the history damaged\n"
            "or the bus gone is said once here and in the status, and the helper goes on.\n");
}

} // namespace bwt
