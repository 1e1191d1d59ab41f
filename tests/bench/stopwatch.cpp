// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/stopwatch.h"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace bwt::test {

namespace {

double readMs(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

} // namespace

double processorMs()
{
    return readMs(CLOCK_PROCESS_CPUTIME_ID);
}

double wallMs()
{
    return readMs(CLOCK_MONOTONIC);
}

void Timings::time(const QString& what, const std::function<void()>& action)
{
    const double wallBefore = wallMs();
    const double before = processorMs();
    action();
    m_processor.push_back(processorMs() - before);
    m_wall.push_back(wallMs() - wallBefore);
    m_spent += m_wall.back();
    if (m_processor.back() > m_worst) {
        m_worst = m_processor.back();
        m_slowest = what;
    }
}

void Timings::add(const Timings& more)
{
    m_processor.insert(m_processor.end(), more.m_processor.begin(), more.m_processor.end());
    m_wall.insert(m_wall.end(), more.m_wall.begin(), more.m_wall.end());
    m_spent += more.m_spent;
    if (more.m_worst > m_worst) {
        m_worst = more.m_worst;
        m_slowest = more.m_slowest;
    }
}

/// The smallest value that so many are not above.
double Timings::quantile(std::vector<double> all, double share)
{
    if (all.empty())
        return 0;
    std::ranges::sort(all);
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(all.size())));
    return all[std::max<std::size_t>(rank, 1) - 1];
}

} // namespace bwt::test
