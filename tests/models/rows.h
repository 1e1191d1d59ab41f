// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/usagegroup.h"

/// Rows for tests, by what matters in them.
namespace bwt::test {

inline Row appRow(const QString& app, const QString& scope, quint64 rxBytes, quint64 rxRate)
{
    Row row;
    row.appId = app;
    row.appName = app;
    row.scope = scope;
    row.numbers.rxBytes = rxBytes;
    row.numbers.rxRate = rxRate;
    row.numbers.txRate = 0;
    return row;
}

inline Row internetRow(const QString& app, quint64 rxBytes, quint64 rxRate = 0)
{
    return appRow(app, QStringLiteral("internet"), rxBytes, rxRate);
}

inline QList<UsageGroup> groupsOf(const QList<Row>& rows)
{
    return groupRows(rows, Grouping::App);
}

} // namespace bwt::test
