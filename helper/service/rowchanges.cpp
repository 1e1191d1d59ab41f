// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/rowchanges.h"

#include <QHash>

#include <utility>

namespace bwt {

namespace {

/// Who a row is about. What the app and the remote are called may change, and so may where the remote is.
struct RowKey {
    Row row;

    explicit RowKey(const Row& from)
        : row(from)
    {
        row.numbers = {};
        row.appName = QString();
        row.remoteName = QString();
        row.asName = QString();
        if (row.remoteIp.isNull())
            return;
        row.country = QString();
        row.asn.reset();
    }
    friend bool operator==(const RowKey&, const RowKey&) = default;
};

size_t qHash(const RowKey& key, size_t seed = 0)
{
    const Row& row = key.row;
    return qHashMulti(seed, quint8(row.kind), row.pid.value_or(0), row.startTimeMs.value_or(0), row.processName,
        row.appId, row.uid.value_or(0), row.protocol, row.service, row.remoteIp, row.direction, row.scope,
        row.network, row.country, row.asn.value_or(0));
}

/// Places of rows that outlive it.
QHash<RowKey, const Row*> byKey(const QList<Row>& rows)
{
    QHash<RowKey, const Row*> keyed;
    keyed.reserve(rows.size());
    for (const Row& row : rows)
        keyed.insert(RowKey(row), &row);
    return keyed;
}

} // namespace

QList<Row> changedRows(const QList<Row>& before, const QList<Row>& now)
{
    QHash<RowKey, const Row*> rest = byKey(before);
    QList<Row> changed;
    for (const Row& row : now) {
        const auto old = rest.constFind(RowKey(row));
        const bool isSame = old != rest.cend() && **old == row;
        if (!isSame)
            changed.append(row);
        if (old != rest.cend())
            rest.erase(old);
    }
    for (const Row* row : std::as_const(rest)) {
        Row& left = changed.emplaceBack(*row);
        left.numbers.txRate.reset();
        left.numbers.rxRate.reset();
    }
    return changed;
}

void takeRates(QList<Row>& rows, const QList<Row>& tick)
{
    Numbers still;
    still.txRate = 0;
    still.rxRate = 0;
    const auto take = [](Row& row, const Numbers& from) {
        row.numbers.txRate = from.txRate;
        row.numbers.rxRate = from.rxRate;
    };
    QHash<RowKey, const Row*> ticked = byKey(tick);
    for (Row& row : rows) {
        const auto found = ticked.constFind(RowKey(row));
        take(row, found != ticked.cend() ? (*found)->numbers : still);
        if (found != ticked.cend())
            ticked.erase(found);
    }
    QHash<QString, Numbers> unlisted; // by scope
    for (const Row* row : std::as_const(ticked))
        unlisted[row->scope] += row->numbers;
    for (Row& row : rows) {
        if (row.kind == RowKind::Rest)
            take(row, unlisted.value(row.scope, still));
    }
}

} // namespace bwt
