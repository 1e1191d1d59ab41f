// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/rowchanges.h"

#include <QHash>

#include <utility>

namespace bwt {

namespace {

/// A row without its numbers.
struct RowKey {
    Row row;

    explicit RowKey(const Row& from)
        : row(from)
    {
        row.numbers = {};
    }
    friend bool operator==(const RowKey&, const RowKey&) = default;
};

size_t qHash(const RowKey& key, size_t seed = 0)
{
    const Row& row = key.row;
    return qHashMulti(seed, quint8(row.kind), row.pid.value_or(0), row.startTimeMs.value_or(0), row.processName,
        row.appId, row.uid.value_or(0), row.protocol, row.service, row.remoteIp, row.direction, row.scope,
        row.network);
}

QHash<RowKey, Numbers> byKey(const QList<Row>& rows)
{
    QHash<RowKey, Numbers> keyed;
    keyed.reserve(rows.size());
    for (const Row& row : rows)
        keyed.insert(RowKey(row), row.numbers);
    return keyed;
}

} // namespace

QList<Row> changedRows(const QList<Row>& before, const QList<Row>& now)
{
    QHash<RowKey, Numbers> rest = byKey(before);
    QList<Row> changed;
    for (const Row& row : now) {
        const auto old = rest.constFind(RowKey(row));
        const bool isSame = old != rest.cend() && *old == row.numbers;
        if (!isSame)
            changed.append(row);
        if (old != rest.cend())
            rest.erase(old);
    }
    for (auto [key, numbers] : std::as_const(rest).asKeyValueRange()) {
        Row& left = changed.emplaceBack(key.row);
        left.numbers = numbers;
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
    QHash<RowKey, Numbers> ticked = byKey(tick);
    for (Row& row : rows) {
        const auto found = ticked.constFind(RowKey(row));
        take(row, found != ticked.cend() ? *found : still);
        if (found != ticked.cend())
            ticked.erase(found);
    }
    QHash<QString, Numbers> unlisted; // by scope
    for (const auto& [key, numbers] : std::as_const(ticked).asKeyValueRange())
        unlisted[key.row.scope] += numbers;
    for (Row& row : rows) {
        if (row.kind == RowKind::Rest)
            take(row, unlisted.value(row.scope, still));
    }
}

} // namespace bwt
