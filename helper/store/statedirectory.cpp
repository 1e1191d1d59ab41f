// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/statedirectory.h"

#include "helper/store/database.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTimeZone>
#include <QtEndian>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bwt::store {

namespace {

constexpr auto logSuffix = QLatin1StringView("-wal");
constexpr auto sharedMemorySuffix = QLatin1StringView("-shm");

[[noreturn]] void failErrno(ErrorCode code, const QString& path)
{
    throw DatabaseError{{code, path + QStringLiteral(": ") + QString::fromLocal8Bit(std::strerror(errno))}};
}

/// Fails with EEXIST rather than replace anything.
bool renameToNew(const QString& from, const QString& to)
{
    const QByteArray source = QFile::encodeName(from);
    const QByteArray target = QFile::encodeName(to);
    return renameat2(AT_FDCWD, source.constData(), AT_FDCWD, target.constData(), RENAME_NOREPLACE) == 0;
}

} // namespace

QString historyPath(const QString& stateDir)
{
    return QDir(stateDir).filePath(QStringLiteral("history.db"));
}

void makeStateDirectory(const QString& stateDir)
{
    const QFileInfo info(stateDir);
    if (!QDir().mkpath(info.absolutePath()))
        failErrno(ErrorCode::StoreUnavailable, info.absolutePath());
    if (mkdir(QFile::encodeName(stateDir).constData(), S_IRWXU) != 0 && errno != EEXIST)
        failErrno(ErrorCode::StoreUnavailable, stateDir);
}

WriterLock::WriterLock(const QString& stateDir)
{
    const QString path = QDir(stateDir).filePath(QStringLiteral("helper.lock"));
    m_fd = open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (m_fd < 0)
        failErrno(ErrorCode::StoreUnavailable, path);
    if (flock(m_fd, LOCK_EX | LOCK_NB) == 0)
        return;
    const int reason = errno;
    close(m_fd);
    errno = reason;
    if (reason != EWOULDBLOCK)
        failErrno(ErrorCode::StoreUnavailable, path);
    throw DatabaseError{{ErrorCode::NameTaken, stateDir + QStringLiteral(": another helper keeps its history here")}};
}

WriterLock::~WriterLock()
{
    close(m_fd);
}

std::optional<FileId> fileAt(const QString& path)
{
    struct stat status{};
    if (stat(QFile::encodeName(path).constData(), &status) != 0)
        return {};
    return FileId{status.st_dev, status.st_ino};
}

void makeHistoryFile(const QString& path)
{
    const int fd
        = open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (fd < 0)
        failErrno(ErrorCode::StoreUnavailable, path);
    close(fd);
}

int schemaVersionInHeader(const QString& path)
{
    constexpr qint64 versionOffset = 60;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        failErrno(ErrorCode::StoreUnavailable, path);
    const QByteArray header = file.read(versionOffset + qint64{sizeof(qint32)});
    if (header.size() < versionOffset + qint64{sizeof(qint32)} || !header.startsWith("SQLite format 3"))
        return 0;
    return qFromBigEndian<qint32>(header.constData() + versionOffset);
}

QString setHistoryAside(const QString& path)
{
    const QFileInfo info(path);
    const QString stamp = QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmss'Z'"));
    const QString stem = info.absolutePath() + QStringLiteral("/history-damaged-") + stamp;
    for (int attempt = 1;; ++attempt) {
        const QString target
            = stem + (attempt == 1 ? QString() : QStringLiteral("-%1").arg(attempt)) + QStringLiteral(".db");
        if (renameToNew(path, target)) {
            // The log may hold what the file lacks. The shared memory is an index to it that SQLite makes anew.
            if (QFile::exists(path + logSuffix) && !renameToNew(path + logSuffix, target + logSuffix))
                failErrno(ErrorCode::StoreUnavailable, path + logSuffix);
            QFile::remove(path + sharedMemorySuffix);
            return target;
        }
        if (errno != EEXIST)
            failErrno(ErrorCode::StoreUnavailable, path);
    }
}

quint64 historyBytes(const QString& path)
{
    return static_cast<quint64>(QFileInfo(path).size() + QFileInfo(path + logSuffix).size());
}

} // namespace bwt::store
