// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/settings.h"

#include "dbus/names.h"
#include "helper/service/settingtable.h"

#include <QCommandLineParser>

namespace bwt {

namespace {

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
    for (const Setting& setting : settingTable())
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

Result<void> applyFile(HelperCommand& command, const QString& text)
{
    const auto entries = settingsIn(text, command.file, settingsSection);
    if (!entries)
        return tl::unexpected(entries.error());
    for (const SettingsEntry& entry : *entries) {
        const QString place = QStringLiteral("%1:%2: %3").arg(command.file).arg(entry.line).arg(entry.key);
        const Setting* known = settingNamed(entry.key);
        if (known == nullptr) {
            command.warnings.append(QStringLiteral("%1 is no setting and has no effect").arg(place));
            continue;
        }
        if (auto applied = apply(command.settings, *known, entry.value, place); !applied)
            return applied;
        command.origins.insert(entry.key, SettingOrigin::File);
    }
    return {};
}

Result<void> applyOptions(HelperCommand& command, const QCommandLineParser& parser)
{
    for (const Setting& setting : settingTable()) {
        const QString name(setting.name);
        if (!parser.isSet(name))
            continue;
        const QString place = QStringLiteral("--") + name;
        if (auto applied = apply(command.settings, setting, parser.value(name), place); !applied)
            return applied;
        command.origins.insert(name, SettingOrigin::CommandLine);
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

Result<HelperCommand> readCommandLine(const QStringList& arguments, const SettingsReader& readFile)
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
    const bool isNamed = parser.isSet(configOption());
    HelperCommand command;
    command.kind = *kind;
    command.file = isNamed ? parser.value(configOption()) : QString(names::defaultConfigFile);
    if (command.kind == HelperCommand::Kind::Help || command.kind == HelperCommand::Kind::Version)
        return command;
    return readFile(command.file, isNamed ? MissingFile::IsWrong : MissingFile::IsEmpty)
        .and_then([&](const QString& text) { return applyFile(command, text); })
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
        "SIGTERM stores what is pending and ends it; SIGHUP reads the settings again, of which the interval, what "
        "is kept of the history, and the files of places take effect at once."));
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
