// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace bwt {

/// Why the kernel won't take a program, and what to do, in one line. `hook` names the program.
[[nodiscard]] QString refusalText(const char* hook, int errorNumber);

/// What every try without the needed capabilities ends in.
[[nodiscard]] QString rightsMissingText();

} // namespace bwt
