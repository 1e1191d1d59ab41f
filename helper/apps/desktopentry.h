// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

#include <optional>

namespace bwt {

/// What a file of the Desktop Entry Specification says of an application, as far as we need it.
struct DesktopEntry {
    QByteArray name; ///< untranslated: the helper has nobody's language
    QList<QByteArray> command; ///< program and arguments, without field codes; any bytes
    QByteArray flatpak; ///< application id, where Flatpak has made the file
    QByteArray snap; ///< instance name, likewise
    bool isShown = true; ///< in menus
};

/// Nothing where the text is no application's, or is marked as deleted. Reads no more than its first 64 KiB.
[[nodiscard]] std::optional<DesktopEntry> desktopEntryIn(QByteArrayView text);

/// The words of an Exec key, without field codes, environment and `env`.
[[nodiscard]] QList<QByteArray> commandIn(QByteArrayView exec);

} // namespace bwt
