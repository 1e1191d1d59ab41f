// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

/// The helper's settings in the reader's language.
namespace bwt::words {

enum class SettingKind {
    Days,
    Megabytes,
    Seconds, ///< told in milliseconds
    Switch,
    Text
};

struct SettingText {
    QString name; ///< the helper's
    QString caption;
    QString explanation;
    SettingKind kind = SettingKind::Text;
    QString whenEmpty = {}; ///< what the helper does where there is no value
};

struct SettingGroup {
    QString title;
    QList<SettingText> settings;
};

/// In the order of the page. What it does not name is of a newer helper.
[[nodiscard]] QList<SettingGroup> settingGroups();

} // namespace bwt::words
