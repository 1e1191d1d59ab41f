// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/names.h"
#include "dbus/result.h"
#include "dbus/settingentry.h"
#include "helper/places/placewatch.h"
#include "helper/service/settingsfile.h"
#include "helper/source/trafficsource.h"
#include "helper/store/store.h"

#include <QHash>
#include <QString>
#include <QStringList>

#include <chrono>
#include <functional>
#include <optional>

namespace bwt {

/// What the helper is told: by its defaults, then helper.conf, then the command line.
struct HelperSettings {
    QString bus = QStringLiteral("system"); ///< "system", "session" or a D-Bus address
    QString stateDir = QString(names::defaultStateDir);
    QString backend = QStringLiteral("auto");
    std::optional<std::chrono::milliseconds> interval; ///< nothing: 1 s while anyone watches, 5 s otherwise
    WireCounting wire = WireCounting::On;
    std::chrono::days keepMinutes = Retention().minutes;
    std::optional<std::chrono::days> keepAppMinutes
        = {}; ///< nothing: the usual ones, between keepMinutes and keepHours
    std::chrono::days keepHours = Retention().hours;
    quint64 historyMegabytes = Retention().mostBytes / bytesPerMegabyte;
    TotalsOnly totalsOnly = {};
    PlacePaths places = {};

    static constexpr quint64 bytesPerMegabyte = 1024ULL * 1024;
    [[nodiscard]] Retention retention() const;

    friend bool operator==(const HelperSettings&, const HelperSettings&) = default;
};

/// What a command line asks for.
struct HelperCommand {
    enum class Kind { Run, Check, CheckJson, Version, Help };

    Kind kind = Kind::Run;
    HelperSettings settings = {};
    QString file = {}; ///< of the settings
    QHash<QString, SettingOrigin> origins = {}; ///< by name; of what is no default
    QStringList warnings = {}; ///< settings that nobody knows
};

inline constexpr QLatin1StringView settingsSection("helper"); ///< of the file

using SettingsReader = std::function<Result<QString>(const QString& path, MissingFile missing)>;

/// Reads the command line and the settings file that it names or the default one, which need not exist. A wrong
/// option or value is InvalidArgument, with the place where it stands.
[[nodiscard]] Result<HelperCommand> readCommandLine(
    const QStringList& arguments, const SettingsReader& readFile = &readSettingsFile);

/// What --help prints.
[[nodiscard]] QString helpText();

} // namespace bwt
