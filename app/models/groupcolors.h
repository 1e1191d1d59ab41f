// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>
#include <QStringList>

#include <array>
#include <optional>

namespace bwt {

/// Gives the biggest groups a colour each, for as long as they are among the biggest; all others share grey. Chart,
/// legend, table and details ask here, so that a colour means one group everywhere.
class GroupColors {
public:
    /// As many as can be told apart, also by colour-blind eyes.
    static constexpr int colorCount = 6;

    /// Weighs the groups anew. A newcomer takes a colour only from a group that it clearly outweighs, so that two
    /// groups of about the same size don't change places at every tick.
    void weigh(const QHash<QString, double>& weights);
    void clear();

    /// Index of the group's colour, nothing for grey.
    [[nodiscard]] std::optional<int> indexOf(const QString& key) const;
    /// The coloured groups in the order in which they are stacked.
    [[nodiscard]] const QStringList& groups() const { return m_groups; }

private:
    void add(const QString& key);
    void remove(const QString& key);

    QStringList m_groups;
    std::array<QString, colorCount> m_owners; ///< null where the colour is free
};

} // namespace bwt
