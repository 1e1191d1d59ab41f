// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1StringView>

/// The names under which the helper is found. They are part of the product's contract.
namespace bwt::names {

inline constexpr auto service = QLatin1StringView("org.bandwidthtracker.Helper1");
inline constexpr auto interface = QLatin1StringView("org.bandwidthtracker.Helper1");
inline constexpr auto object = QLatin1StringView("/org/bandwidthtracker/Helper1");
/// What a failed call's D-Bus error name begins with; the rest is the ErrorCode's own name.
inline constexpr auto errorPrefix = QLatin1StringView("org.bandwidthtracker.Helper1.Error.");
inline constexpr auto defaultStateDir = QLatin1StringView("/var/lib/ebpf-bandwidth-tracker");
inline constexpr auto defaultConfigFile = QLatin1StringView("/etc/ebpf-bandwidth-tracker/helper.conf");

} // namespace bwt::names
