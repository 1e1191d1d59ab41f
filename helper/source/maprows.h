// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bpf/traffic.h"
#include "helper/source/trafficsource.h"

/// The kernel's rows as ours.
namespace bwt {

[[nodiscard]] FlowCounter flowCounter(const bwt_flow& row);
/// Without the executable, which the kernel's side does not know.
[[nodiscard]] ProcessInfo processInfo(const bwt_process& row);
/// Of a process that only its flow describes.
[[nodiscard]] ProcessInfo processInfo(const bwt_flow& row);

} // namespace bwt
