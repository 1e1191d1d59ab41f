// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/groupcolors.h"

#include <algorithm>

namespace bwt {

namespace {

constexpr double clearlyMore = 1.25;

/// The same in every run, so that a group tends to get its colour back.
std::size_t preferredIndex(const QString& key)
{
    constexpr std::size_t seed = 0;
    return qHash(key, seed) % GroupColors::colorCount;
}

QStringList byWeight(const QHash<QString, double>& weights)
{
    QStringList keys = weights.keys();
    std::ranges::sort(keys, [&](const QString& a, const QString& b) {
        const double left = weights.value(a);
        const double right = weights.value(b);
        return left != right ? left > right : a < b;
    });
    return keys;
}

} // namespace

void GroupColors::weigh(const QHash<QString, double>& weights)
{
    const QStringList before = m_groups;
    for (const QString& key : before) {
        if (weights.value(key) <= 0)
            remove(key);
    }
    for (const QString& key : byWeight(weights)) {
        const double weight = weights.value(key);
        if (weight <= 0)
            return;
        if (m_groups.contains(key))
            continue;
        if (m_groups.size() < colorCount) {
            add(key);
            continue;
        }
        const auto lightest
            = std::ranges::min_element(m_groups, {}, [&](const QString& k) { return weights.value(k); });
        if (weight <= clearlyMore * weights.value(*lightest))
            return;
        remove(QString(*lightest));
        add(key);
    }
}

void GroupColors::clear()
{
    m_groups.clear();
    m_owners.fill({});
}

std::optional<int> GroupColors::indexOf(const QString& key) const
{
    if (!m_groups.contains(key))
        return std::nullopt;
    return static_cast<int>(std::ranges::find(m_owners, key) - m_owners.begin());
}

void GroupColors::add(const QString& key)
{
    m_groups.append(key);
    std::size_t index = preferredIndex(key);
    while (!m_owners.at(index).isNull())
        index = (index + 1) % colorCount;
    m_owners.at(index) = key;
}

void GroupColors::remove(const QString& key)
{
    m_groups.removeOne(key);
    std::ranges::replace(m_owners, key, QString());
}

} // namespace bwt
