// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/query.h"

#include "app/cli/messages.h"
#include "app/cli/rowtable.h"
#include "app/cli/statusreport.h"
#include "app/models/format.h"
#include "dbus/rowjson.h"

#include <QDateTime>
#include <QFile>

#include <algorithm>
#include <chrono>

namespace bwt::cli {

namespace {

using namespace std::chrono_literals;

constexpr quint32 usualLimit = 50;
constexpr quint32 everyProtocol = 10'000;
constexpr std::chrono::milliseconds usualRange = 24h;

TimeRange rangeOf(const Request& request)
{
    return request.range.value_or(TimeRange{QDateTime::currentMSecsSinceEpoch() - usualRange.count(), 0});
}

/// About a screen of steps.
QString bucketOf(const Request& request, const TimeRange& range)
{
    if (!request.bucket.isEmpty())
        return request.bucket;
    const qint64 untilMs = range.untilMs != 0 ? range.untilMs : QDateTime::currentMSecsSinceEpoch();
    const std::chrono::milliseconds length(untilMs - range.sinceMs);
    if (length <= 1h)
        return QStringLiteral("minute");
    if (length <= 72h)
        return QStringLiteral("hour");
    return length <= 24h * 100 ? QStringLiteral("day") : QStringLiteral("month");
}

QString rangeText(qint64 fromMs, qint64 toMs)
{
    return QStringLiteral("%1 to %2").arg(momentText(fromMs), momentText(toMs));
}

bool isWholeHistory(const Request& request)
{
    return !request.range || *request.range == TimeRange();
}

QString clearQuestion(const QString& what)
{
    return QStringLiteral("Delete %1? This can't be undone. [y/N] ").arg(what);
}

/// What goes, when the helper says how far it widens the range to what is stored.
QString clearedRange(const TimeRange& asked, const Frame& stored)
{
    return QStringLiteral("the history from %1 to %2")
        .arg(asked.sinceMs == 0 ? QStringLiteral("its beginning") : momentText(stored.coversFromMs),
            asked.untilMs == 0 ? QStringLiteral("now") : momentText(stored.coversToMs));
}

/// Asks on the terminal itself, whatever standard output is.
bool isConfirmed(const QString& question)
{
    QFile terminal(QStringLiteral("/dev/tty"));
    if (!terminal.open(QIODevice::ReadWrite | QIODevice::Unbuffered) || terminal.write(question.toUtf8()) < 0)
        return false;
    const QByteArray answer = terminal.readLine().trimmed().toLower();
    return answer == "y" || answer == "yes";
}

} // namespace

Query::Query(Request request)
    : m_session(std::move(request))
{
    connect(&m_session.helper(), &HelperClient::stateChanged, this, &Query::start);
}

void Query::start()
{
    if (m_sent)
        return; // the call's own answer tells what became of it
    const HelperClient& helper = m_session.helper();
    if (helper.state() != HelperClient::State::Ready) {
        m_session.fail(stateMessage(helper.state(), helper.error(), m_session.request()));
        return;
    }
    m_sent = true;
    send();
}

template <typename T, typename Print> HelperClient::Reply<T> Query::then(Print print)
{
    return [this, print](const Result<T>& answer) {
        m_session.dismissAgent();
        if (!answer) {
            m_session.fail(failureMessage(answer.error(), m_session.request()));
            return;
        }
        if constexpr (std::is_void_v<T>)
            print();
        else
            print(*answer);
        m_session.finish();
    };
}

void Query::send()
{
    const Request& request = m_session.request();
    HelperClient& helper = m_session.helper();
    const auto breakdown = [&](Dimensions by, quint32 limit) {
        const TimeRange range = request.range.value_or(TimeRange());
        const Rates rates = request.range ? Rates::Omitted : Rates::Shown;
        helper.breakdown(range.sinceMs, range.untilMs, by, request.filter, request.limit.value_or(limit), this,
            then<Frame>([this, by, rates](const Frame& frame) { printFrame(frame, by, rates); }));
    };

    switch (request.command) {
    case Command::Totals: {
        const Dimensions by = request.by.value_or(Dimensions());
        helper.totals(
            by, this, then<Frame>([this, by](const Frame& frame) { printFrame(frame, by, Rates::Omitted); }));
        break;
    }
    case Command::Top: {
        const TimeRange range = rangeOf(request);
        const Dimensions by = request.by.value_or(Dimensions{Dimension::Process});
        helper.top(range.sinceMs, range.untilMs, by, request.limit.value_or(usualLimit), this,
            then<Frame>([this, by](const Frame& frame) { printFrame(frame, by, Rates::Omitted); }));
        break;
    }
    case Command::History: {
        const TimeRange range = rangeOf(request);
        const Dimensions by = request.by.value_or(Dimensions());
        helper.series(range.sinceMs, range.untilMs, bucketOf(request, range), by, request.filter,
            request.limit.value_or(usualLimit), this,
            then<Series>([this, by](const Series& series) { printSeries(series, by); }));
        break;
    }
    case Command::Protocols:
        breakdown({Dimension::Protocol}, everyProtocol);
        break;
    case Command::Ips:
        breakdown({Dimension::Remote}, usualLimit);
        break;
    case Command::Status:
        helper.status(this, then<Status>([this](const Status& status) { printStatus(status); }));
        break;
    case Command::Pause:
        helper.setPaused(true, this, then<void>([this] {
            printDone(QStringLiteral("paused"), true,
                QStringLiteral("Paused. What passes until 'bwtctl resume' is not recorded."));
        }));
        break;
    case Command::Resume:
        helper.setPaused(false, this,
            then<void>([this] { printDone(QStringLiteral("paused"), false, QStringLiteral("Recording.")); }));
        break;
    case Command::Clear:
        confirmClear();
        break;
    case Command::Live: // has a class of its own
        break;
    }
}

void Query::confirmClear()
{
    const Request& request = m_session.request();
    if (request.confirmed) {
        clear();
    } else if (isWholeHistory(request)) {
        clearIfConfirmed(QStringLiteral("the whole history"));
    } else {
        m_session.helper().top(
            request.range->sinceMs, request.range->untilMs, {}, 1, this, [this](const Result<Frame>& stored) {
                if (stored)
                    clearIfConfirmed(clearedRange(*m_session.request().range, *stored));
                else
                    m_session.fail(failureMessage(stored.error(), m_session.request()));
            });
    }
}

void Query::clearIfConfirmed(const QString& what)
{
    if (isConfirmed(clearQuestion(what)))
        clear();
    else
        m_session.fail(QStringLiteral("nothing was deleted"));
}

void Query::clear()
{
    const TimeRange range = m_session.request().range.value_or(TimeRange());
    m_session.helper().clear(range.sinceMs, range.untilMs, {}, {}, this, then<quint64>([this](quint64 removed) {
        printDone(QStringLiteral("removed_rows"), static_cast<qint64>(removed),
            removed == 0 ? QStringLiteral("There was nothing to delete.")
                         : QStringLiteral("Deleted %1 stored rows.").arg(formatCount(removed)));
    }));
}

void Query::printFrame(const Frame& frame, Dimensions by, Rates rates)
{
    Output& output = m_session.output();
    if (m_session.request().json) {
        output.print(frameToJson(frame, by, rates), QJsonDocument::Indented);
        return;
    }
    const Palette palette = output.palette();
    output.print({palette.paint(rangeText(frame.coversFromMs, frame.coversToMs), Ink::Faint), QString()});
    const Table table = rowTable(frame.rows, by, rates);
    output.print(table.isEmpty() ? QStringList(QStringLiteral("Nothing was recorded."))
                                 : table.lines(output.width(), palette));
    printHint(frame.rows);
}

/// Says how to see what is hidden, to people alone.
void Query::printHint(const QList<Row>& rows)
{
    Output& output = m_session.output();
    if (output.isTerminal() && !m_session.request().allUsers
        && std::ranges::find(rows, RowKind::OtherUsers, &Row::kind) != rows.end())
        output.print({QString(),
            output.palette().paint(QStringLiteral("--all-users names other people's programs."), Ink::Faint)});
}

void Query::printSeries(const Series& series, Dimensions by)
{
    Output& output = m_session.output();
    if (m_session.request().json) {
        output.print(seriesToJson(series, by), QJsonDocument::Indented);
        return;
    }
    const Table table = seriesTable(series, by);
    output.print(table.isEmpty() ? QStringList(QStringLiteral("Nothing was recorded."))
                                 : table.lines(output.width(), output.palette()));
}

void Query::printStatus(const Status& status)
{
    Output& output = m_session.output();
    if (m_session.request().json)
        output.print(statusToJson(status), QJsonDocument::Indented);
    else
        output.print(statusReport(status, QDateTime::currentMSecsSinceEpoch(), output.palette()));
}

void Query::printDone(const QString& key, const QJsonValue& value, const QString& sentence)
{
    Output& output = m_session.output();
    if (m_session.request().json)
        output.print(QJsonObject{{key, value}}, QJsonDocument::Indented);
    else
        output.print({sentence});
}

} // namespace bwt::cli
