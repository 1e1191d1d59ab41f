// SPDX-License-Identifier: GPL-3.0-or-later
// The interfaces' books in the history: what they grew by, once, whoever records it.
#include "helper/store/store.h"
#include "tests/unit/store/traffic.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QTemporaryDir>
#include <QTest>

using namespace bwt;
using namespace bwt::test;

namespace {

constexpr qint64 keptDays = 32; // longer than minutes are

std::unique_ptr<Store> openStore(const QString& directory)
{
    auto store = Store::open(directory, Store::Mode::Writer);
    if (!store)
        qFatal("%s", qPrintable(store.error().detail));
    return std::move(*store);
}

/// What was sent and received by one interface, as multiples of one frame each.
InterfaceBook bookOf(std::uint32_t index, quint64 sent, quint64 received)
{
    InterfaceBook entry;
    entry.index = index;
    entry.book.interface = QStringLiteral("eth%1").arg(index);
    entry.book.leadsOut = true;
    entry.book.tx = {100 * sent, sent, 60 * sent, 10 * sent, 5 * sent, 14 * sent, 3 * sent};
    entry.book.rx = {100 * received, received, 90 * received, 0, 0, 14 * received, 0};
    entry.seenTx = {5'000 + 100 * sent, 50 + sent, 7 + 60 * sent, 10 * sent, 5 * sent, sent, 3 * sent, 2 * sent};
    entry.seenRx = {6'000 + 100 * received, 60 + received, 90 * received, 0, 0, 0, received, 0};
    return entry;
}

Snapshot snapshotOf(
    std::vector<InterfaceBook> books, std::int64_t sinceMs, const QString& set = QStringLiteral("set"))
{
    Snapshot snapshot = Counters(set).snapshot(sinceMs, sinceMs + 1'000);
    snapshot.books = std::move(books);
    return snapshot;
}

} // namespace

class StoreBooksTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        m_path = m_directory->filePath(QStringLiteral("state"));
    }

    void whatBooksGrewByIsInEachTierAndInTheView()
    {
        const auto store = openStore(m_path);
        insert(*store, {bookOf(2, 0, 0)}, noonMs);
        insert(*store, {bookOf(2, 2, 1)}, noonMs + 1'000);
        insert(*store, {bookOf(2, 2, 4)}, noonMs + minuteMs);
        QCOMPARE(read("SELECT timestamp, interface, direction, bytes, packets, programs, kernel, forwarded, headers, "
                      "bundled, rest, interval_s FROM interface_books ORDER BY timestamp, direction"),
            (QStringList{QStringLiteral("2026-03-10 12:00:00|eth2|rx|100|1|90|0|0|14|0|-4|60"),
                QStringLiteral("2026-03-10 12:00:00|eth2|tx|200|2|120|20|10|28|6|28|60"),
                QStringLiteral("2026-03-10 12:01:00|eth2|rx|300|3|270|0|0|42|0|-12|60")}));
        QCOMPARE(read("SELECT direction, bytes, rest FROM book_hour ORDER BY direction"),
            (QStringList{QStringLiteral("0|200|28"), QStringLiteral("1|400|-16")}));
    }

    void booksGoOnWhereTheyWereRecordedLast()
    {
        insert(*openStore(m_path), {bookOf(2, 3, 3), bookOf(7, 1, 1)}, noonMs);
        {
            const auto store = openStore(m_path);
            const auto past = store->past(snapshotOf({}, noonMs).set);
            QVERIFY(past && *past);
            QCOMPARE((*past)->books, (std::vector{bookOf(2, 3, 3), bookOf(7, 1, 1)}));
            insert(*store, {bookOf(2, 5, 3), bookOf(7, 1, 1)}, noonMs + 1'000);
        }
        QCOMPARE(sum("eth2", "tx"), QStringLiteral("500"));
        QCOMPARE(sum("eth7", "tx"), QStringLiteral("100"));
    }

    void anotherSetBeginsAtNothing()
    {
        const auto store = openStore(m_path);
        insert(*store, {bookOf(2, 3, 3)}, noonMs);
        QVERIFY(store->insert(snapshotOf({bookOf(2, 1, 1)}, noonMs + 1'000, QStringLiteral("next"))));
        QCOMPARE(sum("eth2", "tx"), QStringLiteral("400"));
    }

    void anInterfaceThatBeganAnewIsRecordedWhole()
    {
        const auto store = openStore(m_path);
        insert(*store, {bookOf(2, 3, 3)}, noonMs);
        insert(*store, {}, noonMs + 1'000);
        insert(*store, {bookOf(2, 2, 2)}, noonMs + 2'000); // gone and come between two looks, or before one
        insert(*store, {bookOf(2, 1, 1)}, noonMs + 3'000);
        QCOMPARE(sum("eth2", "tx"), QStringLiteral("600"));
    }

    void whatPassesWhilePausedIsInNoBook()
    {
        const auto store = openStore(m_path);
        insert(*store, {bookOf(2, 3, 3)}, noonMs);
        QVERIFY(store->skip(snapshotOf({bookOf(2, 9, 9)}, noonMs + 1'000)));
        insert(*store, {bookOf(2, 10, 10)}, noonMs + 2'000);
        QCOMPARE(sum("eth2", "tx"), QStringLiteral("400"));
    }

    void booksThatEndedAreForgotten()
    {
        const auto store = openStore(m_path);
        insert(*store, {bookOf(2, 3, 3)}, noonMs);
        insert(*store, {}, noonMs + 1'000);
        QCOMPARE(read("SELECT count(*) FROM book_baseline"), QStringList(QStringLiteral("0")));
    }

    void booksAreKeptAsLongAsWhatProgramsMoved()
    {
        const auto store = openStore(m_path);
        insert(*store, {bookOf(2, 1, 0)}, noonMs - keptDays * dayMs);
        insert(*store, {bookOf(2, 3, 0)}, noonMs);
        QCOMPARE(*store->cleanup(Retention{}, noonMs + 1'000), 1U);
        QCOMPARE(read("SELECT bytes, interval_s FROM interface_books ORDER BY timestamp"),
            (QStringList{QStringLiteral("100|3600"), QStringLiteral("200|60")}));
        QCOMPARE(*store->cleanup(
                     Retention{std::chrono::days(1), std::chrono::days(1), std::chrono::days(7)}, noonMs + 1'000),
            1U);
        QCOMPARE(sum("eth2", "tx"), QStringLiteral("200"));
    }

    void aClearedRangeHasNoBooks()
    {
        const auto store = openStore(m_path);
        insert(*store, {bookOf(2, 1, 0)}, noonMs);
        insert(*store, {bookOf(2, 3, 0)}, noonMs + minuteMs);
        QVERIFY(store->clear({noonMs, noonMs + minuteMs}));
        QCOMPARE(sum("eth2", "tx"), QStringLiteral("200"));
        QCOMPARE(read("SELECT bytes FROM book_hour"), QStringList(QStringLiteral("200")));
    }

private:
    static void insert(Store& store, std::vector<InterfaceBook> books, std::int64_t sinceMs)
    {
        QVERIFY(store.insert(snapshotOf(std::move(books), sinceMs)));
    }

    QString sum(const char* interface, const char* direction) const
    {
        return read(QByteArray("SELECT sum(bytes) FROM interface_books WHERE interface = '")
            + interface + "' AND direction = '" + direction + "'")
            .join(QLatin1Char('\n'));
    }

    /// The way any SQLite client reads it, a row a line.
    QStringList read(const QByteArray& sql) const
    {
        QStringList lines;
        {
            QSqlDatabase client = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("client"));
            client.setDatabaseName(m_path + QStringLiteral("/history.db"));
            if (!client.open())
                qFatal("%s", qPrintable(client.lastError().text()));
            QSqlQuery query(client);
            if (!query.exec(QString::fromLatin1(sql)))
                qFatal("%s", qPrintable(query.lastError().text()));
            while (query.next()) {
                QStringList fields;
                for (int i = 0; i < query.record().count(); ++i)
                    fields.append(query.value(i).toString());
                lines.append(fields.join(QLatin1Char('|')));
            }
        }
        QSqlDatabase::removeDatabase(QStringLiteral("client"));
        return lines;
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_path;
};

QTEST_GUILESS_MAIN(StoreBooksTest)
#include "tst_storebooks.moc"
