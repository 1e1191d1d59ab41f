// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/query.h"

#include "app/cli/apptable.h"
#include "app/cli/eventtable.h"
#include "app/cli/messages.h"
#include "app/cli/rowtable.h"
#include "app/cli/settingtable.h"
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
constexpr qint64 historyBegins = 1; // 0 to 0 asks for the live counters
constexpr std::chrono::milliseconds usualRange = 24h;

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

/// Whose history of a range goes: nobody's name where it is everyone's.
QString whose(const Filter& filter)
{
    QString text;
    if (!filter.app.isEmpty())
        text += QStringLiteral(" of the app %1").arg(printable(filter.app));
    if (!filter.remote.isEmpty())
        text += QStringLiteral(" with %1, as far as it is kept by address").arg(printable(filter.remote));
    return text;
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

QJsonArray withReverseNames(QJsonArray rows, const ReverseNames::Names& names)
{
    for (auto&& value : rows) {
        QJsonObject row = value.toObject();
        const QString name = names.value(row[QStringLiteral("remote_ip")].toString());
        row[QStringLiteral("reverse_name")] = name.isNull() ? QJsonValue() : QJsonValue(name);
        value = row;
    }
    return rows;
}

Frame withReverseNames(Frame frame, const ReverseNames::Names& names)
{
    for (Row& row : frame.rows) {
        if (const QString name = names.value(row.remoteIp); row.remoteName.isNull() && !name.isNull())
            row.remoteName = QStringLiteral("%1 (reverse)").arg(name);
    }
    return frame;
}

} // namespace

TimeRange rangeOf(const Request& request)
{
    return request.range.value_or(TimeRange{QDateTime::currentMSecsSinceEpoch() - usualRange.count(), 0});
}

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
    const auto breakdown = [&](const std::optional<TimeRange>& range, Dimensions by, quint32 limit) {
        const Rates rates = range ? Rates::Omitted : Rates::Shown;
        auto print = then<Frame>([this, by, rates](const Frame& frame) { printFrame(frame, by, rates); });
        if (request.resolve)
            print = [this, by, rates, print](const Result<Frame>& answer) {
                if (answer)
                    printResolved(*answer, by, rates);
                else
                    print(answer);
            };
        helper.breakdown(range ? std::max(range->sinceMs, historyBegins) : 0, range ? range->untilMs : 0, by,
            request.filter, request.limit.value_or(limit), this, print);
    };

    switch (request.command) {
    case Command::Totals: {
        const Dimensions by = request.by.value_or(Dimensions());
        helper.totals(
            by, this, then<Frame>([this, by](const Frame& frame) { printFrame(frame, by, Rates::Omitted); }));
        break;
    }
    case Command::Top:
        breakdown(rangeOf(request), request.by.value_or(Dimensions{Dimension::Process}), usualLimit);
        break;
    case Command::History:
        askForSeries();
        break;
    case Command::Protocols:
        breakdown(request.range, {Dimension::Protocol}, everyProtocol);
        break;
    case Command::Ips:
        breakdown(request.range, {Dimension::Remote}, usualLimit);
        break;
    case Command::Events: {
        const TimeRange range = rangeOf(request);
        helper.events(range.sinceMs, range.untilMs, this,
            then<EventList>([this, range](const EventList& events) { printEvents(events, range); }));
        break;
    }
    case Command::Apps:
        if (request.appChange)
            changeApp(*request.appChange);
        else
            helper.apps(this, then<AppList>([this](const AppList& apps) { printApps(apps); }));
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
    case Command::Settings:
        if (request.settings.isEmpty())
            helper.settings(
                this, then<SettingList>([this](const SettingList& settings) { printSettings(settings); }));
        else
            changeSettings();
        break;
    case Command::Live: // have classes of their own
    case Command::Export:
        break;
    }
}

/// A history's beginning is the helper's to tell: steps since 1970 would be too many.
void Query::askForSeries()
{
    const TimeRange range = rangeOf(m_session.request());
    if (range.sinceMs != 0) {
        sendSeries(range);
        return;
    }
    m_session.helper().status(this, [this, range](const Result<Status>& status) {
        if (status)
            sendSeries({status->historySinceMs != 0 ? status->historySinceMs : historyBegins, range.untilMs});
        else
            m_session.fail(failureMessage(status.error(), m_session.request()));
    });
}

void Query::sendSeries(const TimeRange& range)
{
    const Request& request = m_session.request();
    const Dimensions by = request.by.value_or(Dimensions());
    m_session.helper().series(range.sinceMs, range.untilMs, bucketOf(request, range), by, request.filter,
        request.limit.value_or(usualLimit), this,
        then<Series>([this, by](const Series& series) { printSeries(series, by); }));
}

void Query::confirmClear()
{
    const Request& request = m_session.request();
    if (request.confirmed) {
        clear();
    } else if (isWholeHistory(request)) {
        clearIfConfirmed(QStringLiteral("the whole history") % whose(request.filter));
    } else {
        m_session.helper().top(request.range->sinceMs, request.range->untilMs, {Dimension::Remote}, 1, this,
            [this](const Result<Frame>& stored) {
                if (stored)
                    clearIfConfirmed(
                        clearedRange(*m_session.request().range, *stored) % whose(m_session.request().filter));
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
    const Filter& filter = m_session.request().filter;
    m_session.helper().clear(
        range.sinceMs, range.untilMs, filter.app, filter.remote, this, then<quint64>([this](quint64 removed) {
            printDone(QStringLiteral("removed_rows"), static_cast<qint64>(removed),
                removed == 0 ? QStringLiteral("There was nothing to delete.")
                             : QStringLiteral("Deleted %1 stored rows.").arg(formatCount(removed)));
        }));
}

void Query::changeApp(const AppChange& change)
{
    const QString app = printable(change.app);
    const QString value = printable(change.value);
    QString key;
    QString sentence;
    switch (change.kind) {
    case AppChange::Kind::Rename:
        key = QStringLiteral("renamed");
        sentence = QStringLiteral("%1 is called %2 from now on.").arg(app, value);
        break;
    case AppChange::Kind::Merge:
        key = QStringLiteral("merged");
        sentence = QStringLiteral("%1 counts for %2 from now on.").arg(app, value);
        break;
    case AppChange::Kind::Reset:
        key = QStringLiteral("reset");
        sentence = QStringLiteral("%1 has its own name and counts for itself.").arg(app);
        break;
    }
    m_session.helper().changeApp(
        change, this, then<void>([this, key, app = change.app, sentence] { printDone(key, app, sentence); }));
}

/// One after the other, since the next may only be right beside the one before; then all are listed.
void Query::changeSettings()
{
    if (m_changed == m_session.request().settings.size()) {
        m_session.helper().settings(
            this, then<SettingList>([this](const SettingList& settings) { printSettings(settings); }));
        return;
    }
    const auto& [name, value] = m_session.request().settings.at(m_changed);
    m_session.helper().changeSetting(name, value, this, [this](const Result<void>& changed) {
        if (!changed) {
            m_session.dismissAgent();
            m_session.fail(failureMessage(changed.error(), m_session.request()));
            return;
        }
        ++m_changed;
        changeSettings();
    });
}

void Query::printResolved(const Frame& frame, Dimensions by, Rates rates)
{
    m_session.dismissAgent();
    QStringList addresses;
    for (const Row& row : frame.rows) {
        if (row.remoteName.isNull() && !row.remoteIp.isNull())
            addresses.append(row.remoteIp);
    }
    m_reverse.lookUp(addresses, this, [this, frame, by, rates](const ReverseNames::Names& names) {
        printFrame(frame, by, rates, &names);
        m_session.finish();
    });
}

void Query::printFrame(const Frame& asTold, Dimensions by, Rates rates, const ReverseNames::Names* reverse)
{
    Output& output = m_session.output();
    if (m_session.request().json) {
        QJsonObject object = frameToJson(asTold, by, rates);
        if (reverse)
            object[QStringLiteral("rows")] = withReverseNames(object[QStringLiteral("rows")].toArray(), *reverse);
        output.print(object, QJsonDocument::Indented);
        return;
    }
    const Frame frame = reverse ? withReverseNames(asTold, *reverse) : asTold;
    const Palette palette = output.palette();
    output.print({palette.paint(rangeText(frame.coversFromMs, frame.coversToMs), Ink::Faint), QString()});
    const Table table = rowTable(frame.rows, by, rates);
    output.print(table.isEmpty() ? QStringList(QStringLiteral("Nothing was recorded."))
                                 : table.lines(output.width(), palette));
    printHint(frame.rows, by);
}

/// Says how to see what is hidden, or was asked for and is not known, to people alone.
void Query::printHint(const QList<Row>& rows, Dimensions by)
{
    Output& output = m_session.output();
    if (!output.isTerminal())
        return;
    const auto hint
        = [&](const QString& text) { output.print({QString(), output.palette().paint(text, Ink::Faint)}); };
    if (!m_session.request().allUsers && std::ranges::find(rows, RowKind::OtherUsers, &Row::kind) != rows.end())
        hint(QStringLiteral("--all-users names other people's programs."));
    const bool asksPlaces = by.has(Dimension::Country) || by.has(Dimension::Asn);
    if (asksPlaces && std::ranges::none_of(rows, [](const Row& row) { return !row.country.isNull() || row.asn; }))
        hint(QStringLiteral("Places are told by files: see country-db and asn-db in bandwidth-tracker-helper(8)."));
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

void Query::printEvents(const EventList& events, const TimeRange& range)
{
    Output& output = m_session.output();
    if (m_session.request().json) {
        const qint64 untilMs = range.untilMs != 0 ? range.untilMs : QDateTime::currentMSecsSinceEpoch();
        output.print(eventsToJson(events, range.sinceMs, untilMs), QJsonDocument::Indented);
        return;
    }
    const Table table = eventTable(events);
    output.print(table.isEmpty() ? QStringList(QStringLiteral("Nothing happened."))
                                 : table.lines(output.width(), output.palette()));
}

void Query::printApps(const AppList& apps)
{
    Output& output = m_session.output();
    if (m_session.request().json) {
        output.print(appsToJson(apps), QJsonDocument::Indented);
        return;
    }
    const Table table = appTable(apps);
    output.print(table.isEmpty() ? QStringList(QStringLiteral("No app is known yet."))
                                 : table.lines(output.width(), output.palette()));
}

void Query::printSettings(const SettingList& settings)
{
    Output& output = m_session.output();
    if (m_session.request().json)
        output.print(settingsToJson(settings), QJsonDocument::Indented);
    else
        output.print(settingTable(settings).lines(output.width(), output.palette()));
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
