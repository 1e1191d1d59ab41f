// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace bwt {

/// Whether the program is in an AppImage that was mounted to run it.
[[nodiscard]] bool isInAppImage(QByteArrayView path);

/// What the AppImage is called without version, architecture and the like: by its file's name, which its mount tells
/// (`mounts` is /proc/PID/mountinfo), else by what the mount's folder has of that.
[[nodiscard]] QByteArray appImageOf(QByteArrayView path, const QByteArray& mounts);

/// The Flatpak whose files are mounted at /app; empty where there is none.
[[nodiscard]] QByteArray flatpakOf(const QByteArray& mounts);

} // namespace bwt
