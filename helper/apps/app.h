// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <cstdint>
#include <memory>

namespace bwt {

enum class AppKind : std::uint8_t {
    Executable,
    Script, ///< what an interpreter runs
    Service, ///< a unit of the system's manager
    UserService, ///< a unit of a user's manager
    Desktop, ///< an entry of the desktop's menus
    Flatpak,
    Snap,
    AppImage,
    Container,
};

/// What a user calls a program. Its texts are any bytes: whoever made the process may have chosen them.
struct App {
    AppKind kind = AppKind::Executable;
    QByteArray id; ///< the same at every start and, where that can be, after every upgrade; see README
    QByteArray name;

    friend bool operator==(const App&, const App&) = default;
};

using AppPtr = std::shared_ptr<const App>;

} // namespace bwt
