// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/appentry.h"
#include "helper/apps/appchoices.h"
#include "helper/collector/visibility.h"
#include "helper/store/database.h"

#include <set>

/// What the user decided of apps, kept beside the traffic that it is about.
namespace bwt::store {

[[nodiscard]] AppChoices readAppChoices(const Database& database);
/// Throws InvalidArgument, with what is wrong in words.
void changeApp(const Database& database, const AppChange& change);
/// Those whose programs may be seen, by name and id.
[[nodiscard]] AppList readApps(const Database& database, const Visibility& visibility);
/// Ids of an app and of all that count for it.
[[nodiscard]] std::set<qint64> appIdsOf(const Database& database, const AppChoices& choices, const QString& app);

} // namespace bwt::store
