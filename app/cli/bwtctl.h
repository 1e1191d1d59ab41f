// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace bwt::cli {

/// bwtctl, from its arguments to its exit code.
[[nodiscard]] int runBwtctl(int argc, char** argv);

} // namespace bwt::cli
