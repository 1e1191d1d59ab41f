// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/schema.h"

#include "helper/store/migrations.h"

namespace bwt::store {

namespace {

/// "BWTH": whose file this is (sqlite.org/pragma.html#pragma_application_id).
constexpr qint64 applicationId = 0x42575448;

qint64 pragma(const Database& database, const char* name)
{
    return database.prepare(QStringLiteral("PRAGMA %1").arg(QLatin1StringView(name))).find().value_or(0);
}

[[noreturn]] void fail(ErrorCode code, const QString& path, const QString& reason)
{
    throw DatabaseError{{code, path + QStringLiteral(": ") + reason}};
}

void refuseForeign(const Database& database)
{
    const qint64 owner = pragma(database, "application_id");
    if (owner != applicationId && pragma(database, "schema_version") != 0)
        fail(ErrorCode::StoreCorrupt, database.path(), QStringLiteral("another program's database"));
}

/// What a statement has to sort or to remember beyond SQLite's cache goes to a file without a name.
void boundMemory(const Database& database)
{
    database.run(QStringLiteral("PRAGMA temp_store = FILE"));
}

void configure(const Database& database)
{
    // File space is given back in steps. Can only be chosen before the first table.
    if (pragma(database, "schema_version") == 0)
        database.run(QStringLiteral("PRAGMA auto_vacuum = INCREMENTAL"));
    // Readers never wait for the writer, nor it for them.
    database.run(QStringLiteral("PRAGMA journal_mode = WAL"));
    // No sync at each commit: what a killed helper committed is in the kernel's page cache and safe. A power cut can
    // take the newest commits, whole, and takes the counters that they came from as well.
    database.run(QStringLiteral("PRAGMA synchronous = NORMAL"));
    database.run(QStringLiteral("PRAGMA foreign_keys = ON"));
    database.run(QStringLiteral("PRAGMA journal_size_limit = %1").arg(mostLogBytes));
    boundMemory(database);
}

} // namespace

void refuseNewer(const QString& path, qint64 version)
{
    if (version > schemaVersion)
        fail(ErrorCode::StoreTooNew, path,
            QStringLiteral("of version %1, this program knows versions up to %2").arg(version).arg(schemaVersion));
}

void prepareForWriting(const Database& database)
{
    refuseNewer(database.path(), pragma(database, "user_version"));
    refuseForeign(database);
    configure(database);
    Transaction transaction(database);
    const auto present = static_cast<std::size_t>(pragma(database, "user_version"));
    for (std::size_t version = present; version < migrations().size(); ++version) {
        const Migration& migration = migrations()[version];
        database.runScript(QString::fromLatin1(migration.script));
        if (migration.conversion != nullptr)
            migration.conversion(database);
        database.runScript(QString::fromLatin1(migration.end));
        database.run(QStringLiteral("PRAGMA user_version = %1").arg(version + 1));
    }
    if (pragma(database, "application_id") != applicationId)
        database.run(QStringLiteral("PRAGMA application_id = %1").arg(applicationId));
    transaction.commit();
}

void prepareForReading(const Database& database)
{
    const qint64 version = pragma(database, "user_version");
    refuseNewer(database.path(), version);
    if (version < schemaVersion)
        fail(ErrorCode::StoreUnavailable, database.path(), QStringLiteral("not made ready by the helper yet"));
    boundMemory(database);
    // Sheets are read once, and large: the kernel's cache is enough for them.
    database.run(QStringLiteral("PRAGMA cache_size = -256"));
}

} // namespace bwt::store
