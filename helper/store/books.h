// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"
#include "helper/store/database.h"

#include <vector>

/// The interfaces' books in the file: tiers of what they grew by, and up to where that is recorded.
namespace bwt::store {

/// What the books grew by, of those that changed: new - old, signed, never clamped. Both are ordered by index. Books
/// that began anew grew by all that they hold.
[[nodiscard]] std::vector<Book> growthOf(
    const std::vector<InterfaceBook>& old, const std::vector<InterfaceBook>& books);

/// One interface's growth under its name's id.
struct BookRow {
    qint64 interface = 0;
    Book growth;
};
/// Adds rows to a bucket. Returns how many were inserted or grown.
[[nodiscard]] quint64 writeBookTier(
    const Database& database, const QString& tier, qint64 start, const std::vector<BookRow>& rows);

/// Drops hours from one whole hour to another, and makes those anew of which minutes are left: where minutes are kept
/// they hold all of an hour. Returns how many went.
[[nodiscard]] qint64 remakeBookHours(const Database& database, qint64 first, qint64 last);

/// In place of what the file says.
void writeBooksBaseline(const Database& database, const std::vector<InterfaceBook>& books);
[[nodiscard]] std::vector<InterfaceBook> readBooksBaseline(const Database& database);

} // namespace bwt::store
