// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusArgument>
#include <QList>
#include <QMetaType>
#include <QString>

#include <optional>

/// An interface's books: what its own counter says, and what of that is known to be whose.
namespace bwt {

/// One direction.
struct BookSide {
    quint64 bytes = 0; ///< the interface's own counter
    quint64 packets = 0;
    quint64 programs = 0; ///< of these bytes, IP bytes of programs' sockets
    quint64 kernel = 0; ///< of the kernel itself, from the network layer's header on
    quint64 forwarded = 0; ///< from or to another interface, likewise
    quint64 headers = 0; ///< of the link layer, on each packet
    quint64 bundled = 0; ///< not of these bytes: what many packets that it was handed as one would have more

    /// What nobody is known to have sent or received. Below zero where more was seen than the interface counted.
    [[nodiscard]] qint64 rest() const
    {
        return static_cast<qint64>(bytes + bundled - programs - kernel - forwarded - headers);
    }
    friend bool operator==(const BookSide&, const BookSide&) = default;
};

struct Book {
    QString interface;
    bool leadsOut = false; ///< counts for the whole: no other interface carries the same packets again
    BookSide tx;
    BookSide rx;

    friend bool operator==(const Book&, const Book&) = default;
};

/// The part of an interface's bytes, 0 to 1, that is known to be somebody's: what was seen twice lowers it like what
/// was not seen. Nothing where nothing passed.
[[nodiscard]] std::optional<double> identifiedShare(const Book& book);
/// That of all interfaces that lead out.
[[nodiscard]] std::optional<double> identifiedShare(const QList<Book>& books);

QDBusArgument& operator<<(QDBusArgument& out, const BookSide& value);
const QDBusArgument& operator>>(const QDBusArgument& in, BookSide& value);
QDBusArgument& operator<<(QDBusArgument& out, const Book& value);
const QDBusArgument& operator>>(const QDBusArgument& in, Book& value);

} // namespace bwt

Q_DECLARE_METATYPE(bwt::BookSide)
Q_DECLARE_METATYPE(bwt::Book)
