// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/livetotals.h"

#include <algorithm>
#include <tuple>

namespace bwt::cli {

namespace {

constexpr double newestShare = 0.3;

QString numberKey(const std::optional<quint32>& number)
{
    return number ? QString::number(*number) : QString();
}

/// The values of these dimensions; equal for the rows that one sum takes in.
QString keyOf(const Row& row, Dimensions by)
{
    QStringList parts{QString::number(static_cast<int>(row.kind))};
    if (by.has(Dimension::Process))
        parts << numberKey(row.pid) << QString::number(row.startTimeMs.value_or(-1));
    if (by.has(Dimension::App))
        parts << row.appId;
    if (by.has(Dimension::User))
        parts << numberKey(row.uid);
    if (by.has(Dimension::Protocol))
        parts << row.protocol;
    if (by.has(Dimension::Service))
        parts << row.service;
    if (by.has(Dimension::Remote))
        parts << row.remoteIp;
    if (by.has(Dimension::Direction))
        parts << row.direction;
    if (by.has(Dimension::Scope))
        parts << row.scope;
    if (by.has(Dimension::Network))
        parts << row.network;
    if (by.has(Dimension::Country) && !by.has(Dimension::Remote))
        parts << row.country;
    if (by.has(Dimension::Asn) && !by.has(Dimension::Remote))
        parts << numberKey(row.asn);
    return parts.join(QChar(0x1f)); // the unit separator, which no name holds
}

quint64 rateOf(const Numbers& numbers)
{
    return numbers.txRate.value_or(0) + numbers.rxRate.value_or(0);
}

quint64 bytesOf(const Numbers& numbers)
{
    return numbers.txBytes + numbers.rxBytes;
}

} // namespace

void LiveTotals::apply(const Frame& frame, bool complete)
{
    if (complete) {
        m_entries.clear();
        m_ticks = 0;
    }
    ++m_ticks;
    m_head = frame;
    m_head.rows.clear();
    for (Entry& entry : m_entries) { // what the frame does not name stood still
        entry.row.numbers.txRate = 0;
        entry.row.numbers.rxRate = 0;
    }
    for (const Row& row : frame.rows) {
        const QString key = keyOf(row, m_by);
        const bool left = !complete && !row.numbers.txRate && !row.numbers.rxRate;
        if (left)
            m_entries.remove(key);
        else
            m_entries[key].row = row;
    }
    const double share = m_ticks == 1 ? 1 : newestShare;
    for (Entry& entry : m_entries)
        entry.activity += share * (static_cast<double>(rateOf(entry.row.numbers)) - entry.activity);
}

QList<Row> LiveTotals::rows(Dimensions by) const
{
    QHash<QString, Entry> sums;
    for (const Entry& entry : m_entries) {
        const QString key = keyOf(entry.row, by);
        const auto sum = sums.find(key);
        if (sum == sums.end()) {
            sums.insert(key, entry);
        } else {
            sum->row.numbers += entry.row.numbers;
            sum->activity += entry.activity;
        }
    }
    QList<QString> order = sums.keys();
    const auto rank = [&](const QString& key) {
        const Entry& entry = *sums.constFind(key);
        return std::tuple(-entry.activity, ~bytesOf(entry.row.numbers), key);
    };
    std::ranges::sort(order, {}, rank);
    QList<Row> rows;
    rows.reserve(order.size());
    for (const QString& key : std::as_const(order))
        rows.append(sums.value(key).row);
    return rows;
}

Numbers LiveTotals::sum() const
{
    Numbers all;
    for (const Entry& entry : m_entries)
        all += entry.row.numbers;
    return all;
}

} // namespace bwt::cli
