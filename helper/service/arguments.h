// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/appentry.h"
#include "dbus/result.h"
#include "dbus/row.h"
#include "helper/service/exporttext.h"
#include "helper/store/store.h"

/// What callers send, turned into what the engine takes. Everything from outside is bounded here.
namespace bwt::arguments {

struct Range {
    std::int64_t sinceMs = 0;
    std::int64_t untilMs = 0;
};

[[nodiscard]] Result<Dimensions> grouping(const QStringList& names);
/// 1 to 10000.
[[nodiscard]] Result<quint32> limit(quint32 rows);
/// `untilMs` 0 means now.
[[nodiscard]] Result<Range> range(quint64 sinceMs, quint64 untilMs, std::int64_t nowMs);
[[nodiscard]] Result<Filter> filter(const Filter& filter);
/// `remote` is read as an address; an empty text is everything's.
[[nodiscard]] Result<Clearing> clearing(const Range& range, const QString& app, const QString& remote);
/// A name is printable and has at most 100 characters.
[[nodiscard]] Result<AppChange> appChange(const AppChange& change);
[[nodiscard]] Result<Bucket> bucket(const QString& name);
[[nodiscard]] Result<ExportFormat> exportFormat(const QString& name);
/// A series has at most 50000 buckets.
[[nodiscard]] Result<Bucket> bucket(const QString& name, const Range& range);

} // namespace bwt::arguments
