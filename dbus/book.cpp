// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/book.h"

#include <algorithm>

namespace bwt {

namespace {

/// How much passed and how much of it is in nobody's name.
struct Account {
    double bytes = 0;
    double rest = 0;

    void enter(const BookSide& side)
    {
        bytes += static_cast<double>(side.bytes);
        rest += std::abs(static_cast<double>(side.rest()));
    }
    void enter(const Book& book)
    {
        enter(book.tx);
        enter(book.rx);
    }
    [[nodiscard]] std::optional<double> identified() const
    {
        return bytes > 0 ? std::optional(std::max(0.0, 1 - rest / bytes)) : std::nullopt;
    }
};

/// On the wire in the order in which the XML names them.
template <typename Side, typename Visitor> void visitCounts(Side& side, Visitor&& visit)
{
    visit(side.bytes);
    visit(side.packets);
    visit(side.programs);
    visit(side.kernel);
    visit(side.forwarded);
    visit(side.headers);
    visit(side.bundled);
}

} // namespace

std::optional<double> identifiedShare(const Book& book)
{
    Account account;
    account.enter(book);
    return account.identified();
}

std::optional<double> identifiedShare(const QList<Book>& books)
{
    Account account;
    for (const Book& book : books)
        if (book.leadsOut)
            account.enter(book);
    return account.identified();
}

QDBusArgument& operator<<(QDBusArgument& out, const BookSide& value)
{
    out.beginStructure();
    visitCounts(value, [&out](quint64 count) { out << qulonglong(count); });
    out << qlonglong(value.rest());
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, BookSide& value)
{
    qlonglong rest = 0; // follows from what comes before it
    in.beginStructure();
    visitCounts(value, [&in](quint64& count) {
        qulonglong wire = 0;
        in >> wire;
        count = wire;
    });
    in >> rest;
    in.endStructure();
    return in;
}

QDBusArgument& operator<<(QDBusArgument& out, const Book& value)
{
    out.beginStructure();
    out << value.interface << value.leadsOut << value.tx << value.rx;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Book& value)
{
    in.beginStructure();
    in >> value.interface >> value.leadsOut >> value.tx >> value.rx;
    in.endStructure();
    return in;
}

} // namespace bwt
