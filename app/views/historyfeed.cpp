// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/historyfeed.h"

#include "app/client/helperclient.h"

#include <QDateTime>

#include <algorithm>
#include <chrono>

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr auto retryPace = 10s;
constexpr quint32 tableLimit = 2000;

} // namespace

HistoryFeed::HistoryFeed(HelperClient& client, QObject* parent)
    : QObject(parent)
    , m_client(client)
{
    connect(&m_timer, &QTimer::timeout, this, &HistoryFeed::refresh);
}

void HistoryFeed::follow(const ViewChoice& choice)
{
    const bool sameNumbers = choice.range == m_choice.range && choice.scope == m_choice.scope
        && choice.grouping == m_choice.grouping && choice.filter.isEmpty() == m_choice.filter.isEmpty();
    m_choice = choice;
    if (sameNumbers && m_state != State::Idle)
        return;
    m_asking.reset();
    m_timer.stop();
    m_groups.clear();
    m_timeline.clear();
    m_state = State::Idle;
    if (!choice.range.isLive())
        ask();
}

void HistoryFeed::refresh()
{
    if (!m_choice.range.isLive())
        ask();
}

void HistoryFeed::setWatched(bool watched)
{
    if (m_watched == watched)
        return;
    m_watched = watched;
    if (watched)
        refresh();
    else
        m_timer.stop();
}

void HistoryFeed::ask()
{
    const bool firstTime = m_state == State::Idle;
    const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
    m_askedSpan = m_choice.range.spanAt(nowMs);
    m_askedResolution = resolutionFor(m_askedSpan, nowMs);
    if (firstTime)
        m_span = m_askedSpan;
    m_frame.reset();
    m_series.reset();
    m_asking = std::make_unique<QObject>();
    m_timer.stop();

    const Dimensions by{dimensionOf(m_choice.grouping)};
    Filter filter;
    filter.scope = scopeFilter(m_choice.scope);
    m_client.breakdown(m_askedSpan.sinceMs, m_askedSpan.untilMs, by, filter, tableLimit, m_asking.get(),
        [this](const Result<Frame>& answer) { takeFrame(answer); });
    m_client.series(m_askedSpan.sinceMs, m_askedSpan.untilMs, m_askedResolution.bucket, by, filter,
        groupsInBucket(m_askedSpan, m_askedResolution, m_choice.filter), m_asking.get(),
        [this](const Result<Series>& answer) { takeSeries(answer); });
    if (firstTime) {
        m_state = State::Asking;
        Q_EMIT changed();
    }
}

void HistoryFeed::takeFrame(const Result<Frame>& answer)
{
    if (!answer)
        return fail(answer.error());
    m_frame = *answer;
    settle();
}

void HistoryFeed::takeSeries(const Result<Series>& answer)
{
    if (!answer)
        return fail(answer.error());
    m_series = *answer;
    settle();
}

/// Table and chart change together.
void HistoryFeed::settle()
{
    if (!m_frame || !m_series)
        return;
    m_span = m_askedSpan;
    m_groups = groupRows(m_frame->rows, m_choice.grouping);
    m_timeline.setSeries(*m_series, m_choice.grouping);
    m_state = State::Answered;
    if (m_watched && m_choice.range.kind != RangeKind::Fixed)
        m_timer.start(pace());
    Q_EMIT changed();
}

void HistoryFeed::fail(const Error& error)
{
    m_error = error;
    m_state = State::Failed;
    if (m_watched)
        m_timer.start(retryPace);
    Q_EMIT changed();
}

/// A minute of a day's chart is not worth a query each second.
std::chrono::milliseconds HistoryFeed::pace() const
{
    return std::clamp<std::chrono::milliseconds>(std::chrono::milliseconds(m_span.lengthMs() / 360), 10s, 5min);
}

} // namespace bwt
