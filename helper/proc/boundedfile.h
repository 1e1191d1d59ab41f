// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/descriptor.h"

#include <QByteArray>

#include <dirent.h>
#include <fcntl.h>
#include <memory>

namespace bwt {

/// The first `limit` bytes of a regular file, relative to the folder `at`; null where it can't be read. Waits for no
/// one: what is no regular file isn't read, whoever put it there.
[[nodiscard]] QByteArray contentsOf(const QByteArray& path, qsizetype limit, int at = AT_FDCWD);
/// Likewise of what is open, whatever it is and however long that takes.
[[nodiscard]] QByteArray contentsOf(const Descriptor& file, qsizetype limit);
/// Where a symbolic link leads; null where it is none.
[[nodiscard]] QByteArray linkTarget(const QByteArray& path, int at = AT_FDCWD);

struct CloseFolder {
    void operator()(DIR* folder) const { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

/// To be listed; null where it can't be, or is a symbolic link.
[[nodiscard]] Folder openFolder(const QByteArray& path, int at = AT_FDCWD);

} // namespace bwt
