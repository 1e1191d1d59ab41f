// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/detailsfeed.h"

#include "app/client/helperclient.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr auto livePace = 2s;
constexpr quint32 sectionLimit = 100;

std::array<Grouping, 2> sectionsOf(Grouping grouping)
{
    switch (grouping) {
    case Grouping::App:
    case Grouping::Process:
        return {Grouping::Protocol, Grouping::Host};
    case Grouping::Host:
        return {Grouping::Protocol, Grouping::App};
    case Grouping::Protocol:
    case Grouping::Country:
    case Grouping::Operator:
        return {Grouping::App, Grouping::Host};
    }
    return {Grouping::Protocol, Grouping::Host};
}

quint64 bytesOf(const UsageGroup& group)
{
    return group.row.numbers.rxBytes + group.row.numbers.txBytes;
}

} // namespace

DetailsFeed::DetailsFeed(HelperClient& client, QObject* parent)
    : QObject(parent)
    , m_client(client)
{
    m_timer.setInterval(livePace);
    connect(&m_timer, &QTimer::timeout, this, &DetailsFeed::ask);
}

void DetailsFeed::follow(const std::optional<UsageGroup>& group, const ViewChoice& choice, const TimeSpan& span)
{
    const QString key = group ? group->key : QString();
    const bool same = group && key == m_key && choice.range == m_choice.range && choice.scope == m_choice.scope
        && choice.grouping == m_choice.grouping && (choice.range.isLive() || span == m_span);
    if (same && m_filter)
        return;
    const bool sameGroup = key == m_key && choice.grouping == m_choice.grouping;
    m_key = key;
    m_choice = choice;
    m_span = span;
    m_filter = group ? groupFilter(*group, choice.grouping, choice.scope) : std::nullopt;
    m_asking.reset();
    m_timer.stop();
    if (!sameGroup) {
        const auto by = sectionsOf(choice.grouping);
        m_sections = {Section{by[0], {}}, Section{by[1], {}}};
        m_answered = false;
        Q_EMIT changed();
    }
    if (!m_filter)
        return;
    ask();
    if (m_watched && choice.range.isLive())
        m_timer.start();
}

void DetailsFeed::refresh()
{
    if (m_filter)
        ask();
}

bool DetailsFeed::holdsOtherUsers() const
{
    return std::ranges::any_of(
        m_sections, [](const Section& section) { return bwt::holdsOtherUsers(section.groups); });
}

void DetailsFeed::setWatched(bool watched)
{
    m_watched = watched;
    if (watched && m_filter && m_choice.range.isLive())
        m_timer.start();
    else
        m_timer.stop();
}

void DetailsFeed::ask()
{
    // Zero to zero asks for the live counters, the same that the live table shows.
    const TimeSpan span = m_choice.range.isLive() ? TimeSpan{} : m_span;
    m_asking = std::make_unique<QObject>();
    for (std::size_t i = 0; i < m_sections.size(); ++i) {
        const Dimensions by{dimensionOf(m_sections.at(i).by)};
        m_client.breakdown(span.sinceMs, span.untilMs, by, *m_filter, sectionLimit, m_asking.get(),
            [this, i](const Result<Frame>& answer) { take(i, answer); });
    }
}

void DetailsFeed::take(std::size_t section, const Result<Frame>& answer)
{
    // A failure shows elsewhere in the window; the last answer stays.
    if (!answer)
        return;
    Section& target = m_sections.at(section);
    target.groups = groupRows(answer->rows, target.by);
    std::ranges::stable_sort(target.groups, std::ranges::greater(), bytesOf);
    m_answered = true;
    Q_EMIT changed();
}

} // namespace bwt
