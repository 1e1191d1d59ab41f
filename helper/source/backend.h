// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/checkreport.h"
#include "helper/source/trafficsource.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QLatin1StringView>

#include <memory>
#include <vector>

struct bpf_object;

namespace bwt {

/// An opened skeleton of either kind; closes it, and unloads its programs, when it goes.
struct Skeleton {
    std::unique_ptr<void, void (*)(void*)> owner{nullptr, nullptr};
    bpf_object* object = nullptr;
};

/// One of a backend's programs by its ELF section, "KIND/TARGET". An iterator is run once, when it is attached.
struct Hook {
    enum class Role {
        Vital, ///< without it the backend does not count
        Extra, ///< without it there is a gap
        Historic, ///< as Extra, but kernels that lack the target need no program there
        Lifetime, ///< counts nothing, but keeps processes' names right
    };
    const char* section = nullptr;
    Role role = Role::Vital;
    QLatin1StringView gap; ///< what can't be seen without it
    QLatin1StringView secondGap{}; ///< and what else, if anything
    const char* module = nullptr; ///< where the target is if the kernel was built without it
    QLatin1StringView thirdGap{};
};

/// A way to count: programs and what even all of them can't see.
struct Backend {
    QLatin1StringView name;
    Skeleton (*open)() = nullptr; ///< `object` is null on failure, with errno set
    QByteArrayView (*file)() = nullptr; ///< the object as it was built
    std::vector<Hook> hooks; ///< in the order in which they are attached
    std::vector<QLatin1StringView> gaps;
};

/// Best first.
[[nodiscard]] const std::vector<Backend>& backends();

/// Tells the programs of one build from another's, and from those that were told something else when they were
/// opened.
[[nodiscard]] QByteArray digestOf(const Backend& backend);

/// What the backend can't see on this kernel, given what became of its hooks.
[[nodiscard]] QStringList gapsOf(const Backend& backend, const QList<HookReport>& hooks, WireCounting wire);

} // namespace bwt
