// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <compare>
#include <optional>

#include <sys/types.h>

/// The state directory and the history's files in it, beneath SQLite. Failures throw DatabaseError.
namespace bwt::store {

[[nodiscard]] QString historyPath(const QString& stateDir);

/// Makes the directory, its owner's alone. One that is there already keeps its mode.
void makeStateDirectory(const QString& stateDir);

/// The one writer's claim to a state directory, given up with the object or the process, however it ends.
class WriterLock {
public:
    /// NameTaken while another process, or another lock in this one, holds it.
    explicit WriterLock(const QString& stateDir);
    ~WriterLock();
    WriterLock(const WriterLock&) = delete;
    WriterLock& operator=(const WriterLock&) = delete;

private:
    int m_fd = -1;
};

/// Which file a path leads to.
struct FileId {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const FileId&, const FileId&) = default;
};
/// Nothing when there is no file.
[[nodiscard]] std::optional<FileId> fileAt(const QString& path);

/// Makes an empty file, its owner's alone, so that SQLite's own files beside it get the same mode.
void makeHistoryFile(const QString& path);
/// What the file's header says about its schema (sqlite.org/fileformat.html, 1.3); 0 for an empty file. Read without
/// SQLite, which would write beside a file that is not ours to touch.
[[nodiscard]] int schemaVersionInHeader(const QString& path);
/// Renames the history and its log to a dated name of their own, and returns that.
[[nodiscard]] QString setHistoryAside(const QString& path);
/// Bytes of the database and its write-ahead log.
[[nodiscard]] quint64 historyBytes(const QString& path);

} // namespace bwt::store
