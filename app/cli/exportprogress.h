// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QElapsedTimer>
#include <QString>

namespace bwt::cli {

/// How far an export is, by the text that it passes on: each of its rows is a line that tells when its step begins.
class ExportProgress {
public:
    enum class Format { Csv, Json };

    /// `sinceMs` and `untilMs` are the range that was asked for.
    ExportProgress(Format format, qint64 sinceMs, qint64 untilMs);

    void pass(const QByteArray& bytes);

    [[nodiscard]] qint64 rows() const;
    /// Of the range; the history may begin later than that.
    [[nodiscard]] int percent() const;
    /// "42 %, 1,234 rows, 567 rows a second"
    [[nodiscard]] QString text() const;

private:
    void noteMoment(const QByteArray& line);

    const Format m_format;
    qint64 m_sinceMs;
    const qint64 m_untilMs;
    qint64 m_momentMs;
    qint64 m_lines = 0;
    QByteArray m_begun; ///< a line without its end
    QElapsedTimer m_running;
};

} // namespace bwt::cli
