// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/questions.h"

#include "app/models/viewchoice.h"

#include <algorithm>
#include <array>

namespace bwt::test {

namespace {

constexpr std::int64_t minuteMs = 60'000;
constexpr std::int64_t hourMs = 60 * minuteMs;
constexpr std::int64_t dayMs = 24 * hourMs;

constexpr quint32 tableLimit = 2'000; // as the window's
constexpr quint32 sectionLimit = 100;
constexpr std::uint32_t userUid = 1'000;

/// The columns of the flat table that are nearest to what rows are grouped by.
QString columnsOf(Dimension by)
{
    switch (by) {
    case Dimension::App:
        return QStringLiteral("exe");
    case Dimension::Remote:
        return QStringLiteral("remote_ip");
    case Dimension::Protocol:
        return QStringLiteral("protocol");
    default:
        return QStringLiteral("pid, process_name, exe, uid");
    }
}

const QString anything = QStringLiteral("1");
const QString nothing = QStringLiteral("''"); // to group by

Result<void> askTop(Store& store, const HistoryQuery& query)
{
    return store.top(query).map([](const Frame&) { });
}

Result<void> askSeries(Store& store, const HistoryQuery& query, Bucket bucket)
{
    return store.history(query, bucket).map([](const Series&) { });
}

struct Range {
    const char* name;
    std::int64_t lengthMs; ///< 0 for all
    double limitMs;
    double remotesLimitMs;
    std::int64_t strideMs; ///< from one end to another
};
constexpr std::array ranges{
    Range{"the last hour", hourMs, 5, 50, 61 * minuteMs},
    Range{"24 hours", dayMs, 50, 50, 67 * minuteMs},
    Range{"7 days", 7 * dayMs, 50, 50, 11 * hourMs + 7 * minuteMs},
    Range{"30 days", 30 * dayMs, 50, 300, 37 * hourMs + 11 * minuteMs},
    Range{"90 days", 90 * dayMs, 50, 300, 37 * hourMs + 11 * minuteMs},
    Range{"the year", 365 * dayMs, 50, 300, 7 * hourMs + 13 * minuteMs},
    Range{"all", 0, 50, 300, 97 * minuteMs},
};
constexpr int openingsOfRange = 40;

/// By one of the groupings, each in its turn; of a history that goes on until `nowMs`.
template <std::size_t count>
Question openingOf(const std::array<Grouping, count>& groupings, const TimeSpan& span, std::int64_t beginMs,
    std::int64_t nowMs, int number)
{
    const auto turn = static_cast<std::size_t>(number);
    const Dimension by = dimensionOf(groupings.at(turn % groupings.size()));
    const Resolution resolution = resolutionFor(span, nowMs);
    const ScopeChoice scope = turn / groupings.size() % 2 == 0 ? ScopeChoice::Internet : ScopeChoice::All;
    const bool seesEveryone = turn / groupings.size() / 2 % 2 == 0;

    HistoryQuery table;
    table.sinceMs = std::max<std::int64_t>(span.sinceMs, 0);
    table.untilMs = span.untilMs;
    table.by = {by};
    table.filter.scope = scopeFilter(scope);
    table.visibility = seesEveryone ? Visibility::everyone() : Visibility::ofUids({{userUid, userUid}});
    table.limit = tableLimit;
    HistoryQuery chart = table;
    chart.limit = groupsInBucket(span, resolution, {});
    HistoryQuery today = table;
    today.sinceMs = span.untilMs - span.untilMs % dayMs;
    today.sinceMs = std::max(beginMs, today.sinceMs == span.untilMs ? today.sinceMs - dayMs : today.sinceMs);
    today.by = {};
    const Bucket bucket = bucketFromName(resolution.bucket).value_or(Bucket::Day);
    const std::int64_t bucketMs = resolution.bucketMs;
    const QString part = QStringLiteral("by ") + dimensionName(by);
    return {part, part + (scope == ScopeChoice::Internet ? u", internet" : u""),
        [=](Store& store) {
            return askTop(store, table).and_then([&] { return askSeries(store, chart, bucket); }).and_then([&] {
                return askTop(store, today);
            });
        },
        [=](FlatTable& flat) {
            flat.top(table.sinceMs, table.untilMs, columnsOf(by), anything, tableLimit);
            flat.series(table.sinceMs, table.untilMs, bucketMs, columnsOf(by), anything);
            flat.top(today.sinceMs, today.untilMs, nothing, anything, 1);
        }};
}

/// A filter with the condition that is the same to the flat table; null where that doesn't know.
struct Narrowing {
    Filter filter;
    QString where;
};

QString quoted(QString text)
{
    return QLatin1Char('\'') + text.replace(QLatin1Char('\''), QStringLiteral("''")) + QLatin1Char('\'');
}

constexpr int filtersOfKind = 7;

/// Some of the keys that a year's rows have, from the biggest to the smallest.
template <typename Narrow>
Result<std::vector<Narrowing>> narrowings(Store& store, HistoryQuery query, Dimension by, Narrow narrow)
{
    query.by = {by};
    query.limit = tableLimit;
    return store.top(query).map([&](const Frame& frame) {
        QList<Row> named = frame.rows;
        named.removeIf([&](const Row& row) { return row.kind != RowKind::Named || narrow(row).filter.isEmpty(); });
        std::vector<Narrowing> some;
        // Each is a few times further down than the one before.
        for (qsizetype next = 0; next < named.size() && some.size() < filtersOfKind; next = next * 3 + 1)
            some.push_back(narrow(named[next]));
        return some;
    });
}

void addQuestions(QuestionSet& set, const Narrowing& narrowing, HistoryQuery query)
{
    query.filter = narrowing.filter;
    const Filter& filter = query.filter;
    QString value = filter.app + filter.process + filter.remote + filter.protocol + filter.service + filter.scope
        + filter.network;
    if (filter.uid)
        value = QString::number(*filter.uid);
    const auto flatly = [&](auto ask) -> std::function<void(FlatTable&)> {
        if (narrowing.where.isNull())
            return {};
        return ask;
    };
    const QString where = narrowing.where;
    for (const Dimension by : {Dimension::App, Dimension::Remote, Dimension::Protocol}) {
        HistoryQuery top = query;
        top.by = {by};
        top.limit = sectionLimit;
        const QString part = QStringLiteral("top by ") + dimensionName(by);
        set.questions.push_back({part, value + QStringLiteral(", ") + part,
            [top](Store& store) { return askTop(store, top); }, flatly([=](FlatTable& flat) {
                flat.top(top.sinceMs, top.untilMs, columnsOf(by), where, sectionLimit);
            })});
    }
    const QString days = QStringLiteral("days");
    set.questions.push_back({days, value + QStringLiteral(", ") + days,
        [query](Store& store) { return askSeries(store, query, Bucket::Day); },
        flatly([=](FlatTable& flat) { flat.series(query.sinceMs, query.untilMs, dayMs, nothing, where); })});
}

struct FilterKind {
    QString name;
    Dimension by;
    Narrowing (*narrow)(const Row& row);
};

const std::vector<FilterKind>& filterKinds()
{
    static const std::vector<FilterKind> kinds{
        {QStringLiteral("app"), Dimension::App,
            [](const Row& row) {
                return Narrowing{{.app = row.appId}, QStringLiteral("exe = ") + quoted(row.appId)};
            }},
        {QStringLiteral("process name"), Dimension::App,
            [](const Row& row) {
                return Narrowing{{.process = row.appName}, QStringLiteral("process_name = ") + quoted(row.appName)};
            }},
        {QStringLiteral("remote"), Dimension::Remote,
            [](const Row& row) {
                return Narrowing{{.remote = row.remoteIp}, QStringLiteral("remote_ip = ") + quoted(row.remoteIp)};
            }},
        {QStringLiteral("protocol"), Dimension::Protocol,
            [](const Row& row) {
                return Narrowing{{.protocol = row.protocol}, QStringLiteral("protocol = ") + quoted(row.protocol)};
            }},
        {QStringLiteral("service"), Dimension::Service,
            [](const Row& row) { return Narrowing{{.service = row.service}, {}}; }},
        {QStringLiteral("scope"), Dimension::Scope,
            [](const Row& row) { return Narrowing{{.scope = row.scope}, {}}; }},
        {QStringLiteral("network"), Dimension::Network,
            [](const Row& row) { return Narrowing{{.network = row.network}, {}}; }},
        {QStringLiteral("user"), Dimension::User,
            [](const Row& row) {
                return Narrowing{{.uid = row.uid}, QStringLiteral("uid = %1").arg(row.uid.value_or(0))};
            }},
    };
    return kinds;
}

} // namespace

std::vector<QuestionSet> openings(std::int64_t beginMs, std::int64_t endMs)
{
    constexpr std::array first{Grouping::App, Grouping::Process, Grouping::Protocol};
    constexpr std::array remotes{Grouping::Host};
    std::vector<QuestionSet> sets;
    for (const Range& range : ranges) {
        const QLatin1StringView name(range.name);
        QuestionSet opening{QStringLiteral("opening, ") + name, range.limitMs, {}};
        QuestionSet byRemote{QStringLiteral("by remote, ") + name, range.remotesLimitMs, {}};
        for (int i = 0; i < openingsOfRange; ++i) {
            const std::int64_t untilMs = endMs - i * range.strideMs;
            const TimeSpan span{range.lengthMs == 0 ? beginMs : untilMs - range.lengthMs, untilMs};
            if (untilMs <= beginMs)
                continue;
            opening.questions.push_back(openingOf(first, span, beginMs, endMs, i));
            byRemote.questions.push_back(openingOf(remotes, span, beginMs, endMs, i));
        }
        sets.push_back(std::move(opening));
        sets.push_back(std::move(byRemote));
    }
    return sets;
}

std::vector<QuestionSet> placings(std::int64_t beginMs, std::int64_t endMs)
{
    constexpr quint32 usualLimit = 50;
    constexpr int times = 10;
    std::vector<QuestionSet> sets;
    for (const Range& range : ranges) {
        QuestionSet set{QStringLiteral("by place, ") + QLatin1StringView(range.name), range.remotesLimitMs, {}};
        for (int i = 0; i < times; ++i) {
            HistoryQuery query;
            query.untilMs = endMs - i * range.strideMs;
            query.sinceMs = std::max(beginMs, range.lengthMs == 0 ? beginMs : query.untilMs - range.lengthMs);
            query.limit = usualLimit;
            for (const Dimension by : {Dimension::Country, Dimension::Asn}) {
                query.by = {by};
                const QString part = QStringLiteral("by ") + dimensionName(by);
                set.questions.push_back({part, part, [query](Store& store) { return askTop(store, query); }, {}});
            }
        }
        sets.push_back(std::move(set));
    }
    return sets;
}

Result<std::vector<QuestionSet>> filters(Store& store, std::int64_t beginMs, std::int64_t endMs)
{
    constexpr double limitMs = 300;
    constexpr std::size_t leastQuestions = 20;
    std::vector<QuestionSet> sets;
    for (const FilterKind& kind : filterKinds()) {
        QuestionSet set{QStringLiteral("year, filter by ") + kind.name, limitMs, {}};
        HistoryQuery year;
        year.sinceMs = beginMs;
        year.untilMs = endMs;
        const auto some = narrowings(store, year, kind.by, kind.narrow);
        if (!some)
            return tl::unexpected(some.error());
        while (!some->empty() && set.questions.size() < leastQuestions) {
            for (const Narrowing& narrowing : *some)
                addQuestions(set, narrowing, year);
            year.untilMs -= hourMs + minuteMs;
        }
        sets.push_back(std::move(set));
    }
    return sets;
}

} // namespace bwt::test
