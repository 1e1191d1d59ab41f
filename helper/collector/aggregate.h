// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"
#include "helper/apps/appchoices.h"
#include "helper/collector/naming.h"
#include "helper/collector/snapshot.h"
#include "helper/collector/visibility.h"
#include "helper/places/places.h"

namespace bwt {

/// Sums a snapshot's flows by the given dimensions, biggest first, equals in a fixed order. `limit` 0 means all; what
/// is past it is summed. What the caller may not see becomes one row (of each scope, where that is asked for), which
/// no filter by process, app, user, remote or place can take apart; without dimensions there is nothing to hide, and
/// one row sums everyone. A remote has the name that the processes of the row asked for, of several the one that was
/// told last. Apps are told, and found by a filter, as `choices` have it. With `previous`, an earlier snapshot of the
/// same set, all rows have rates over the time between the two, whatever the wall clock did. Without `places` none is
/// known.
[[nodiscard]] QList<Row> aggregate(const Snapshot& now, const Snapshot* previous, Dimensions by, const Filter& filter,
    const Visibility& visibility, quint32 limit, const AppChoices& choices = {}, Places* places = nullptr);

} // namespace bwt
