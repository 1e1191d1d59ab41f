// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"

#include <QString>

/// The one place where the helper's codes become the reader's language.
namespace bwt::words {

/// What happened, in a sentence with full stop.
[[nodiscard]] QString errorText(ErrorCode code);
/// What the reader can do about it; empty where there is nothing.
[[nodiscard]] QString remedy(ErrorCode code);
/// The same of a Status's problem: there a damaged history is one that was set aside.
[[nodiscard]] QString problemText(ErrorCode code);
[[nodiscard]] QString problemRemedy(ErrorCode code);
/// The code that a Status names its problem by.
[[nodiscard]] ErrorCode problemCode(const QString& name);

[[nodiscard]] QString backendName(const QString& backend);

} // namespace bwt::words
