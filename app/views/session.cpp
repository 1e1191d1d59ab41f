// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/session.h"

#include <QDateTime>

#include <algorithm>
#include <chrono>
#include <utility>

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr quint32 frameLimit = 2000;
constexpr std::chrono::milliseconds beatInterval = 5s;
constexpr int trendPoints = 60;

qint64 nowMs()
{
    return QDateTime::currentMSecsSinceEpoch();
}

quint64 rateOf(const UsageGroup& group)
{
    return group.row.numbers.rxRate.value_or(0) + group.row.numbers.txRate.value_or(0);
}

} // namespace

Session::Session(HelperClient& client, const ViewChoice& choice, QObject* parent)
    : QObject(parent)
    , m_client(client)
    , m_choice(choice)
    , m_book(choice.grouping)
    , m_history(client)
    , m_details(client)
{
    m_rows.setSourceModel(&m_table);
    m_rows.setText(choice.filter);
    connect(&m_client, &HelperClient::stateChanged, this, &Session::handleState);
    connect(&m_client, &HelperClient::subscribed, this, &Session::handleSubscribed);
    connect(&m_client, &HelperClient::frameReceived, this, &Session::handleFrame);
    connect(&m_client, &HelperClient::subscriptionFailed, this, [this](const Error& error) {
        m_subscriptionError = error;
        Q_EMIT stateChanged();
    });
    connect(&m_history, &HistoryFeed::changed, this, [this] {
        m_historyHidesOthers = holdsOtherUsers(m_history.groups());
        show();
    });
    connect(&m_details, &DetailsFeed::changed, this, [this] {
        m_detailsHideOthers = m_details.holdsOtherUsers();
        Q_EMIT selectionChanged();
    });
    connect(&m_beat, &QTimer::timeout, this, &Session::beat);
    m_beat.setInterval(beatInterval);
    followLive();
    m_history.follow(m_choice);
}

void Session::setChoice(const ViewChoice& choice)
{
    if (choice == m_choice)
        return;
    const ViewChoice before = std::exchange(m_choice, choice);
    if (choice.grouping != before.grouping) {
        m_book = LiveBook(choice.grouping);
        m_liveTimeline.clear();
        m_colors.clear();
        m_table.setGroups({}, choice.grouping);
        followLive();
    }
    m_rows.setText(choice.filter);
    m_history.follow(choice);
    if (choice.scope != before.scope || choice.filter != before.filter) {
        m_today.reset();
        askToday();
    }
    Q_EMIT choiceChanged();
    show();
}

/// A subscription makes the helper look each second, which nobody needs of a hidden window: that one asks instead.
void Session::followLive()
{
    m_subscriptionError.reset();
    m_asking.reset();
    if (m_watched) {
        m_client.subscribe(LiveBook::dimensions(m_choice.grouping), frameLimit);
    } else {
        m_client.unsubscribe();
        askLive();
    }
}

void Session::beat()
{
    if (!m_watched) {
        askLive();
        return;
    }
    askStatus();
    askToday();
    if (m_subscriptionError)
        m_client.subscribe(LiveBook::dimensions(m_choice.grouping), frameLimit);
}

void Session::askLive()
{
    if (m_client.state() != HelperClient::State::Ready)
        return;
    m_asking = std::make_unique<QObject>();
    m_client.breakdown(0, 0, LiveBook::dimensions(m_choice.grouping), {}, frameLimit, m_asking.get(),
        [this](const Result<Frame>& answer) { takeLive(answer); });
}

/// Its totals count since the counters were made, but its rates are those of the last tick.
void Session::takeLive(const Result<Frame>& answer)
{
    if (answer) {
        Frame frame = *answer;
        constexpr qint64 longestMs = 2 * beatInterval.count(); // a longer one is a gap
        frame.sinceMs = std::max(m_lastFrameMs, frame.untilMs - longestMs);
        handleFrame(frame, true);
    } else {
        m_subscriptionError = answer.error();
        Q_EMIT stateChanged();
    }
}

void Session::handleState()
{
    if (m_client.state() == HelperClient::State::Ready) {
        m_subscriptionError.reset();
        askStatus();
        if (m_watched)
            askToday();
        else
            askLive();
        m_history.refresh();
        m_beat.start();
    } else {
        m_beat.stop();
        m_cpuShare.reset();
    }
    Q_EMIT stateChanged();
}

void Session::handleFrame(const Frame& frame, bool complete)
{
    const bool wasStale = isStale();
    m_book.apply(frame, complete);
    m_liveTimeline.appendTick({frame.sinceMs, frame.untilMs}, m_book.rows(), m_choice.grouping);
    m_lastFrameMs = frame.untilMs;
    if (wasStale || m_subscriptionError) {
        m_subscriptionError.reset();
        Q_EMIT stateChanged();
    }
    show();
}

/// What the helper shows in frames it also shows in answers, as long as polkit remembers.
void Session::handleSubscribed(bool everyone)
{
    const bool wasAsked = std::exchange(m_sightIsOpen, false);
    const bool isNews = wasAsked || everyone != m_seesEveryone;
    m_seesEveryone = everyone;
    if (isNews) {
        m_historyHidesOthers = false; // what is shown until the answer comes was asked for before
        m_detailsHideOthers = false;
        m_history.refresh();
        m_details.refresh();
    }
    if (wasAsked && m_wantsEveryone && !everyone) {
        m_wantsEveryone = false;
        Q_EMIT commandFailed({ErrorCode::NotAuthorized, {}});
    }
    Q_EMIT stateChanged();
}

/// Brings table, colours and selection in line with what is known now.
void Session::show()
{
    const bool live = m_choice.range.isLive();
    m_colors.weigh(timeline().weights(accepts()));
    QHash<QString, int> indexes;
    for (const QString& key : m_colors.groups())
        indexes.insert(key, *m_colors.indexOf(key));
    m_table.setColorIndexes(indexes);
    m_table.setGroups(live ? m_book.groups(m_choice.scope) : m_history.groups(), m_choice.grouping);
    m_table.setTrends(timeline().trends(span(), trendPoints, accepts()));
    m_details.follow(selected(), m_choice, m_history.span());
    Q_EMIT numbersChanged();
}

const Timeline& Session::timeline() const
{
    return m_choice.range.isLive() ? m_liveTimeline : m_history.timeline();
}

Timeline::Accepts Session::accepts() const
{
    // History comes narrowed to the scope already, and its rows do not repeat it.
    const bool live = m_choice.range.isLive();
    return [live, choice = m_choice](const Row& row) {
        return (!live || holdsScope(choice.scope, row.scope))
            && matchesText(row, groupName(row, choice.grouping), choice.filter);
    };
}

ChartData Session::chart() const
{
    ChartData data = timeline().chart(span(), m_colors, m_choice.grouping, accepts());
    data.live = m_choice.range.isLive();
    return data;
}

TimeSpan Session::span() const
{
    if (!m_choice.range.isLive())
        return m_history.span();
    return m_choice.range.spanAt(m_lastFrameMs > 0 ? m_lastFrameMs : nowMs());
}

Numbers Session::rangeTotal() const
{
    return sumOf(m_rows.shownGroups());
}

std::optional<UsageGroup> Session::selected() const
{
    return m_table.groupOf(m_selectedKey);
}

void Session::select(const QString& key)
{
    m_selectedKey = key;
    m_details.follow(selected(), m_choice, m_history.span());
    Q_EMIT selectionChanged();
}

bool Session::canLookUpName() const
{
    const auto group = selected();
    return group && m_choice.grouping == Grouping::Host && !group->row.remoteIp.isEmpty();
}

void Session::lookUpName()
{
    if (!canLookUpName())
        return;
    m_reverse.lookUp({selected()->row.remoteIp}, this, [this](const ReverseNames::Names& names) {
        m_reverseNames.insert(names);
        Q_EMIT selectionChanged();
    });
}

Numbers Session::now() const
{
    Numbers sum;
    if (!hasNumbers())
        return sum;
    bool known = m_book.isEmpty();
    for (const UsageGroup& group : m_book.groups(m_choice.scope)) {
        if (matchesText(group.row, group.name, m_choice.filter))
            sum += group.row.numbers;
    }
    for (const Row& row : m_book.rows())
        known = known || row.numbers.rxRate.has_value();
    if (known) {
        sum.rxRate = sum.rxRate.value_or(0);
        sum.txRate = sum.txRate.value_or(0);
    }
    return sum;
}

QList<UsageGroup> Session::topTalkers(qsizetype count) const
{
    QList<UsageGroup> groups = m_book.groups(m_choice.scope);
    groups.removeIf([](const UsageGroup& group) { return rateOf(group) == 0 || group.row.kind == RowKind::Rest; });
    std::ranges::stable_sort(groups, std::ranges::greater(), rateOf);
    return groups.mid(0, count);
}

Error Session::error() const
{
    return m_subscriptionError.value_or(m_client.error());
}

bool Session::isStale() const
{
    return hasNumbers() && (m_client.state() != HelperClient::State::Ready || m_subscriptionError);
}

void Session::startHelper()
{
    m_client.activate();
    m_history.refresh(); // it may have failed while the helper itself was well
}

void Session::setWantsEveryone(bool everyone)
{
    m_wantsEveryone = everyone;
    m_sightIsOpen = true;
    m_client.setInteraction(everyone ? HelperClient::Interaction::Subscribing : HelperClient::Interaction::Never);
    Q_EMIT stateChanged();
}

bool Session::isPermissionOver() const
{
    const bool historyHides = m_historyHidesOthers && !m_choice.range.isLive();
    return m_wantsEveryone && !m_sightIsOpen && (!m_seesEveryone || historyHides || m_detailsHideOthers);
}

void Session::setPaused(bool paused)
{
    m_client.setPaused(paused, this, [this](const Result<void>& answer) {
        if (!answer)
            Q_EMIT commandFailed(answer.error());
        askStatus();
    });
}

void Session::askApps(QObject* context, const std::function<void(const AppList&)>& then)
{
    m_client.apps(context, [this, then](const Result<AppList>& answer) {
        if (answer)
            then(*answer);
        else
            Q_EMIT commandFailed(answer.error());
    });
}

/// The next frame and answers have it.
void Session::changeApp(const AppChange& change)
{
    m_client.changeApp(change, this, [this](const Result<void>& answer) {
        if (!answer) {
            Q_EMIT commandFailed(answer.error());
            return;
        }
        m_history.refresh();
        m_details.refresh();
    });
}

void Session::askSettings(QObject* context, const std::function<void(const Result<SettingList>&)>& then)
{
    m_client.settings(context, then);
}

void Session::changeSetting(
    const QString& name, const QString& value, QObject* context, const std::function<void(const Result<void>&)>& then)
{
    m_client.changeSetting(name, value, context, then);
}

void Session::setWatched(bool watched)
{
    if (m_watched == watched)
        return;
    m_watched = watched;
    m_history.setWatched(watched);
    m_details.setWatched(watched);
    followLive();
    if (watched && m_client.state() == HelperClient::State::Ready) {
        askStatus();
        askToday();
    }
}

void Session::sortAgain()
{
    m_table.sort(m_table.sortColumn(), m_table.sortOrder());
    Q_EMIT numbersChanged();
}

void Session::askStatus()
{
    m_client.status(this, [this](const Result<Status>& answer) {
        if (answer)
            takeStatus(*answer);
    });
}

void Session::takeStatus(const Status& status)
{
    const qint64 ms = nowMs();
    m_cpuShare.reset();
    // Less processor time than before is another helper's.
    if (m_status && status.cpuNs >= m_status->cpuNs && ms > m_statusMs) {
        const auto spentMs = static_cast<double>(status.cpuNs - m_status->cpuNs) / 1e6;
        m_cpuShare = spentMs / static_cast<double>(ms - m_statusMs);
    }
    m_status = status;
    m_statusMs = ms;
    Q_EMIT stateChanged();
}

void Session::askToday()
{
    if (m_client.state() != HelperClient::State::Ready)
        return;
    Dimensions by;
    if (!m_choice.filter.isEmpty())
        by.insert(dimensionOf(m_choice.grouping));
    Filter filter;
    filter.scope = scopeFilter(m_choice.scope);
    const qint64 midnightMs = QDate::currentDate().startOfDay().toMSecsSinceEpoch();
    m_client.breakdown(
        midnightMs, 0, by, filter, frameLimit, this, [this, asked = m_choice](const Result<Frame>& answer) {
            if (!answer || asked != m_choice)
                return;
            Numbers sum;
            for (const Row& row : answer->rows) {
                if (matchesText(row, groupName(row, asked.grouping), asked.filter))
                    sum += row.numbers;
            }
            m_today = sum;
            Q_EMIT numbersChanged();
        });
}

} // namespace bwt
