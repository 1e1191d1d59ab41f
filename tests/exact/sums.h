// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"

#include <sys/types.h>

/// What one process has moved, found by pid and start: other processes' traffic is in every reading too.
namespace bwt {

struct Sum {
    quint64 bytes = 0;
    quint64 calls = 0;
    std::vector<FlowKey> keys;
};

/// Field 22 of /proc/PID/stat.
[[nodiscard]] quint64 startTicks(pid_t pid);
[[nodiscard]] Sum sum(
    const Reading& reading, pid_t pid, quint64 startTicks, Direction direction, Measure measure = Measure::Program);
/// By how much it grew, and the keys that are new.
[[nodiscard]] Sum growth(const Sum& before, const Sum& after);
/// What the reading knows about a process that lives; empty when nothing.
[[nodiscard]] ProcessInfo processOf(const Reading& reading, pid_t pid, quint64 startTicks);
[[nodiscard]] Address address(const QString& text);

} // namespace bwt
