// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/store.h"
#include "tests/bench/flattable.h"

#include <functional>
#include <vector>

namespace bwt::test {

/// Something that is asked of a history; of the flat table the nearest that it knows, if anything.
struct Question {
    QString part; ///< of its set: what it asks for
    QString name;
    std::function<Result<void>(Store&)> ask;
    std::function<void(FlatTable&)> askFlat;
};

/// Questions of one kind, each another.
struct QuestionSet {
    QString name;
    double limitMs = 0;
    std::vector<Question> questions;
};

/// What the window asks when it opens: the table, the chart and today's sum, for each range, in turn by app, process
/// and protocol, of the internet and of all, as a user and as one who may see everyone, with ranges that end at other
/// moments. And the same by remote, which over more than a week may take as long as a filter.
[[nodiscard]] std::vector<QuestionSet> openings(std::int64_t beginMs, std::int64_t endMs);

/// By country and by operator, over ranges that end at other moments; as long as by remote, of which they are made.
[[nodiscard]] std::vector<QuestionSet> placings(std::int64_t beginMs, std::int64_t endMs);

/// Each filter over the whole year: what the window breaks a group down by, and the days' course.
[[nodiscard]] Result<std::vector<QuestionSet>> filters(Store& store, std::int64_t beginMs, std::int64_t endMs);

} // namespace bwt::test
