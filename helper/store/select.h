// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/plan.h"
#include "helper/store/store.h"

namespace bwt::store {

/// The one SELECT behind every answer: sums the plan's segments by the query's dimensions, in each bucket the biggest
/// first, equals in a fixed order.
class Select {
public:
    Select(const HistoryQuery& query, const Plan& plan);

    enum class Keys { All, ScopeAlone };

    [[nodiscard]] Statement run(const Database& database) const;
    /// The current row of the statement.
    [[nodiscard]] Row row(const Statement& statement, Keys keys) const;
    [[nodiscard]] static qint64 bucket(const Statement& statement);

private:
    /// SQL with the values of its placeholders.
    struct Text {
        QString sql;
        QVariantList values;
    };
    [[nodiscard]] QString sql(const QString& condition) const;
    [[nodiscard]] Text condition() const;
    [[nodiscard]] bool hidesSomething() const;

    const HistoryQuery& m_query;
    const Plan& m_plan;
};

/// Whether only minutes can tell: the question is about processes.
[[nodiscard]] bool needsProcess(const HistoryQuery& query);

} // namespace bwt::store
