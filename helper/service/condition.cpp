// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/condition.h"

#include "helper/service/log.h"

namespace bwt {

Condition::Condition(QString trouble, QString recovered)
    : m_trouble(std::move(trouble))
    , m_recovered(std::move(recovered))
{
}

void Condition::update(const std::optional<Error>& problem)
{
    // Details may differ from one try to the next without being news.
    const bool isNews = problem.has_value() != m_problem.has_value() || (problem && problem->code != m_problem->code);
    m_problem = problem;
    if (!isNews)
        return;
    if (problem)
        qCWarning(serviceLog).noquote() << m_trouble + QStringLiteral(": ") + problem->detail;
    else
        qCInfo(serviceLog).noquote() << m_recovered;
}

} // namespace bwt
