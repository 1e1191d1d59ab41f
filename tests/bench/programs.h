// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <cstdint>
#include <vector>

namespace bwt::test {

/// What a program is on the network.
enum class Role : std::uint8_t {
    Browser, ///< several content processes, and most of the hosts
    App, ///< chat, mail, sync, media
    Peer, ///< file sharing: no well-known port, much in both directions
    Service, ///< of the system
    Container,
    Watch, ///< asks hosts for echoes
    Kernel, ///< packets alone
    Task, ///< begun for one errand, a process each: by a timer
    WorkTask, ///< the same, by somebody at work, and some by a timer, too
};

struct Program {
    Role role = Role::Service;
    std::uint32_t uid = 0;
    std::uint32_t processes = 1; ///< that run as long as the machine; none of a task
    QString name;
    QString exe; ///< null of the kernel
};

/// The 200 that the desktop has; always the same, in one order, the kernel first.
[[nodiscard]] std::vector<Program> desktopPrograms();

} // namespace bwt::test
