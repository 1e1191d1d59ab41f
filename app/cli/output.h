// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/palette.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QSize>
#include <QStringList>

#include <optional>

namespace bwt::cli {

/// Standard output, and what it is: a terminal with a size and colours, or not.
class Output {
public:
    Output();

    [[nodiscard]] bool isTerminal() const { return m_isTerminal; }
    /// Read anew at each call; 80x24 where the terminal does not say.
    [[nodiscard]] QSize size() const;
    /// Columns to fit tables into; nothing where it is no terminal, so that names stay whole.
    [[nodiscard]] std::optional<int> width() const;
    [[nodiscard]] Palette palette() const;

    // False once writing has failed, as when the reader is gone.
    bool print(const QStringList& lines);
    bool print(const QJsonObject& object, QJsonDocument::JsonFormat format);
    bool write(const QByteArray& bytes);
    [[nodiscard]] bool hasFailed() const { return m_error != 0; }

private:
    bool m_isTerminal;
    int m_error = 0; ///< errno
};

/// "bwtctl: TEXT" on standard error.
void complain(const QString& text);
/// UTF-8 JSON with the control characters escaped that JSON would let through to the terminal.
[[nodiscard]] QByteArray jsonText(const QJsonObject& object, QJsonDocument::JsonFormat format);

} // namespace bwt::cli
