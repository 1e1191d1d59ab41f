// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"

namespace bwt::store {

/// The newest schema this version knows.
inline constexpr int schemaVersion = 6;
/// Up to which the write-ahead log's file is kept between commits.
inline constexpr quint64 mostLogBytes = 4ULL * 1024 * 1024;

/// Throws StoreTooNew for a version that is not known here.
void refuseNewer(const QString& path, qint64 version);
/// Sets what holds for a writing connection, makes or migrates the schema. Throws StoreTooNew before any change, and
/// StoreCorrupt for a database that is another program's.
void prepareForWriting(const Database& database);
/// Throws StoreTooNew or, while no writer has migrated it, StoreUnavailable.
void prepareForReading(const Database& database);

} // namespace bwt::store
