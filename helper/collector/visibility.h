// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <cstdint>
#include <utility>
#include <vector>

namespace bwt {

/// Whose rows a caller sees by name: everyone's, or those of the system (uid below 1000, 61184 to 65519, the kernel)
/// and of the uids that belong to the caller (its own and its sub-uids, subuid(5)).
class Visibility {
public:
    using UidRange = std::pair<std::uint32_t, std::uint32_t>; ///< first and last

    [[nodiscard]] static Visibility everyone();
    [[nodiscard]] static Visibility ofUids(std::vector<UidRange> own);
    /// The caller's own uid and the ranges that subuid(5) gives it, by its name or its number.
    [[nodiscard]] static Visibility ofUser(
        std::uint32_t uid, const QString& subuidFile = QStringLiteral("/etc/subuid"));

    [[nodiscard]] bool seesEveryone() const { return m_everyone; }
    [[nodiscard]] bool sees(std::uint32_t uid) const;
    /// All ranges that are seen, the system's included; for queries.
    [[nodiscard]] std::vector<UidRange> ranges() const;

    friend bool operator==(const Visibility&, const Visibility&) = default;

private:
    bool m_everyone = false;
    std::vector<UidRange> m_own;
};

} // namespace bwt
