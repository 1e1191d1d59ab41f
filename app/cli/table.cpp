// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/table.h"

#include <algorithm>
#include <numeric>

namespace bwt::cli {

namespace {

constexpr int columnGap = 2;

int gaps(qsizetype columns)
{
    return columnGap * static_cast<int>(std::max<qsizetype>(columns - 1, 0));
}

int sum(const QList<int>& widths)
{
    return std::accumulate(widths.begin(), widths.end(), gaps(widths.size()));
}

} // namespace

Table::Table(QList<Column> columns)
    : m_columns(std::move(columns))
{
    for (const Column& column : m_columns)
        m_naturalWidths.append(std::max(column.shrinks ? 0 : column.leastWidth, displayWidth(column.heading)));
}

void Table::addRow(QList<Cell> cells)
{
    Q_ASSERT(cells.size() == m_columns.size());
    for (qsizetype i = 0; i < cells.size(); ++i)
        m_naturalWidths[i] = std::max(m_naturalWidths[i], displayWidth(cells[i].text));
    m_rows.append(std::move(cells));
}

QStringList Table::lines(std::optional<int> width, const Palette& palette, Fill fill) const
{
    const Layout fitted = layout(width, fill);
    QList<Cell> headings;
    for (const Column& column : m_columns)
        headings.append({column.heading, Ink::Strong});
    QStringList result{line(headings, fitted, palette)};
    for (const QList<Cell>& row : m_rows)
        result.append(line(row, fitted, palette));
    return result;
}

Table::Layout Table::layout(std::optional<int> width, Fill fill) const
{
    const auto leastWidth = [&](qsizetype i) {
        const Column& column = m_columns[i];
        return column.shrinks ? std::min(std::max(column.leastWidth, 1), m_naturalWidths[i]) : m_naturalWidths[i];
    };
    const auto leastSum = [&](const QList<qsizetype>& columns) {
        return std::accumulate(columns.begin(), columns.end(), gaps(columns.size()),
            [&](int before, qsizetype i) { return before + leastWidth(i); });
    };

    Layout result;
    result.columns.resize(m_columns.size());
    std::iota(result.columns.begin(), result.columns.end(), 0);
    while (width && result.columns.size() > 1 && leastSum(result.columns) > *width) {
        const auto last = std::max_element(result.columns.rbegin(), std::prev(result.columns.rend()),
            [&](qsizetype a, qsizetype b) { return m_columns[a].dropOrder < m_columns[b].dropOrder; });
        result.columns.erase(std::next(last).base());
    }

    for (const qsizetype i : std::as_const(result.columns))
        result.widths.append(m_naturalWidths[i]);
    if (!width)
        return result;
    // the widest gives first, so that short names stay whole beside long ones
    for (int excess = sum(result.widths) - *width; excess > 0; --excess) {
        qsizetype widest = -1;
        for (qsizetype at = 0; at < result.columns.size(); ++at) {
            const bool gives = result.widths[at] > leastWidth(result.columns[at]);
            if (gives && (widest < 0 || result.widths[at] > result.widths[widest]))
                widest = at;
        }
        if (widest < 0)
            break;
        --result.widths[widest];
    }
    if (fill == Fill::Yes) {
        const auto taker = std::ranges::find_if(result.columns, [&](qsizetype i) { return m_columns[i].shrinks; });
        if (taker != result.columns.end())
            result.widths[taker - result.columns.begin()] += std::max(0, *width - sum(result.widths));
    }
    return result;
}

QString Table::line(const QList<Cell>& cells, const Layout& layout, const Palette& palette) const
{
    QString result;
    QString spaces;
    for (qsizetype at = 0; at < layout.columns.size(); ++at) {
        const Cell& cell = cells[layout.columns[at]];
        const QString text = elided(cell.text, layout.widths[at]);
        const int missing = layout.widths[at] - displayWidth(text);
        const bool right = m_columns[layout.columns[at]].align == Align::Right;
        spaces += QString(right ? missing : 0, QLatin1Char(' '));
        if (!text.isEmpty())
            result += std::exchange(spaces, QString()) % palette.paint(text, cell.ink);
        spaces += QString((right ? 0 : missing) + columnGap, QLatin1Char(' '));
    }
    return result;
}

} // namespace bwt::cli
