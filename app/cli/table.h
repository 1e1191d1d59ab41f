// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/palette.h"
#include "app/cli/text.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

namespace bwt::cli {

struct Column {
    QString heading;
    Align align = Align::Left;
    int leastWidth = 0; ///< for numbers: of the longest one, so that nothing moves when they change
    bool shrinks = false; ///< down to leastWidth, its cells cut with an ellipsis
    int dropOrder = 0; ///< where even that does not fit, columns go: the highest first, of equals the last
};

struct Cell {
    QString text; ///< printable
    Ink ink = Ink::Plain;
};

/// Rows under headings, aligned and fitted to a width.
class Table {
public:
    enum class Fill { No, Yes }; ///< whether the first column that shrinks takes up what is left over

    explicit Table(QList<Column> columns);

    /// As many cells as there are columns.
    void addRow(QList<Cell> cells);
    [[nodiscard]] bool isEmpty() const { return m_rows.isEmpty(); }

    /// The headings' line, then one for each row, none wider than `width` and none with spaces at its end.
    [[nodiscard]] QStringList lines(std::optional<int> width, const Palette& palette, Fill fill = Fill::No) const;

private:
    struct Layout {
        QList<qsizetype> columns;
        QList<int> widths;
    };

    [[nodiscard]] Layout layout(std::optional<int> width, Fill fill) const;
    [[nodiscard]] QString line(const QList<Cell>& cells, const Layout& layout, const Palette& palette) const;

    QList<Column> m_columns;
    QList<int> m_naturalWidths;
    QList<QList<Cell>> m_rows;
};

} // namespace bwt::cli
