// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/pathrules.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace bwt {

using namespace std::string_view_literals;

namespace {

/// Where snaps are mounted; the release of Debian decides which.
constexpr std::array snapFolders{"/snap/"sv, "/var/lib/snapd/snap/"sv};

constexpr std::array libraryFolders{
    "/usr/lib/"sv, "/usr/lib64/"sv, "/usr/libexec/"sv, "/usr/local/lib/"sv, "/usr/local/libexec/"sv};

constexpr std::array systemFolders{"/usr/"sv, "/opt/"sv, "/bin/"sv, "/sbin/"sv, "/lib/"sv};

/// What many programs share, although it lies as deep as a program's own folder.
constexpr std::array sharedFolders{"/usr/local/bin"sv, "/usr/local/sbin"sv, "/usr/local/lib"sv, "/usr/local/games"sv,
    "/usr/lib/systemd"sv, "/usr/lib/python3"sv, "/usr/share/applications"sv};
constexpr auto architectureSuffix = "-linux-gnu"sv;

/// Shells, what changes the user or the terminal, what runs a program on somebody's behalf, and what begins sessions.
constexpr std::array starters{"ash"sv, "at"sv, "bash"sv, "busybox"sv, "byobu"sv, "catatonit"sv, "chroot"sv,
    "containerd-shim"sv, "containerd-shim-runc-v2"sv, "cron"sv, "dash"sv, "dbus-daemon"sv, "dbus-run-session"sv,
    "doas"sv, "docker-init"sv, "dtach"sv, "dumb-init"sv, "env"sv, "fish"sv, "flock"sv, "gdb"sv, "init"sv, "ksh"sv,
    "ksh93"sv, "login"sv, "make"sv, "mksh"sv, "ninja"sv, "nohup"sv, "nsenter"sv, "parallel"sv, "pkexec"sv, "runit"sv,
    "runsv"sv, "s6-supervise"sv, "s6-svscan"sv, "screen"sv, "script"sv, "sh"sv, "sshd"sv, "sshd-session"sv,
    "stdbuf"sv, "strace"sv, "su"sv, "sudo"sv, "supervisord"sv, "systemd"sv, "systemd-run"sv, "tcsh"sv, "time"sv,
    "timeout"sv, "tini"sv, "tmux"sv, "tmux: server"sv, "unshare"sv, "watch"sv, "xargs"sv, "xfce4-panel"sv,
    "xfce4-session"sv, "xfdesktop"sv, "xinit"sv, "zsh"sv};
static_assert(std::ranges::is_sorted(starters));

std::string_view text(QByteArrayView bytes)
{
    return {bytes.data(), static_cast<std::size_t>(bytes.size())};
}

bool isIn(QByteArrayView path, const auto& folders)
{
    return std::ranges::any_of(
        folders, [path = text(path)](std::string_view folder) { return path.starts_with(folder); });
}

} // namespace

QByteArrayView fileName(QByteArrayView path)
{
    return path.sliced(path.lastIndexOf('/') + 1);
}

QByteArrayView folderOf(QByteArrayView path)
{
    return path.first(std::max<qsizetype>(path.lastIndexOf('/'), 0));
}

QByteArray snapOf(QByteArrayView path)
{
    const auto* const folder
        = std::ranges::find_if(snapFolders, [path = text(path)](auto each) { return path.starts_with(each); });
    if (folder == snapFolders.end())
        return {};
    const QByteArrayView rest = path.sliced(static_cast<qsizetype>(folder->size()));
    const qsizetype end = rest.indexOf('/');
    return end > 0 && text(rest.first(end)) != "bin"sv ? rest.first(end).toByteArray() : QByteArray();
}

bool isPartOfAnother(QByteArrayView path)
{
    return isIn(path, libraryFolders);
}

bool isPrivate(QByteArrayView folder)
{
    constexpr int leastDepth = 3; // "/usr/share/code"
    return std::ranges::count(folder, '/') >= leastDepth && isOfTheSystem(folder)
        && std::ranges::find(sharedFolders, text(folder)) == sharedFolders.end()
        && !text(folder).ends_with(architectureSuffix);
}

bool isOfTheSystem(QByteArrayView path)
{
    return isIn(path, systemFolders);
}

bool isStarter(QByteArrayView path)
{
    return std::ranges::binary_search(starters, text(fileName(path)));
}

} // namespace bwt
