// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

/// What a file's place says about it.
namespace bwt {

/// Of "/a/b": "b".
[[nodiscard]] QByteArrayView fileName(QByteArrayView path);
/// Of "/a/b": "/a"; empty where there is none.
[[nodiscard]] QByteArrayView folderOf(QByteArrayView path);

/// The snap that a program is in; empty where it is in none.
[[nodiscard]] QByteArray snapOf(QByteArrayView path);

/// Whether nobody starts the program but another program: it is in a library's folder.
[[nodiscard]] bool isPartOfAnother(QByteArrayView path);

/// Whether a folder is one program's own, so that all in it is that program's.
[[nodiscard]] bool isPrivate(QByteArrayView folder);

/// Whether only the system's packages and its administrator put programs there.
[[nodiscard]] bool isOfTheSystem(QByteArrayView path);

/// Whether it starts whatever it is told to, so that nothing which it starts is a part of it.
[[nodiscard]] bool isStarter(QByteArrayView path);

} // namespace bwt
