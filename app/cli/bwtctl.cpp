// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/bwtctl.h"

#include "app/cli/arguments.h"
#include "app/cli/export.h"
#include "app/cli/live.h"
#include "app/cli/query.h"
#include "app/cli/text.h"

#include <QCoreApplication>
#include <QDateTime>

#include <langinfo.h>
#include <unistd.h>

#include <clocale>
#include <csignal>

namespace bwt::cli {

namespace {

constexpr int wrongUsageCode = 2;

/// Qt wants UTF-8 and says so on standard error where the locale is another, as in cron's; give it what it wants.
void useUtf8()
{
    std::setlocale(LC_ALL, "");
    if (qstrcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        qputenv("LC_ALL", "C.UTF-8");
}

template <typename Work> int run(Request request)
{
    const Work work(std::move(request));
    return QCoreApplication::exec();
}

int execute(Request request)
{
    switch (request.command) {
    case Command::Live:
        return run<Live>(std::move(request));
    case Command::Export:
        return run<Export>(std::move(request));
    default:
        return run<Query>(std::move(request));
    }
}

/// Nobody can be asked whether to delete where nobody sits.
bool lacksConfirmation(const Request& request)
{
    return request.command == Command::Clear && !request.confirmed && isatty(STDIN_FILENO) == 0;
}

int print(const Information& information)
{
    Output output;
    return output.write(information.text.toUtf8()) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int refuse(const WrongUsage& usage)
{
    complain(printable(usage.text));
    return wrongUsageCode;
}

} // namespace

int runBwtctl(int argc, char** argv)
{
    useUtf8();
    std::signal(SIGPIPE, SIG_IGN); // a reader that is gone is an error of writing
    const QCoreApplication application(argc, argv);
    ParsedArguments parsed
        = parseArguments(QCoreApplication::arguments().sliced(1), QDateTime::currentMSecsSinceEpoch());
    if (const auto* information = std::get_if<Information>(&parsed))
        return print(*information);
    if (const auto* usage = std::get_if<WrongUsage>(&parsed))
        return refuse(*usage);
    auto& request = std::get<Request>(parsed);
    if (lacksConfirmation(request))
        return refuse({QStringLiteral("clear deletes for good; add --yes where it can't ask on a terminal")});
    return execute(std::move(request));
}

} // namespace bwt::cli
