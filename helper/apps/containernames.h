// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace bwt {

/// What a container's engine calls it, from the files that the engine keeps; empty where they can't be read.
/// `root` is as DesktopEntries has it. The ids are hexadecimal digits.
[[nodiscard]] QByteArray dockerName(const QByteArray& root, const QByteArray& id);
[[nodiscard]] QByteArray podmanName(const QByteArray& root, const QByteArray& id);

/// As engines shorten it.
[[nodiscard]] QByteArray shortId(const QByteArray& id);

} // namespace bwt
