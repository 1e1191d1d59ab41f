// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bpf/traffic.h"
#include "helper/source/generation.h"
#include "helper/source/trafficsource.h"

#include <initializer_list>

/// The kernel's rows as ours.
namespace bwt {

/// All of these in one list, ordered by key; counters of one key are added up.
[[nodiscard]] std::vector<FlowCounter> flowCounters(std::initializer_list<const Rows*> parts);
/// With the end of the executable's path, which is all that the kernel's side keeps of a long one.
[[nodiscard]] ProcessInfo processInfo(const bwt_process& row);
/// Of a process that only its flow describes.
[[nodiscard]] ProcessInfo processInfo(const bwt_flow& row);

} // namespace bwt
