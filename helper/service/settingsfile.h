// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"

#include <QList>
#include <QString>

namespace bwt {

/// One "key = value" of a settings file.
struct SettingsEntry {
    QString key;
    QString value;
    int line = 0; ///< counted from 1
};

enum class MissingFile { IsEmpty, IsWrong };

/// The entries of one section of an INI file: "[section]", "key = value" taken as they stand, whole lines of comment
/// after # or ;. Other sections are skipped; a line that is none of these is InvalidArgument.
[[nodiscard]] Result<QList<SettingsEntry>> readSettingsFile(
    const QString& path, const QString& section, MissingFile missing);

} // namespace bwt
