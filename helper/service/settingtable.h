// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/settingentry.h"
#include "helper/service/settings.h"

#include <span>

namespace bwt {

/// What a change in the file does to a setting that nobody else may change.
enum class WhenRead {
    Waits, ///< for the next start
    Holds,
};

/// One option of the command line, which is a key of the settings file too.
struct Setting {
    QLatin1StringView name;
    QLatin1StringView value; ///< what its value is called
    QLatin1StringView description;
    Result<void> (*set)(HelperSettings&, const QString&); ///< the error's detail is what a value has to be
    SettingReach reach;
    QString (*text)(const HelperSettings&); ///< as the file would have it; empty where nothing is set
    WhenRead whenRead = WhenRead::Waits;
};

[[nodiscard]] std::span<const Setting> settingTable();
/// Null when there is none of that name.
[[nodiscard]] const Setting* settingNamed(const QString& name);

/// Names of those that differ and don't hold at once.
[[nodiscard]] QStringList changedAtNextStart(const HelperSettings& one, const HelperSettings& other);

/// What no setting shows alone.
[[nodiscard]] Result<void> checkTogether(const HelperSettings& settings);

} // namespace bwt
