// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/session.h"

#include <QCoreApplication>

#include <unistd.h>

namespace bwt::cli {

namespace {

/// What may make polkit ask: other people's rows where they were asked for in so many words, and what changes
/// something where somebody is there to answer.
bool mayAsk(const Request& request)
{
    switch (request.command) {
    case Command::Pause:
    case Command::Resume:
    case Command::Clear:
        return isatty(STDIN_FILENO) == 1;
    case Command::Apps:
        if (request.appChange)
            return isatty(STDIN_FILENO) == 1;
        return request.allUsers;
    case Command::Settings:
        return !request.settings.isEmpty() && isatty(STDIN_FILENO) == 1;
    default:
        return request.allUsers;
    }
}

} // namespace

Session::Session(Request request)
    : m_request(std::move(request))
{
    const bool asks = mayAsk(m_request);
    // before the first call, since polkit looks for an agent when it has to ask
    if (asks && AuthAgent::isOfUse() && m_request.bus != QLatin1StringView("session"))
        m_agent.emplace();
    m_helper = std::make_unique<HelperClient>(m_request.bus, HelperClient::Activation::Allowed);
    if (asks)
        m_helper->setInteraction(HelperClient::Interaction::Always);
}

void Session::dismissAgent()
{
    m_agent.reset();
}

void Session::finish()
{
    QCoreApplication::exit(m_output.hasFailed() ? EXIT_FAILURE : EXIT_SUCCESS);
}

void Session::fail(const QString& message)
{
    complain(message);
    QCoreApplication::exit(EXIT_FAILURE);
}

} // namespace bwt::cli
