// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <optional>

struct sqlite3;

/// SQLite through Qt Sql, with errors that can't be overlooked. Within this room a failed statement throws
/// DatabaseError; Store turns it into a Result, and no other room sees it.
namespace bwt::store {

struct DatabaseError {
    Error error;
};

/// What a question asks beyond that is stopped for its time.
[[nodiscard]] QString timeIsOver();

/// A prepared statement. Its connection must outlive it.
class Statement {
public:
    Statement(const QSqlDatabase& connection, const QString& sql);

    /// Binds the values in order and executes; rows wait for next().
    template <typename... Values> Statement& run(const Values&... values)
    {
        int position = 0;
        (m_query.bindValue(position++, QVariant(values)), ...);
        execute();
        return *this;
    }

    [[nodiscard]] bool next();
    /// Ends reading, so that the statement holds no lock.
    void finish() { m_query.finish(); }
    [[nodiscard]] bool isNull(int column) const { return m_query.isNull(column); }
    [[nodiscard]] qint64 integer(int column) const { return m_query.value(column).toLongLong(); }
    [[nodiscard]] QString text(int column) const;
    [[nodiscard]] QByteArray blob(int column) const { return m_query.value(column).toByteArray(); }
    [[nodiscard]] qint64 affectedRows() const { return m_query.numRowsAffected(); }

    /// The first column of the first row, if there is one and it is not NULL.
    template <typename... Values> [[nodiscard]] std::optional<qint64> find(const Values&... values)
    {
        run(values...);
        std::optional<qint64> found;
        if (next() && !isNull(0))
            found = integer(0);
        finish();
        return found;
    }

private:
    void execute();
    QString m_path; ///< for error texts
    QSqlQuery m_query;
};

/// One connection, closed with the object. Stays in its thread.
class Database {
public:
    enum class Access { ReadWrite, ReadOnly };

    Database(const QString& path, Access access);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    [[nodiscard]] QString path() const { return m_connection.databaseName(); }
    [[nodiscard]] Statement prepare(const QString& sql) const { return Statement(m_connection, sql); }
    /// Runs one statement with its values.
    template <typename... Values> Statement run(const QString& sql, const Values&... values) const
    {
        Statement statement = prepare(sql);
        statement.run(values...);
        return statement;
    }
    /// SQLite's own handle; null where Qt brings another copy of SQLite than the one that we are linked to.
    [[nodiscard]] sqlite3* handle() const;
    /// Runs a script of statements that end in ";\n".
    void runScript(const QString& script) const;

private:
    void close();

    QString m_name;
    QSqlDatabase m_connection;
};

/// Rolls back unless committed.
class Transaction {
public:
    enum class Kind {
        Write, ///< takes the write lock at once, so that it can't fail half-way for want of it
        Read, ///< everything is read from one state of the file; there is nothing to commit
    };

    explicit Transaction(const Database& database, Kind kind = Kind::Write);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    const Database& m_database;
    bool m_open = true;
};

} // namespace bwt::store
