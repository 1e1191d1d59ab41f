// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace bwt::test {

/// What a timer begins a process for, again and again. Each of them asks the resolver, too.
struct Errand {
    enum class When : std::uint8_t { Always, AtNight };
    enum class Where : std::uint8_t { World, Machine };

    const char* program = nullptr; ///< its name
    std::uint32_t everyMinutes = 0; ///< past 60: in one of so many minutes, by chance
    std::uint32_t hosts = 0; ///< that it knows
    std::uint32_t visits = 0; ///< of these, by one process
    Where where = Where::World;
    When when = When::Always;
};

/// A desktop's usual ones, at the pace that they have where nobody sets another, or slower: Docker looks after a
/// container every 30 s; an editor that fetches by itself does so every 3 minutes in each repository (VS Code's
/// git.autofetchPeriod); ddclient asks every 5 minutes, mail is fetched about as often, and a status bar runs its
/// scripts every minute to every five. That is a process in 16 s, 228 an hour, day and night, and people at work
/// begin up to 25 more. Theirs are 512 of the 1,540 {process, host, protocol} of an hour, and 30 of the 1,015
/// {program, host, protocol}, since they do the same again and again.
inline constexpr std::array errands{
    Errand{"wget", 1, 2, 1, Errand::Where::Machine}, // whether two containers are well, in turn
    Errand{"curl", 1, 1, 1}, // a status bar's prices
    Errand{"curl", 5, 2, 2}, // its weather: where is this, and what does it do there
    Errand{"git-remote-https", 3, 1, 1}, // two repositories of an editor's
    Errand{"git-remote-https", 3, 1, 1},
    Errand{"ssh", 3, 1, 1}, // a third, in another way
    Errand{"fetchmail", 4, 3, 3}, // accounts
    Errand{"ddclient", 5, 2, 2}, // which address is ours, and who is to know
    Errand{"rsync", 15, 2, 1},
    Errand{"ntpdate", 30, 1, 1},
    Errand{"yt-dlp", 60, 4, 3},
    Errand{"restic", 60, 1, 1},
    Errand{"https", 120, 5, 3}, // of apt, which looks for news
    Errand{"apt-get", 360, 3, 1},
    Errand{"certbot", 720, 2, 1},
    Errand{"borg", 20, 2, 1, Errand::Where::World, Errand::When::AtNight},
    Errand{"http", 15, 5, 3, Errand::Where::World, Errand::When::AtNight},
    Errand{"https", 15, 5, 3, Errand::Where::World, Errand::When::AtNight},
};

} // namespace bwt::test
