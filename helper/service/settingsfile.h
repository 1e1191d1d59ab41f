// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"

#include <QList>
#include <QString>

#include <optional>

/// Settings files: INI, of which one section is ours. "[section]", "key = value" taken as they stand, whole lines of
/// comment after # or ;.
namespace bwt {

/// One "key = value" of a settings file.
struct SettingsEntry {
    QString key;
    QString value;
    int line = 0; ///< counted from 1
};

enum class MissingFile { IsEmpty, IsWrong };

[[nodiscard]] Result<QString> readSettingsFile(const QString& path, MissingFile missing);
/// In place of what is there, whole or not at all. Everyone may read it.
[[nodiscard]] Result<void> writeSettingsFile(const QString& path, const QString& text);

/// The section's entries; other sections are skipped. A line that is none of a settings file's is InvalidArgument.
/// `path` says where the text is from.
[[nodiscard]] Result<QList<SettingsEntry>> settingsIn(
    const QString& text, const QString& path, const QString& section);

/// The text with one entry of that key, in the place where one was or is commented out, else at the section's end;
/// without a value, with none that isn't commented out. Everything else stays as it is.
[[nodiscard]] QString withSetting(
    const QString& text, const QString& section, const QString& key, const std::optional<QString>& value);

} // namespace bwt
