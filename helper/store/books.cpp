// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/books.h"

#include <algorithm>

namespace bwt::store {

namespace {

constexpr qint64 sent = 0;
constexpr qint64 received = 1;

bool isBehind(const BookSide& side, const BookSide& old)
{
    return side.bytes < old.bytes || side.packets < old.packets;
}

BookSide difference(const BookSide& side, const BookSide& old)
{
    return {side.bytes - old.bytes, side.packets - old.packets, side.programs - old.programs,
        side.kernel - old.kernel, side.forwarded - old.forwarded, side.headers - old.headers,
        side.bundled - old.bundled};
}

/// Columns from the first on.
BookSide sideFrom(const Statement& row, int first)
{
    const auto count = [&](int column) { return static_cast<quint64>(row.integer(first + column)); };
    return {count(0), count(1), count(2), count(3), count(4), count(5), count(6)};
}

SeenSide seenFrom(const Statement& row, int first)
{
    const auto count = [&](int column) { return static_cast<quint64>(row.integer(first + column)); };
    return {count(0), count(1), count(2), count(3), count(4), count(5), count(6), count(7)};
}

} // namespace

std::vector<Book> growthOf(const std::vector<InterfaceBook>& old, const std::vector<InterfaceBook>& books)
{
    std::vector<Book> growth;
    auto past = old.begin();
    for (const InterfaceBook& now : books) {
        past = std::ranges::lower_bound(past, old.end(), now.index, {}, &InterfaceBook::index);
        Book before;
        if (past != old.end() && past->index == now.index && !isBehind(now.book.tx, past->book.tx)
            && !isBehind(now.book.rx, past->book.rx))
            before = past->book;
        Book change{now.book.interface, now.book.leadsOut, difference(now.book.tx, before.tx),
            difference(now.book.rx, before.rx)};
        if (change.tx != BookSide{} || change.rx != BookSide{})
            growth.push_back(std::move(change));
    }
    return growth;
}

quint64 writeBookTier(const Database& database, const QString& tier, qint64 start, const std::vector<BookRow>& rows)
{
    quint64 written = 0;
    Statement insert = database.prepare(QStringLiteral("INSERT INTO %1 VALUES (?,?,?,?,?,?,?,?,?,?,?)").arg(tier)
        + QStringLiteral(" ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes, "
                         "packets = packets + excluded.packets, programs = programs + excluded.programs, "
                         "kernel = kernel + excluded.kernel, forwarded = forwarded + excluded.forwarded, "
                         "headers = headers + excluded.headers, bundled = bundled + excluded.bundled, "
                         "rest = rest + excluded.rest"));
    const auto add = [&](qint64 interface, qint64 direction, const BookSide& side) {
        if (side == BookSide{})
            return;
        insert.run(start, interface, direction, static_cast<qint64>(side.bytes), static_cast<qint64>(side.packets),
            static_cast<qint64>(side.programs), static_cast<qint64>(side.kernel), static_cast<qint64>(side.forwarded),
            static_cast<qint64>(side.headers), static_cast<qint64>(side.bundled), side.rest());
        ++written;
    };
    for (const BookRow& row : rows) {
        add(row.interface, sent, row.growth.tx);
        add(row.interface, received, row.growth.rx);
    }
    return written;
}

qint64 remakeBookHours(const Database& database, qint64 first, qint64 last)
{
    const qint64 dropped
        = database.run(QStringLiteral("DELETE FROM book_hour WHERE start >= ? AND start < ?"), first, last)
              .affectedRows();
    const Statement remade = database.run(
        QStringLiteral(
            "INSERT INTO book_hour SELECT start - start % 3600 AS hour_start, interface, direction, "
            "sum(bytes), sum(packets), sum(programs), sum(kernel), sum(forwarded), sum(headers), sum(bundled), "
            "sum(rest) "
            "FROM book_minute WHERE start >= ? AND start < ? GROUP BY hour_start, interface, direction"),
        first, last);
    return dropped - remade.affectedRows();
}

void writeBooksBaseline(const Database& database, const std::vector<InterfaceBook>& books)
{
    database.run(QStringLiteral("DELETE FROM book_baseline"));
    Statement insert = database.prepare(
        QStringLiteral("INSERT INTO book_baseline VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
    const auto add = [&insert](const InterfaceBook& entry, qint64 direction, auto... counts) {
        insert.run(qint64{entry.index}, direction, entry.book.interface, entry.book.leadsOut ? 1 : 0,
            static_cast<qint64>(counts)...);
    };
    const auto addSide
        = [&add](const InterfaceBook& entry, qint64 direction, const BookSide& side, const SeenSide& seen) {
              add(entry, direction, side.bytes, side.packets, side.programs, side.kernel, side.forwarded,
                  side.headers, side.bundled, seen.bytes, seen.packets, seen.programs, seen.kernel, seen.forwarded,
                  seen.knownPackets, seen.bundled, seen.bundledPackets);
          };
    for (const InterfaceBook& entry : books) {
        addSide(entry, sent, entry.book.tx, entry.seenTx);
        addSide(entry, received, entry.book.rx, entry.seenRx);
    }
}

std::vector<InterfaceBook> readBooksBaseline(const Database& database)
{
    std::vector<InterfaceBook> books;
    Statement rows = database.run(QStringLiteral(
        "SELECT ifindex, direction, interface, leads_out, "
        "bytes, packets, programs, kernel, forwarded, headers, bundled, "
        "seen_bytes, seen_packets, seen_programs, seen_kernel, seen_forwarded, seen_known_packets, seen_bundled, "
        "seen_bundled_packets FROM book_baseline ORDER BY ifindex, direction"));
    constexpr int kept = 4;
    constexpr int seen = 11;
    while (rows.next()) {
        const auto index = static_cast<std::uint32_t>(rows.integer(0));
        if (books.empty() || books.back().index != index)
            books.push_back({index, {rows.text(2), rows.integer(3) != 0, {}, {}}, {}, {}});
        InterfaceBook& entry = books.back();
        const bool isTx = rows.integer(1) == sent;
        (isTx ? entry.book.tx : entry.book.rx) = sideFrom(rows, kept);
        (isTx ? entry.seenTx : entry.seenRx) = seenFrom(rows, seen);
    }
    return books;
}

} // namespace bwt::store
