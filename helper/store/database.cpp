// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/database.h"

#include <QSqlDriver>
#include <QSqlError>
#include <QUuid>
#include <QVariant>

#include <sqlite3.h>

#include <utility>

namespace bwt::store {

namespace {

/// SQLite's primary result codes (sqlite.org/rescode.html) that say something about the file or its device.
ErrorCode meaningOf(int sqliteCode)
{
    constexpr int primaryMask = 0xff;
    switch (sqliteCode & primaryMask) {
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
        return ErrorCode::StoreCorrupt;
    case 9: // SQLITE_INTERRUPT
        return ErrorCode::LimitExceeded;
    case 3: // SQLITE_PERM
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
    case 7: // SQLITE_NOMEM
    case 8: // SQLITE_READONLY
    case 10: // SQLITE_IOERR
    case 13: // SQLITE_FULL
    case 14: // SQLITE_CANTOPEN
    case 15: // SQLITE_PROTOCOL
        return ErrorCode::StoreUnavailable;
    default:
        return ErrorCode::Internal;
    }
}

/// What a question asks beyond, where SQLite was told to stop at it.
QString reasonOf(const QSqlError& error, const QString& path)
{
    if (meaningOf(error.nativeErrorCode().toInt()) == ErrorCode::LimitExceeded)
        return timeIsOver();
    return path + QStringLiteral(": ") + error.databaseText();
}

[[noreturn]] void fail(const QSqlError& error, const QString& path)
{
    throw DatabaseError{{meaningOf(error.nativeErrorCode().toInt()), reasonOf(error, path)}};
}

} // namespace

QString timeIsOver()
{
    return QStringLiteral("the time for an answer: ask for larger steps or a shorter range");
}

Statement::Statement(const QSqlDatabase& connection, const QString& sql)
    : m_path(connection.databaseName())
    , m_query(connection)
{
    m_query.setForwardOnly(true);
    if (!m_query.prepare(sql))
        fail(m_query.lastError(), m_path);
}

void Statement::execute()
{
    if (!m_query.exec())
        fail(m_query.lastError(), m_path);
}

bool Statement::next()
{
    if (m_query.next())
        return true;
    if (m_query.lastError().isValid())
        fail(m_query.lastError(), m_path);
    return false;
}

QString Statement::text(int column) const
{
    return m_query.isNull(column) ? QString() : m_query.value(column).toString();
}

Database::Database(const QString& path, Access access)
    : m_name(QUuid::createUuid().toString(QUuid::WithoutBraces))
    , m_connection(QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name))
{
    m_connection.setDatabaseName(path);
    // Our own writer holds the lock for milliseconds; whoever holds it longer is a stranger, and the next tick tries
    // again.
    QString options = QStringLiteral("QSQLITE_BUSY_TIMEOUT=2000");
    if (access == Access::ReadOnly)
        options += QStringLiteral(";QSQLITE_OPEN_READONLY");
    m_connection.setConnectOptions(options);
    if (!m_connection.open()) {
        const QSqlError error = m_connection.lastError();
        close();
        fail(error, path);
    }
}

Database::~Database()
{
    close();
}

void Database::close()
{
    m_connection = {};
    QSqlDatabase::removeDatabase(m_name);
}

void Database::runScript(const QString& script) const
{
    for (const QString& statement : script.split(QStringLiteral(";\n"), Qt::SkipEmptyParts)) {
        if (!statement.trimmed().isEmpty())
            run(statement);
    }
}

sqlite3* Database::handle() const
{
    Statement version = run(QStringLiteral("SELECT sqlite_source_id()"));
    const QVariant handle = m_connection.driver()->handle();
    if (!version.next() || version.text(0) != QLatin1StringView(sqlite3_sourceid())
        || qstrcmp(handle.typeName(), "sqlite3*") != 0)
        return nullptr;
    return *static_cast<sqlite3* const*>(handle.constData());
}

Transaction::Transaction(const Database& database, Kind kind)
    : m_database(database)
{
    m_database.run(kind == Kind::Write ? QStringLiteral("BEGIN IMMEDIATE") : QStringLiteral("BEGIN"));
}

Transaction::~Transaction()
{
    if (!m_open)
        return;
    try {
        m_database.run(QStringLiteral("ROLLBACK"));
    } catch (const DatabaseError&) {
        // SQLite has rolled back by itself, as it does when the disk is full.
    }
}

void Transaction::commit()
{
    m_database.run(QStringLiteral("COMMIT"));
    m_open = false;
}

} // namespace bwt::store
