// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commandtable.h"

#include "app/cli/text.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace bwt::cli {

namespace {

using Text = QLatin1StringView;

constexpr std::array options{
    OptionEntry{Option::Bus, Text("bus"), Text("BUS"), Text("system (default), session or a D-Bus address")},
    OptionEntry{Option::Json, Text("json"), {}, Text("print JSON; what is not known is null")},
    OptionEntry{Option::Help, Text("help"), {}, Text("print this help")},
    OptionEntry{Option::Version, Text("version"), {}, Text("print the version")},
    OptionEntry{
        Option::AllUsers, Text("all-users"), {}, Text("name other people's programs too; may ask for a password")},
    OptionEntry{Option::Once, Text("once"), {}, Text("print one frame, after two ticks, and end")},
    OptionEntry{Option::By, Text("by"), Text("LIST"),
        Text("group by any of process,app,user,protocol,service,remote,\ndirection,scope,network,country,asn")},
    OptionEntry{Option::Range, Text("range"), Text("RANGE"),
        Text("the last 90s, 30min, 24h, 7d, 4w, 1y; or today, yesterday,\nweek, month, year (that run now), all; or "
             "billing,\nlast-billing")},
    OptionEntry{Option::Since, Text("since"), Text("TIME"),
        Text("start: ISO 8601, milliseconds since the epoch, or 2h for\ntwo hours ago")},
    OptionEntry{Option::Until, Text("until"), Text("TIME"), Text("end, in the same forms; now when not given")},
    OptionEntry{
        Option::Limit, Text("limit"), Text("N"), Text("at most so many rows, 1 to 10000; the rest is summed")},
    OptionEntry{Option::Bucket, Text("bucket"), Text("STEP"),
        Text("minute, hour, day, month, or a part of a day like\n5min or 3h; chosen by the range when not given")},
    OptionEntry{Option::Process, Text("process"), Text("NAME|PID"), Text("only this process, or those of this name")},
    OptionEntry{Option::App, Text("app"), Text("ID"), Text("only this app")},
    OptionEntry{Option::Protocol, Text("protocol"), Text("NAME"), Text("only this protocol: TCP, UDP, ...")},
    OptionEntry{Option::Remote, Text("remote"), Text("HOST"), Text("only this remote: its address or its name")},
    OptionEntry{Option::Service, Text("service"), Text("NAME"), Text("only this service: https, ssh, ... or a port")},
    OptionEntry{Option::Network, Text("network"), Text("NAME"), Text("only what passed this network")},
    OptionEntry{Option::Country, Text("country"), Text("CODE"), Text("only remotes in this country: DE, JP, ...")},
    OptionEntry{Option::Asn, Text("asn"), Text("NUMBER"), Text("only remotes in this operator's network: 3320, ...")},
    OptionEntry{Option::User, Text("user"), Text("NAME|UID"), Text("only this user's programs")},
    OptionEntry{Option::Scope, Text("scope"), Text("SCOPE"), Text("loopback, lan, internet or tunnel")},
    OptionEntry{Option::BillingDay, Text("billing-day"), Text("DAY"),
        Text("1 to 31: the day of the month on which a billing period\nbegins, or the last day of a shorter month")},
    OptionEntry{Option::Format, Text("format"), Text("FORMAT"), Text("csv (default) or json, as with --json")},
    OptionEntry{
        Option::Output, Text("output"), Text("FILE"), Text("write to FILE, which is there at the end or not at all")},
    OptionEntry{Option::Yes, Text("yes"), {}, Text("do not ask for confirmation")},
    OptionEntry{
        Option::Resolve, Text("resolve"), {}, Text("ask the network what other addresses are called (reverse)")},
};

constexpr std::array everywhere{Option::Bus, Option::Json, Option::Help, Option::Version};

constexpr std::array liveOptions{Option::Once, Option::By, Option::Limit, Option::AllUsers};
constexpr std::array totalsOptions{Option::By, Option::AllUsers};
constexpr std::array rangeOptions{Option::Range, Option::BillingDay, Option::Since, Option::Until};
constexpr std::array filterOptions{Option::Process, Option::App, Option::User, Option::Protocol, Option::Service,
    Option::Remote, Option::Scope, Option::Network, Option::Country, Option::Asn};

/// The lists one after the other.
template <typename... Lists> constexpr auto joined(const Lists&... lists)
{
    std::array<Option, (std::tuple_size_v<Lists> + ...)> all{};
    auto* at = all.begin();
    ((at = std::ranges::copy(lists, at).out), ...);
    return all;
}

constexpr auto topOptions
    = joined(rangeOptions, std::array{Option::By, Option::Limit}, filterOptions, std::array{Option::AllUsers});
constexpr auto historyOptions = joined(
    rangeOptions, std::array{Option::Bucket, Option::By, Option::Limit}, filterOptions, std::array{Option::AllUsers});
constexpr auto breakdownOptions
    = joined(rangeOptions, std::array{Option::Limit}, filterOptions, std::array{Option::AllUsers});
constexpr auto ipsOptions = joined(breakdownOptions, std::array{Option::Resolve});
constexpr auto exportOptions = joined(std::array{Option::Format, Option::Output}, rangeOptions,
    std::array{Option::Bucket, Option::By}, filterOptions, std::array{Option::AllUsers});
constexpr std::array appsOptions{Option::AllUsers};
constexpr auto clearOptions = joined(rangeOptions, std::array{Option::App, Option::Remote, Option::Yes});

constexpr std::array commands{
    CommandEntry{Command::Live, Text("live"), Text("what uses the network now"),
        Text("On a terminal the view redraws itself; q ends it. Elsewhere each tick prints one\n"
             "line for each row that moved. With --json each tick is one object on one line."),
        liveOptions},
    CommandEntry{Command::Totals, Text("totals"), Text("exact totals since counting began"),
        Text("The kernel's counters are read at the call, so that nothing is pending. Without\n--by it is one row."),
        totalsOptions},
    CommandEntry{Command::Top, Text("top"), Text("the biggest users of a range"),
        Text("By process and the last 24 hours, 50 rows, where nothing else is asked for."), topOptions},
    CommandEntry{Command::History, Text("history"), Text("a time series"),
        Text("The last 24 hours where nothing else is asked for. A step without a recording is\na gap, not a zero."),
        historyOptions},
    CommandEntry{Command::Protocols, Text("protocols"), Text("by protocol, live or for a range"),
        Text("Live unless a range is given."), breakdownOptions},
    CommandEntry{Command::Ips, Text("ips"), Text("by remote address, live or for a range"),
        Text("Live unless a range is given. 50 rows where nothing else is asked for. Names are\n"
             "what programs asked for; --resolve asks for others by this computer's resolver."),
        ipsOptions},
    CommandEntry{Command::Events, Text("events"), Text("what explains a history"),
        Text("Starts of the machine and of the helper, sleep, clock changes, other networks;\n"
             "of the last 24 hours where nothing else is asked for."),
        rangeOptions},
    CommandEntry{
        Command::Status, Text("status"), Text("backend, hooks, gaps, losses, database size, own cost"), {}, {}},
    CommandEntry{Command::Export, Text("export"), Text("history as CSV or JSON, as much as there is"),
        Text("By process, remote and protocol, of the last 24 hours, in steps as fine as they\n"
             "are kept, where nothing else is asked for. It comes as it is read, a year as\n"
             "well as a day. A terminal is told how far it is."),
        exportOptions},
    CommandEntry{Command::Apps, Text("apps"), Text("the apps that are known; rename and merge them"),
        Text("Without more words it lists them. 'rename' calls an app by another name, 'merge'\n"
             "counts it for another one, and 'reset' takes back both. That holds for all that\n"
             "is told, live and of the past, and changes nothing that is stored. It needs\n"
             "authorisation."),
        appsOptions, Text(" [rename ID NAME | merge ID INTO-ID | reset ID]")},
    CommandEntry{Command::Pause, Text("pause"), Text("stop recording"),
        Text("What passes until 'bwtctl resume', or until the helper's next start, never\n"
             "reaches the history. Live numbers go on. Needs authorisation."),
        {}},
    CommandEntry{Command::Resume, Text("resume"), Text("go on recording"), Text("Needs authorisation."), {}},
    CommandEntry{Command::Clear, Text("clear"), Text("delete history"),
        Text("All of it, or a range, widened to the steps that are kept of it; everything in\n"
             "it, or what is known to be an app's or a remote address's. Asks first on a\n"
             "terminal, and needs --yes elsewhere. Needs authorisation. This can't be undone."),
        clearOptions},
    CommandEntry{Command::Settings, Text("settings"), Text("the helper's settings; change them"),
        Text("Without more words it lists them. NAME=VALUE writes one into the helper's\n"
             "settings file, and NAME= takes it back to its default; that needs authorisation.\n"
             "bandwidth-tracker-helper(8) explains each."),
        {}, Text(" [NAME=VALUE]...")},
};

QString optionTitle(const OptionEntry& option)
{
    QString title = QLatin1StringView("--") % option.name;
    if (!option.value.isEmpty())
        title += QLatin1Char(' ') % option.value;
    return title;
}

/// "  TITLE  description", the description's further lines below its first.
QString entry(const QString& title, Text description, int titleWidth)
{
    QString indented = description;
    indented.replace(QLatin1Char('\n'), QLatin1Char('\n') % QString(titleWidth + 4, QLatin1Char(' ')));
    return QLatin1StringView("  ") % padded(title, titleWidth, Align::Left) % QLatin1StringView("  ") % indented
        % QLatin1Char('\n');
}

QString optionList(std::span<const Option> list)
{
    constexpr int titleWidth = 18;
    QString text;
    for (const Option option : list)
        text += entry(optionTitle(optionEntry(option)), optionEntry(option).description, titleWidth);
    return text;
}

} // namespace

std::span<const OptionEntry> optionTable()
{
    return options;
}

std::span<const CommandEntry> commandTable()
{
    return commands;
}

std::span<const Option> globalOptions()
{
    return everywhere;
}

const OptionEntry& optionEntry(Option option)
{
    return options.at(static_cast<std::size_t>(option));
}

const CommandEntry* commandNamed(const QString& name)
{
    const auto* found
        = std::ranges::find_if(commands, [&](const CommandEntry& command) { return command.name == name; });
    return found == commands.end() ? nullptr : found;
}

QString programHelp()
{
    QString text = QStringLiteral("Usage: bwtctl [--bus BUS] [--json] COMMAND [OPTION]...\n"
                                  "Which program sent and received how many bytes.\n\nCommands:\n");
    constexpr int titleWidth = 9;
    for (const CommandEntry& command : commands)
        text += entry(command.name, command.description, titleWidth);
    return text % QStringLiteral("\nOptions:\n") % optionList(everywhere)
        % QStringLiteral("\n'bwtctl COMMAND --help' tells what a command takes; 'man bwtctl' tells all of it.\n");
}

QString commandHelp(const CommandEntry& command)
{
    QString text
        = QStringLiteral("Usage: bwtctl %1%2%3\n")
              .arg(command.name, command.words, command.options.empty() ? QString() : QStringLiteral(" [OPTION]..."));
    text += command.description.sliced(0, 1).toString().toUpper() % command.description.sliced(1)
        % QLatin1StringView(".\n");
    if (!command.details.isEmpty())
        text += QLatin1Char('\n') % command.details % QLatin1Char('\n');
    return text % QStringLiteral("\nOptions:\n") % optionList(command.options) % optionList(everywhere);
}

} // namespace bwt::cli
