// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>
#include <vector>

namespace bwt::test {

/// Of this process: what else the machine does is not ours.
[[nodiscard]] double processorMs();
[[nodiscard]] double wallMs();

/// How long one action took, again and again.
class Timings {
public:
    /// Times an action; `what` is told of the slowest.
    void time(const QString& what, const std::function<void()>& action);
    void add(const Timings& more);

    [[nodiscard]] bool isEmpty() const { return m_processor.empty(); }
    [[nodiscard]] double spentMs() const { return m_spent; } ///< wall time, in all
    [[nodiscard]] double median() const { return quantile(m_processor, 0.5); } ///< of processor time, as p95()
    [[nodiscard]] double p95() const { return quantile(m_processor, 0.95); }
    [[nodiscard]] double wallP95() const { return quantile(m_wall, 0.95); }
    [[nodiscard]] const QString& slowest() const { return m_slowest; }

private:
    [[nodiscard]] static double quantile(std::vector<double> all, double share);

    std::vector<double> m_processor;
    std::vector<double> m_wall;
    double m_spent = 0;
    double m_worst = 0;
    QString m_slowest;
};

} // namespace bwt::test
