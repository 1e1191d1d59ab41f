// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"

#include <optional>

namespace bwt {

/// Something that can be wrong for a while. Says so in the log when it begins, when it turns into something else and
/// when it ends, and keeps still in between.
class Condition {
public:
    /// `trouble` comes before the reason in the line for the beginning, `recovered` is the line for the end.
    Condition(QString trouble, QString recovered);

    /// The newest outcome; nothing when all is well.
    void update(const std::optional<Error>& problem);
    template <typename T> void update(const Result<T>& outcome)
    {
        update(outcome ? std::optional<Error>() : outcome.error());
    }

    [[nodiscard]] const std::optional<Error>& problem() const { return m_problem; }

private:
    const QString m_trouble;
    const QString m_recovered;
    std::optional<Error> m_problem;
};

} // namespace bwt
