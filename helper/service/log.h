// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>

namespace bwt {

/// Levels: critical, the helper can't go on; warning, something is wrong that somebody can mend; info, what changed
/// and is well; debug, off unless QT_LOGGING_RULES asks for it.
Q_DECLARE_LOGGING_CATEGORY(serviceLog)

/// From now on every message is one line on stderr: "bandwidth-tracker-helper: …", with a priority in front
/// (sd-daemon(3)) where the journal reads it.
void installLog();

} // namespace bwt
