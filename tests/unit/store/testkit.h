// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/store.h"
#include "tests/unit/store/traffic.h"

#include <QFile>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QStringList>
#include <QUuid>
#include <QVariant>

#include <ctime>

/// What tests of the history share: opening it, asking it, and looking into its file as strangers do.
namespace bwt::test {

/// The value; ends the test with the error where there is none.
template <typename T> T valueOf(Result<T> result)
{
    if (!result)
        qFatal("%s", qPrintable(result.error().detail));
    return std::move(*result);
}

inline std::unique_ptr<Store> openStore(const QString& directory, Store::Mode mode = Store::Mode::Writer)
{
    return valueOf(Store::open(directory, mode));
}

/// All rows of a range.
inline QList<Row> rowsOf(Store& store, std::int64_t sinceMs, std::int64_t untilMs, Dimensions by = {})
{
    HistoryQuery query;
    query.sinceMs = sinceMs;
    query.untilMs = untilMs;
    query.by = by;
    return valueOf(store.top(query)).rows;
}

/// Some program's bytes, both ways, since ever.
inline quint64 bytesIn(Store& store)
{
    quint64 bytes = 0;
    for (const Row& row : rowsOf(store, 0, noonMs + 3650 * dayMs))
        bytes += row.numbers.txBytes + row.numbers.rxBytes;
    return bytes;
}

/// The system's time zone from now on.
inline void setZone(const QByteArray& zone)
{
    qputenv("TZ", zone);
    tzset();
}

/// Another program's connection to the history.
class Client {
public:
    explicit Client(const QString& stateDir)
        : m_connection(QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QUuid::createUuid().toString()))
    {
        m_connection.setDatabaseName(stateDir + QStringLiteral("/history.db"));
        if (!m_connection.open())
            qFatal("%s", qPrintable(m_connection.lastError().text()));
    }
    ~Client()
    {
        const QString name = m_connection.connectionName();
        m_connection = {};
        QSqlDatabase::removeDatabase(name);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    template <typename... Values> QSqlQuery run(const QString& sql, const Values&... values) const
    {
        QSqlQuery query(m_connection);
        if (!query.prepare(sql))
            qFatal("%s: %s", qPrintable(sql), qPrintable(query.lastError().text()));
        (query.addBindValue(QVariant(values)), ...);
        if (!query.exec())
            qFatal("%s: %s", qPrintable(sql), qPrintable(query.lastError().text()));
        return query;
    }
    [[nodiscard]] qint64 number(const QString& sql) const
    {
        QSqlQuery query = run(sql);
        if (!query.next())
            qFatal("%s: no row", qPrintable(sql));
        return query.value(0).toLongLong();
    }
    /// Rows as text, a row a line.
    [[nodiscard]] QStringList lines(const QString& sql) const
    {
        QStringList lines;
        for (QSqlQuery query = run(sql); query.next();) {
            QStringList fields;
            for (int i = 0; i < query.record().count(); ++i)
                fields.append(query.isNull(i) ? QStringLiteral("NULL") : query.value(i).toString());
            lines.append(fields.join(QLatin1Char('|')));
        }
        return lines;
    }

private:
    QSqlDatabase m_connection;
};

inline QByteArray contentOf(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s: %s", qPrintable(path), qPrintable(file.errorString()));
    return file.readAll();
}

} // namespace bwt::test
