// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"

#include <QByteArray>

#include <optional>

namespace bwt {

enum class ExportFormat { Csv, Json };
[[nodiscard]] std::optional<ExportFormat> exportFormatFromName(QStringView name);

/// A series as text that is written piece by piece: the beginning, the rows of each piece, the end. Both formats have
/// the keys of seriesToJson().
///
/// JSON is one object with the rows last, each on a line of its own. CSV is RFC 4180 with a header line; moments
/// stand there as milliseconds and, beside them, as UTC in ISO 8601, and what is not known is an empty cell. A text
/// that begins with = + - @ or a tab, which a spreadsheet would take for a formula, gets an apostrophe before it.
class ExportText {
public:
    ExportText(ExportFormat format, Dimensions by);

    /// `head` tells what was asked for and covers; its buckets do not matter.
    [[nodiscard]] QByteArray begin(const Series& head) const;
    [[nodiscard]] QByteArray rows(const Series& piece);
    [[nodiscard]] QByteArray end() const;

    [[nodiscard]] quint64 count() const { return m_count; }

private:
    const ExportFormat m_format;
    const Dimensions m_by;
    const QStringList m_columns;
    quint64 m_count = 0; ///< of the rows until now
};

} // namespace bwt
