// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/proc/boundedfile.h"

#include <array>
#include <cerrno>
#include <climits>
#include <sys/stat.h>
#include <unistd.h>

namespace bwt {

QByteArray contentsOf(const QByteArray& path, qsizetype limit, int at)
{
    const Descriptor file(openat(at, path.constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat facts{};
    if (!file || fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode))
        return {};
    return contentsOf(file, limit);
}

QByteArray contentsOf(const Descriptor& file, qsizetype limit)
{
    // Files of /proc say no size.
    QByteArray contents;
    std::array<char, 4096> piece{};
    while (contents.size() < limit) {
        const ssize_t length = read(file.get(), piece.data(), piece.size());
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            break;
        contents.append(piece.data(), length);
    }
    contents.truncate(limit);
    return contents;
}

QByteArray linkTarget(const QByteArray& path, int at)
{
    std::array<char, PATH_MAX> target{};
    const ssize_t length = readlinkat(at, path.constData(), target.data(), target.size());
    return length > 0 ? QByteArray(target.data(), length) : QByteArray();
}

Folder openFolder(const QByteArray& path, int at)
{
    const int fd = openat(at, path.constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR* folder = fd < 0 ? nullptr : fdopendir(fd);
    if (fd >= 0 && !folder)
        close(fd);
    return Folder(folder);
}

} // namespace bwt
