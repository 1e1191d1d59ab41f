// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"

#include <QByteArrayView>

namespace bwt {

/// Longer paths lose their beginning: someone makes them to see what happens, and each is told in every frame.
inline constexpr qsizetype longestPath = 1024;

/// After the path of a file that has no name any more, as the kernel says it.
inline constexpr QByteArrayView deletedMark(" (deleted)");
/// In front of a path without its beginning: no absolute path has it.
inline constexpr QByteArrayView tailMark("…");

/// What the kernel's link to an executable says, be it in /proc or in a recording of what we told.
[[nodiscard]] Executable executableFromLink(QByteArray path);

/// What the process runs now, without inode and device; without path when it is gone, or has none, or may not be
/// looked at.
[[nodiscard]] Executable executableOf(const ProcessId& id);

} // namespace bwt
