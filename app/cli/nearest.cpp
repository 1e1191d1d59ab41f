// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace bwt::cli {

namespace {

/// Levenshtein distance, one row of the matrix at a time.
qsizetype distance(const QString& from, const QString& to)
{
    std::vector<qsizetype> row(static_cast<std::size_t>(to.size()) + 1);
    std::iota(row.begin(), row.end(), 0);
    for (qsizetype i = 0; i < from.size(); ++i) {
        qsizetype diagonal = row.front()++;
        for (qsizetype j = 0; j < to.size(); ++j) {
            const auto at = static_cast<std::size_t>(j);
            const qsizetype replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[at + 1];
            row[at + 1] = std::min({replaced, row[at] + 1, diagonal + 1});
        }
    }
    return row.back();
}

} // namespace

QString nearest(const QString& word, const QStringList& candidates)
{
    QString best;
    qsizetype least = word.size() / 3 + 2; // beyond that it is another word
    for (const QString& candidate : candidates) {
        if (candidate.startsWith(word) && !word.isEmpty())
            return candidate;
        const qsizetype changes = distance(word, candidate);
        if (changes < least && changes < candidate.size()) {
            least = changes;
            best = candidate;
        }
    }
    return best;
}

} // namespace bwt::cli
