// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/grouprules.h"

#include "helper/apps/pattern.h"

#include <QList>
#include <QString>

#include <algorithm>
#include <array>
#include <optional>

namespace bwt {

namespace {

enum class Manager : std::uint8_t { Any, System, User };

struct Rule {
    const char* pattern; ///< of a group's name, or of "parent/name" where there is a "/" in it
    Manager manager; ///< under whose units
    std::optional<ClaimKind> claim; ///< none where it starts others' programs: what they are their groups don't say
    const char* name = nullptr; ///< what it is where the pattern doesn't say it
};

/// The first that fits counts. Sources: systemd's "Desktop Environment Integration" for app-*, otherwise what the
/// programs named make.
constexpr std::array rules{
    // Docker, by systemd or by itself; Podman likewise, in a unit of its own or split from one; others.
    Rule{"docker-{=#}.scope", Manager::Any, ClaimKind::Docker},
    Rule{"docker/{=#}", Manager::Any, ClaimKind::Docker},
    Rule{"libpod-{=#}.scope", Manager::Any, ClaimKind::Podman},
    Rule{"libpod-{=#}", Manager::Any, ClaimKind::Podman},
    Rule{"libpod-payload-{=#}", Manager::Any, ClaimKind::Podman},
    Rule{"libpod-conmon-{=#}.scope", Manager::Any, ClaimKind::Podman},
    Rule{"cri-containerd-{=#}.scope", Manager::Any, ClaimKind::Container},
    Rule{"crio-{=#}.scope", Manager::Any, ClaimKind::Container},
    Rule{"nerdctl-{=#}.scope", Manager::Any, ClaimKind::Container},
    Rule{"pod{*}/{=#}", Manager::Any, ClaimKind::Container}, // Kubernetes without systemd
    Rule{"lxc.payload.{=*}", Manager::Any, ClaimKind::Container},
    Rule{"lxc/{=*}", Manager::Any, ClaimKind::Container},
    Rule{"machine-{=*}.scope", Manager::Any, ClaimKind::Container}, // systemd-nspawn and libvirt
    Rule{"systemd-nspawn@{=*}.service", Manager::System, ClaimKind::Container},

    Rule{"snap.{=.}.{*}", Manager::Any, ClaimKind::Snap},
    Rule{"app-flatpak-{=*}-{}.scope", Manager::User, ClaimKind::Flatpak},
    Rule{"flatpak-{=*}-{}.scope", Manager::User, ClaimKind::Flatpak}, // Flatpak before 1.9

    // app[-LAUNCHER]-ID-RANDOM.scope, app[-LAUNCHER]-ID[@RANDOM].service
    Rule{"app-{=}-{}.scope", Manager::User, ClaimKind::Desktop},
    Rule{"app-{}-{=}-{}.scope", Manager::User, ClaimKind::Desktop},
    Rule{"app-{=}@{*}.service", Manager::User, ClaimKind::Desktop},
    Rule{"app-{}-{=}@{*}.service", Manager::User, ClaimKind::Desktop},
    Rule{"app-{=}.service", Manager::User, ClaimKind::Desktop},
    Rule{"app-{}-{=}.service", Manager::User, ClaimKind::Desktop},
    Rule{"app-{=}.slice", Manager::User, ClaimKind::DesktopFolder}, // GNOME Terminal's, of its tabs
    Rule{"ptyxis-spawn-{*}.scope", Manager::User, ClaimKind::Desktop, "org.gnome.Ptyxis"},

    Rule{"dbus-:{}-{=*}@{*}.service", Manager::User, ClaimKind::UserService}, // started by a bus name
    Rule{"dbus-:{}-{=*}@{*}.service", Manager::System, ClaimKind::Service},
    Rule{"dbus.service", Manager::Any, std::nullopt},
    Rule{"{=*}.service", Manager::User, ClaimKind::UserService},
    Rule{"{=*}.service", Manager::System, ClaimKind::Service},
};

constexpr const char* userManager = "user@{*}.service";

std::optional<Claim> claimOf(QByteArrayView parent, QByteArrayView group, Manager manager)
{
    const QByteArray both = parent.toByteArray() + '/' + group.toByteArray();
    for (const Rule& rule : rules) {
        if (rule.manager != Manager::Any && rule.manager != manager)
            continue;
        const QByteArrayView pattern(rule.pattern);
        const auto found = match(pattern, pattern.contains('/') ? QByteArrayView(both) : group);
        if (!found)
            continue;
        if (!rule.claim)
            return std::nullopt;
        const QByteArray name = rule.name ? QByteArray(rule.name) : *found;
        const bool isUnit = *rule.claim == ClaimKind::Service || *rule.claim == ClaimKind::UserService;
        return Claim{*rule.claim, isUnit ? unitTitle(name) : unescaped(name)};
    }
    return std::nullopt;
}

int hexadecimalDigit(char digit)
{
    constexpr QByteArrayView digits("0123456789abcdef");
    return static_cast<int>(digits.indexOf(digit));
}

/// What systemd gives to a service that it starts for each connection ("5-192.0.2.1:22-192.0.2.9:50000", and for a
/// local one "5-1234-1000"). Others' instances are settings.
bool isOfOneStart(QByteArrayView instance)
{
    const auto isDigit = [](char each) { return '0' <= each && each <= '9'; };
    const auto number = std::ranges::find_if_not(instance, isDigit);
    if (number == instance.begin() || number == instance.end() || *number != '-')
        return false;
    return instance.contains(':')
        || std::ranges::all_of(instance, [&](char each) { return isDigit(each) || each == '-'; });
}

} // namespace

std::vector<Claim> claimsOf(QByteArrayView path)
{
    std::vector<Claim> claims;
    Manager manager = Manager::System;
    QByteArray parent;
    for (const QByteArray& group : path.toByteArray().split('/')) {
        if (manager == Manager::System && match(userManager, group))
            manager = Manager::User;
        else if (auto claim = claimOf(parent, group, manager))
            claims.push_back(std::move(*claim));
        parent = group;
    }
    return claims;
}

QByteArray unescaped(QByteArrayView unit)
{
    constexpr qsizetype escape = 4; // "\x2d"
    QByteArray plain;
    plain.reserve(unit.size());
    while (!unit.isEmpty()) {
        if (unit.size() >= escape && unit.startsWith("\\x")) {
            const int high = hexadecimalDigit(unit[2]);
            const int low = hexadecimalDigit(unit[3]);
            if (high >= 0 && low >= 0) {
                plain += static_cast<char>(high * 16 + low);
                unit = unit.sliced(escape);
                continue;
            }
        }
        plain += unit.front();
        unit = unit.sliced(1);
    }
    return plain;
}

QByteArray unitTitle(QByteArrayView unit)
{
    const qsizetype at = unit.indexOf('@');
    if (at > 0 && (at + 1 == unit.size() || isOfOneStart(unit.sliced(at + 1))))
        unit = unit.first(at);
    return unescaped(unit);
}

} // namespace bwt
