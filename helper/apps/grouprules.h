// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <cstdint>
#include <vector>

namespace bwt {

/// What a control group's name says about who is in it.
enum class ClaimKind : std::uint8_t {
    Service, ///< unit of the system's manager
    UserService, ///< unit of a user's manager
    Desktop, ///< id of a desktop entry
    DesktopFolder, ///< the same, where there is such an entry
    Flatpak,
    Snap,
    Docker, ///< a container's id
    Podman, ///< likewise
    Container, ///< id or name
};

struct Claim {
    ClaimKind kind = ClaimKind::Service;
    QByteArray name; ///< any bytes

    friend bool operator==(const Claim&, const Claim&) = default;
};

/// All claims on the path, from the outermost group inwards: who is in a container is so whatever runs in there.
[[nodiscard]] std::vector<Claim> claimsOf(QByteArrayView path);

/// Without systemd.unit(5)'s escapes.
[[nodiscard]] QByteArray unescaped(QByteArrayView unit);

/// A unit's name without suffix, and without an instance that no other start will have.
[[nodiscard]] QByteArray unitTitle(QByteArrayView unit);

} // namespace bwt
