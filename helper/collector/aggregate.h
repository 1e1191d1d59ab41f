// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"
#include "helper/collector/snapshot.h"

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
    /// The caller's own uid and the ranges that /etc/subuid gives it.
    [[nodiscard]] static Visibility ofUser(std::uint32_t uid);

    [[nodiscard]] bool seesEveryone() const { return m_everyone; }
    [[nodiscard]] bool sees(std::uint32_t uid) const;
    /// All ranges that are seen, the system's included; for queries.
    [[nodiscard]] std::vector<UidRange> ranges() const;

    friend bool operator==(const Visibility&, const Visibility&) = default;

private:
    bool m_everyone = false;
    std::vector<UidRange> m_own;
};

/// Sums a snapshot's flows by the given dimensions, biggest first; what the caller may not see becomes one row.
/// With `previous` the rows have rates over [now.sinceMs, now.untilMs). `limit` 0 means all.
[[nodiscard]] QList<Row> aggregate(const Snapshot& now, const Snapshot* previous, Dimensions by, const Filter& filter,
    const Visibility& visibility, quint32 limit);

/// IANA's keyword for an IP protocol, "IP-253" where it has none, "MPTCP", "PACKET".
[[nodiscard]] QString protocolName(std::uint16_t protocol);
[[nodiscard]] std::optional<std::uint16_t> protocolFromName(const QString& name);
/// "https", "quic", "ssh", …; the port in digits where it has no name; null for 0.
[[nodiscard]] QString serviceName(std::uint16_t protocol, std::uint16_t port);
/// Standard text form, v4-mapped addresses as IPv4; null when unknown.
[[nodiscard]] QString addressText(const Address& address);
[[nodiscard]] std::optional<Address> addressFromText(const QString& text);
[[nodiscard]] QString scopeName(Scope scope);
/// The account's name, or the uid in digits.
[[nodiscard]] QString userName(std::uint32_t uid);

} // namespace bwt
