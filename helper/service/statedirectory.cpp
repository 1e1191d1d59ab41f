// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/statedirectory.h"

#include <QFile>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace bwt {

namespace {

tl::unexpected<Error> unusable(const QString& path, const QString& reason)
{
    return failure(ErrorCode::Io, QStringLiteral("the state directory %1 can't be used: %2").arg(path, reason));
}

} // namespace

Result<void> checkStateDirectory(const QString& path)
{
    struct stat status{};
    if (stat(QFile::encodeName(path).constData(), &status) != 0) {
        if (errno == ENOENT)
            return {};
        return unusable(path, qt_error_string(errno));
    }
    if (!S_ISDIR(status.st_mode))
        return unusable(path, QStringLiteral("it is no directory"));
    if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return unusable(path, QStringLiteral("others may write to it"));
    return {};
}

} // namespace bwt
