// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"

#include <span>

namespace bwt::store {

/// One version of the file made into the next, in one transaction.
struct Migration {
    const char* script;
    void (*conversion)(const Database&) = nullptr;
    const char* end = "";
};

/// From the empty file on: the one at N makes N into N + 1.
[[nodiscard]] std::span<const Migration> migrations();

} // namespace bwt::store
