// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/live.h"

#include "app/cli/messages.h"
#include "app/cli/rowtable.h"
#include "app/cli/timerange.h"
#include "dbus/limitedrows.h"
#include "dbus/rowjson.h"

#include <chrono>

namespace bwt::cli {

namespace {

using namespace std::chrono_literals;

constexpr quint32 everyRow = 10'000;
constexpr int ticksForRates = 2;
/// Twice the longest tick, and time to spare.
constexpr std::chrono::milliseconds patience = 15s;

/// Protocols and remote addresses below the programs: where people look, unless they asked for one grouping.
bool hasPanels(const Request& request, const Output& output)
{
    return !request.by && !request.json && (request.once || output.isTerminal());
}

bool moved(const Row& row)
{
    return row.numbers.txRate.value_or(0) > 0 || row.numbers.rxRate.value_or(0) > 0;
}

} // namespace

Live::Live(Request request)
    : m_session(std::move(request))
    , m_hasPanels(hasPanels(m_session.request(), m_session.output()))
    , m_by(m_hasPanels ? Dimensions{Dimension::Process, Dimension::Protocol, Dimension::Remote}
                       : m_session.request().by.value_or(Dimensions{Dimension::Process}))
    , m_totals(m_by)
{
    HelperClient& helper = m_session.helper();
    connect(&helper, &HelperClient::stateChanged, this, &Live::handleState);
    connect(&helper, &HelperClient::frameReceived, this, &Live::handleFrame);
    connect(&helper, &HelperClient::subscriptionFailed, this,
        [this](const Error& error) { m_session.fail(failureMessage(error, m_session.request())); });
    helper.subscribe(m_by, everyRow);
    m_patience.setSingleShot(true);
    m_patience.callOnTimeout(this, &Live::giveUp);
}

void Live::handleState()
{
    const HelperClient& helper = m_session.helper();
    if (helper.state() == HelperClient::State::Ready) {
        m_trouble.clear();
        if (m_totals.ticks() < ticksForRates
            && !m_session.request().allUsers) // else somebody may be typing a password
            m_patience.start(patience);
        return;
    }
    if (m_totals.ticks() == 0 || m_session.request().once) {
        m_session.fail(stateMessage(helper.state(), helper.error(), m_session.request()));
        return;
    }
    m_trouble = waitingMessage(helper.state());
    if (m_screen)
        draw();
    else
        complain(m_trouble);
}

void Live::handleFrame(const Frame& frame, bool complete)
{
    const Request& request = m_session.request();
    m_totals.apply(frame, complete);
    m_session.dismissAgent();
    if (request.once) {
        if (m_totals.ticks() >= ticksForRates)
            printOnce();
        else
            m_patience.start(patience);
        return;
    }
    m_patience.stop();
    if (request.json)
        printJson(QJsonDocument::Compact);
    else if (m_session.output().isTerminal())
        draw();
    else
        printChanges();
    if (m_session.output().hasFailed())
        m_session.finish();
}

void Live::giveUp()
{
    m_session.fail(QStringLiteral("the helper sends no frames; 'bwtctl status' may tell why"));
}

void Live::draw()
{
    Output& output = m_session.output();
    if (!m_screen) {
        m_screen = std::make_unique<Screen>(output);
        connect(m_screen.get(), &Screen::stale, this, &Live::draw);
        connect(m_screen.get(), &Screen::quit, this, [this] { m_session.finish(); });
    }
    m_screen->show(liveScreen(picture(), output.size(), output.palette()));
}

void Live::printOnce()
{
    Output& output = m_session.output();
    if (m_session.request().json)
        printJson(QJsonDocument::Indented);
    else
        output.print(liveReport(picture(), output.width(), output.palette()));
    m_session.finish();
}

void Live::printJson(QJsonDocument::JsonFormat format)
{
    Frame frame = m_totals.head();
    frame.rows = rows();
    m_session.output().print(frameToJson(frame, m_by, Rates::Shown), format);
}

void Live::printChanges()
{
    const QString moment = momentText(m_totals.head().untilMs);
    QStringList lines;
    for (const Row& row : rows()) {
        if (moved(row))
            lines.append(moment % QLatin1StringView("  ") % rowLine(row, m_by));
    }
    m_session.output().print(lines);
}

QList<Row> Live::rows() const
{
    return limitedTo(m_session.request().limit.value_or(0), m_totals.rows(m_by));
}

LivePicture Live::picture() const
{
    return {m_totals, m_by, m_hasPanels, m_trouble, m_session.request().limit.value_or(0)};
}

} // namespace bwt::cli
