// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/appentry.h"
#include "dbus/event.h"
#include "dbus/row.h"
#include "dbus/settingentry.h"

#include <QJsonArray>
#include <QJsonObject>

/// The answers as JSON, the same for bwtctl and REST. Unknown is null; a row holds only the keys that were asked for.
namespace bwt {

/// Whether rows carry tx_rate and rx_rate: live ones do.
enum class Rates { Shown, Omitted };

[[nodiscard]] QJsonObject rowToJson(const Row& row, Dimensions by, Rates rates);
[[nodiscard]] QJsonObject frameToJson(const Frame& frame, Dimensions by, Rates rates);
/// One flat list of rows, each with its bucket's bounds; a gap is one row without numbers.
/// The rows of seriesToJson(), and what is beside them.
[[nodiscard]] QJsonArray seriesRowsToJson(const Series& series, Dimensions by);
[[nodiscard]] QJsonObject seriesHeadToJson(const Series& series);
[[nodiscard]] QJsonObject seriesToJson(const Series& series, Dimensions by);
[[nodiscard]] QJsonObject eventsToJson(const EventList& events, qint64 sinceMs, qint64 untilMs);
[[nodiscard]] QJsonObject appsToJson(const AppList& apps);
[[nodiscard]] QJsonObject settingsToJson(const SettingList& settings);
[[nodiscard]] QJsonObject statusToJson(const Status& status);

} // namespace bwt
