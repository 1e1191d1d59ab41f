// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/arguments.h"

#include "app/cli/commandtable.h"
#include "app/cli/nearest.h"
#include "dbus/bucket.h"
#include "dbus/result.h"

#include <QCommandLineParser>

#include <arpa/inet.h>
#include <pwd.h>

#include <algorithm>
#include <array>

namespace bwt::cli {

namespace {

constexpr quint32 mostRows = 10'000;
constexpr int mostDaysInMonth = 31;

/// A reason to refuse the command line.
using Complaint = std::optional<QString>;

void addOptions(QCommandLineParser& parser, std::span<const Option> options)
{
    for (const Option option : options) {
        const OptionEntry& entry = optionEntry(option);
        QStringList names{entry.name};
        if (option == Option::Help)
            names.append(QStringLiteral("h"));
        parser.addOption(QCommandLineOption(names, QString(), entry.value));
    }
}

std::optional<quint32> uidOf(const QString& user)
{
    const passwd* entry = getpwnam(user.toLocal8Bit().constData());
    return entry == nullptr ? std::nullopt : std::optional<quint32>(entry->pw_uid);
}

bool isAddress(const QString& text)
{
    std::array<char, sizeof(in6_addr)> address{};
    const QByteArray bytes = text.toLatin1();
    return inet_pton(AF_INET, bytes.constData(), address.data()) == 1
        || inet_pton(AF_INET6, bytes.constData(), address.data()) == 1;
}

/// Finds the command among the words, wherever it stands between options.
QStringList words(const QStringList& arguments)
{
    QCommandLineParser parser;
    for (const OptionEntry& entry : optionTable())
        addOptions(parser, std::span(&entry.option, 1));
    parser.parse(QStringList(QString()) + arguments);
    return parser.positionalArguments();
}

WrongUsage wrongCommand(const QString& word)
{
    QStringList names;
    for (const CommandEntry& command : commandTable())
        names.append(command.name);
    const QString near = nearest(word, names);
    return {near.isEmpty() ? QStringLiteral("there is no command '%1'; 'bwtctl --help' lists them").arg(word)
                           : QStringLiteral("there is no command '%1'; did you mean '%2'?").arg(word, near)};
}

/// Reads one command's options into a Request.
class Reader {
public:
    Reader(const CommandEntry& command, qint64 nowMs)
        : m_command(command)
        , m_nowMs(nowMs)
    {
        addOptions(m_parser, globalOptions());
        addOptions(m_parser, command.options);
    }

    [[nodiscard]] ParsedArguments read(const QStringList& arguments)
    {
        if (!m_parser.parse(QStringList(QString()) + arguments))
            return complaint(unknownOption());
        if (isSet(Option::Help))
            return Information{commandHelp(m_command)};
        m_request.command = m_command.command;
        if (const Complaint wrong = readWords(m_parser.positionalArguments().sliced(1)))
            return complaint(*wrong);
        m_request.json = isSet(Option::Json);
        m_request.allUsers = isSet(Option::AllUsers);
        m_request.once = isSet(Option::Once);
        m_request.confirmed = isSet(Option::Yes);
        m_request.resolve = isSet(Option::Resolve);
        m_request.filter.app = value(Option::App);
        m_request.filter.protocol = value(Option::Protocol);
        m_request.filter.service = value(Option::Service);
        m_request.filter.network = value(Option::Network);
        for (const auto read : {&Reader::readBus, &Reader::readBy, &Reader::readRemote, &Reader::readProcess,
                 &Reader::readUser, &Reader::readCountry, &Reader::readAsn, &Reader::readScope, &Reader::readRange,
                 &Reader::readLimit, &Reader::readBucket, &Reader::readFormat, &Reader::readOutput}) {
            if (const Complaint wrong = (this->*read)())
                return complaint(*wrong);
        }
        return m_request;
    }

private:
    [[nodiscard]] bool takes(Option option) const
    {
        return std::ranges::find(m_command.options, option) != m_command.options.end()
            || std::ranges::find(globalOptions(), option) != globalOptions().end();
    }
    [[nodiscard]] bool isSet(Option option) const
    {
        return takes(option) && m_parser.isSet(optionEntry(option).name);
    }
    [[nodiscard]] QString value(Option option) const
    {
        return takes(option) ? m_parser.value(optionEntry(option).name) : QString();
    }

    [[nodiscard]] WrongUsage complaint(const QString& text) const
    {
        return {QStringLiteral("%1: %2; see 'bwtctl %1 --help'").arg(m_command.name, text)};
    }

    [[nodiscard]] QString unknownOption() const
    {
        const QStringList unknown = m_parser.unknownOptionNames();
        if (unknown.isEmpty()) { // the parser's own words, for a value that is missing or too many
            QString text = m_parser.errorText().simplified();
            text.truncate(text.endsWith(QLatin1Char('.')) ? text.size() - 1 : text.size());
            return text.left(1).toLower() % text.mid(1);
        }
        QStringList known;
        for (const Option option : m_command.options)
            known.append(optionEntry(option).name);
        for (const Option option : globalOptions())
            known.append(optionEntry(option).name);
        const QString near = nearest(unknown.first(), known);
        const QString text = QStringLiteral("there is no option '--%1'").arg(unknown.first());
        return near.isEmpty() ? text : QString(text % QStringLiteral(", did you mean '--%1'?").arg(near));
    }

    Complaint readWords(const QStringList& words)
    {
        if (words.isEmpty())
            return {};
        if (m_request.command == Command::Apps)
            return readAppChange(words);
        if (m_request.command == Command::Settings)
            return readSettings(words);
        return QStringLiteral("'%1' is one word too many").arg(words.first());
    }

    Complaint readSettings(const QStringList& words)
    {
        for (const QString& word : words) {
            const qsizetype equals = word.indexOf(QLatin1Char('='));
            if (equals <= 0)
                return QStringLiteral("it takes NAME=VALUE, not '%1'").arg(word);
            m_request.settings.append({word.first(equals), word.sliced(equals + 1)});
        }
        return {};
    }

    Complaint readAppChange(const QStringList& words)
    {
        struct Deed {
            QLatin1StringView name;
            AppChange::Kind kind;
            qsizetype words;
            QLatin1StringView takes;
        };
        static constexpr std::array deeds{
            Deed{
                QLatin1StringView("rename"), AppChange::Kind::Rename, 2, QLatin1StringView("an app's id and a name")},
            Deed{QLatin1StringView("merge"), AppChange::Kind::Merge, 2,
                QLatin1StringView("an app's id and the id of the one that it is to count for")},
            Deed{QLatin1StringView("reset"), AppChange::Kind::Reset, 1, QLatin1StringView("an app's id")},
        };
        const auto* deed = std::ranges::find(deeds, words.first(), &Deed::name);
        if (deed == deeds.end())
            return QStringLiteral("it can rename, merge and reset, not '%1'").arg(words.first());
        if (words.size() != deed->words + 1)
            return QStringLiteral("%1 takes %2").arg(deed->name, deed->takes);
        m_request.appChange = AppChange{deed->kind, words.at(1), words.value(2)};
        return {};
    }

    Complaint readBus()
    {
        if (!isSet(Option::Bus))
            return {};
        m_request.bus = value(Option::Bus);
        const bool isKnown
            = m_request.bus == QLatin1StringView("system") || m_request.bus == QLatin1StringView("session");
        if (isKnown || m_request.bus.contains(QLatin1Char(':')))
            return {};
        return QStringLiteral("--bus is system, session or a D-Bus address, not '%1'").arg(m_request.bus);
    }

    Complaint readBy()
    {
        if (!isSet(Option::By))
            return {};
        Dimensions dimensions;
        for (const QString& name : value(Option::By).split(QLatin1Char(','))) {
            const auto dimension = dimensionFromName(name);
            if (!dimension)
                return QStringLiteral("--by knows no '%1'").arg(name);
            dimensions.insert(*dimension);
        }
        m_request.by = dimensions;
        return {};
    }

    /// Digits are a pid. The kernel's, 0, would narrow nothing.
    Complaint readProcess()
    {
        bool isPid = false;
        const QString process = value(Option::Process);
        const uint pid = process.toUInt(&isPid);
        if (!isPid)
            m_request.filter.process = process;
        else if (pid == 0)
            m_request.filter.process = QStringLiteral("[kernel]");
        else
            m_request.filter.pid = pid;
        return {};
    }

    /// What goes by a name is found by it, but not deleted: the history has one name for an address, the newest.
    Complaint readRemote()
    {
        const QString remote = value(Option::Remote);
        m_request.filter.remote = remote;
        if (m_command.command != Command::Clear || remote.isEmpty() || isAddress(remote))
            return {};
        return QStringLiteral("--remote is an address here, not '%1'").arg(remote);
    }

    Complaint readUser()
    {
        if (!isSet(Option::User))
            return {};
        bool isUid = false;
        const uint uid = value(Option::User).toUInt(&isUid);
        m_request.filter.uid = isUid ? uid : uidOf(value(Option::User));
        if (m_request.filter.uid)
            return {};
        return QStringLiteral("--user knows no '%1' on this computer").arg(value(Option::User));
    }

    Complaint readCountry()
    {
        const QString country = value(Option::Country).toUpper();
        const auto isLetter = [](QChar letter) { return u'A' <= letter && letter <= u'Z'; };
        if (isSet(Option::Country) && (country.size() != 2 || !std::ranges::all_of(country, isLetter)))
            return QStringLiteral("--country is a code of two letters like DE, not '%1'").arg(value(Option::Country));
        m_request.filter.country = country;
        return {};
    }

    /// As it stands in tables, too: "AS3320".
    Complaint readAsn()
    {
        if (!isSet(Option::Asn))
            return {};
        QString number = value(Option::Asn);
        if (number.startsWith(QLatin1StringView("AS"), Qt::CaseInsensitive))
            number.remove(0, 2);
        m_request.filter.asn = number.toUInt();
        if (m_request.filter.asn == 0)
            return QStringLiteral("--asn is the number of a network's operator like 3320, not '%1'")
                .arg(value(Option::Asn));
        return {};
    }

    Complaint readScope()
    {
        if (!isSet(Option::Scope))
            return {};
        static const QStringList scopes = QStringLiteral("loopback,lan,internet,tunnel").split(QLatin1Char(','));
        m_request.filter.scope = value(Option::Scope);
        if (!scopes.contains(m_request.filter.scope))
            return QStringLiteral("--scope is loopback, lan, internet or tunnel, not '%1'")
                .arg(m_request.filter.scope);
        return {};
    }

    /// A range by the name of it.
    Complaint readNamedRange(const QString& name)
    {
        const bool isLast = name == QLatin1StringView("last-billing");
        if (!isLast && name != QLatin1StringView("billing")) {
            if (isSet(Option::BillingDay))
                return QStringLiteral("--billing-day goes with --range billing or last-billing");
            m_request.range = calendarRange(name, m_nowMs);
            return {};
        }
        if (!isSet(Option::BillingDay))
            return QStringLiteral("--range %1 needs --billing-day").arg(name);
        const int day = value(Option::BillingDay).toInt();
        if (day < 1 || day > mostDaysInMonth)
            return QStringLiteral("--billing-day is a day of the month, 1 to 31, not '%1'")
                .arg(value(Option::BillingDay));
        m_request.range = billingPeriod(day, isLast ? 1 : 0, m_nowMs);
        return {};
    }

    Complaint readRange()
    {
        const bool hasBounds = isSet(Option::Since) || isSet(Option::Until);
        if (isSet(Option::Range)) {
            if (hasBounds)
                return QStringLiteral("--range goes without --since and --until");
            if (const Complaint wrong = readNamedRange(value(Option::Range)))
                return wrong;
            if (m_request.range)
                return {};
            const auto length = durationFromText(value(Option::Range));
            if (!length || *length == 0 || *length >= m_nowMs)
                return QStringLiteral("--range is a duration like 24h or 7d, or a name like today, not '%1'")
                    .arg(value(Option::Range));
            m_request.range = TimeRange{m_nowMs - *length, 0};
            return {};
        }
        if (isSet(Option::BillingDay))
            return QStringLiteral("--billing-day goes with --range billing or last-billing");
        if (!hasBounds)
            return {};
        TimeRange range;
        const auto read = [&](Option option, qint64& ms) -> Complaint {
            if (!isSet(option))
                return {};
            const auto moment = momentFromText(value(option), m_nowMs);
            if (!moment)
                return QStringLiteral("--%1 is no time: '%2'").arg(optionEntry(option).name, value(option));
            ms = *moment;
            return {};
        };
        if (const Complaint wrong = read(Option::Since, range.sinceMs))
            return wrong;
        if (const Complaint wrong = read(Option::Until, range.untilMs))
            return wrong;
        if (range.sinceMs >= (range.untilMs == 0 ? m_nowMs : range.untilMs))
            return QStringLiteral("the range ends before it begins");
        m_request.range = range;
        return {};
    }

    Complaint readLimit()
    {
        if (!isSet(Option::Limit))
            return {};
        bool isNumber = false;
        const uint limit = value(Option::Limit).toUInt(&isNumber);
        if (!isNumber || limit < 1 || limit > mostRows)
            return QStringLiteral("--limit is a number from 1 to %1, not '%2'")
                .arg(mostRows)
                .arg(value(Option::Limit));
        m_request.limit = limit;
        return {};
    }

    Complaint readBucket()
    {
        if (!isSet(Option::Bucket))
            return {};
        m_request.bucket = value(Option::Bucket);
        if (!bucketFromName(m_request.bucket))
            return QStringLiteral("--bucket is %1, not '%2'").arg(bucketNames(), m_request.bucket);
        return {};
    }

    Complaint readFormat()
    {
        if (!isSet(Option::Format))
            return {};
        const QString format = value(Option::Format);
        if (format != QLatin1StringView("csv") && format != QLatin1StringView("json"))
            return QStringLiteral("--format is csv or json, not '%1'").arg(format);
        if (m_request.json && format == QLatin1StringView("csv"))
            return QStringLiteral("--json goes without --format csv");
        m_request.json = format == QLatin1StringView("json");
        return {};
    }

    Complaint readOutput()
    {
        m_request.outputFile = value(Option::Output);
        if (isSet(Option::Output) && m_request.outputFile.isEmpty())
            return QStringLiteral("--output needs a file's name");
        return {};
    }

    const CommandEntry& m_command;
    qint64 m_nowMs;
    QCommandLineParser m_parser;
    Request m_request;
};

/// Without a command there are only the options that need none.
ParsedArguments parseWithoutCommand(const QStringList& arguments)
{
    QCommandLineParser parser;
    addOptions(parser, globalOptions());
    const bool understood = parser.parse(QStringList(QString()) + arguments);
    if (understood && parser.isSet(optionEntry(Option::Help).name))
        return Information{programHelp()};
    if (!understood && !parser.unknownOptionNames().isEmpty())
        return WrongUsage{QStringLiteral("there is no option '--%1' without a command; see 'bwtctl --help'")
                .arg(parser.unknownOptionNames().first())};
    return WrongUsage{QStringLiteral("no command given; 'bwtctl --help' lists them")};
}

} // namespace

ParsedArguments parseArguments(const QStringList& arguments, qint64 nowMs)
{
    if (arguments.contains(QLatin1StringView("--version")))
        return Information{QStringLiteral("bwtctl " BWT_VERSION "\n")};
    const QStringList found = words(arguments);
    if (found.isEmpty())
        return parseWithoutCommand(arguments);
    const CommandEntry* command = commandNamed(found.first());
    if (command == nullptr)
        return wrongCommand(found.first());
    return Reader(*command, nowMs).read(arguments);
}

} // namespace bwt::cli
