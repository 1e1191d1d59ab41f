// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace bwt {

/// Whether the value that begins at `offset` of data in MaxMind's format ends within the data, and nests maps and
/// arrays no deeper than any real file. libmaxminddb calls itself for each level of what it skips, in most versions
/// without bound: what this refuses must not be shown to it.
[[nodiscard]] bool isShallow(std::span<const std::uint8_t> data, std::size_t offset);

} // namespace bwt
