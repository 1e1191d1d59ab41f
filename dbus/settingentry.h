// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusArgument>
#include <QList>
#include <QMetaType>
#include <QString>

/// The helper's settings as a client sees them.
namespace bwt {

enum class SettingOrigin : quint8 {
    Default, ///< nobody said anything
    File,
    CommandLine, ///< wins over the file, and can't be changed
};

enum class SettingReach : quint8 {
    Fixed, ///< names a place on the machine: only the file and the command line may
    AtOnce, ///< a change holds from now on
    NextStart, ///< a change holds from the helper's next start
};

struct SettingEntry {
    QString name; ///< of the option and of the key in the file
    QString value; ///< as it was configured last; empty where the helper decides by itself
    QString standard; ///< what it is where nobody says anything
    SettingOrigin origin = SettingOrigin::Default;
    SettingReach reach = SettingReach::Fixed;

    friend bool operator==(const SettingEntry&, const SettingEntry&) = default;
};

using SettingList = QList<SettingEntry>;

/// "default", "file", "command-line".
[[nodiscard]] QString settingOriginName(SettingOrigin origin);
/// "fixed", "at-once", "next-start".
[[nodiscard]] QString settingReachName(SettingReach reach);

QDBusArgument& operator<<(QDBusArgument& out, const SettingEntry& value);
const QDBusArgument& operator>>(const QDBusArgument& in, SettingEntry& value);

} // namespace bwt

Q_DECLARE_METATYPE(bwt::SettingEntry)
