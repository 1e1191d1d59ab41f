// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/appimage.h"

#include "helper/apps/pathrules.h"

#include <QList>
#include <QString>

namespace bwt {

namespace {

constexpr QByteArrayView mountMark("/.mount_"); ///< in $TMPDIR, mostly /tmp
constexpr qsizetype randomLetters = 6; ///< at the end of the mount's folder

/// A line of proc_pid_mountinfo(5).
struct Mount {
    QByteArray root;
    QByteArray point;
    QByteArray source;
};

/// Blanks, tabs, line ends and backslashes are three octal digits there.
QByteArray decoded(const QByteArray& field)
{
    QByteArray plain;
    for (qsizetype i = 0; i < field.size(); ++i) {
        bool isNumber = false;
        const uint code = field[i] == '\\' ? field.mid(i + 1, 3).toUInt(&isNumber, 8) : 0;
        if (isNumber && code < 256) {
            plain += static_cast<char>(code);
            i += 3;
        } else {
            plain += field[i];
        }
    }
    return plain;
}

Mount mountIn(const QByteArray& line)
{
    const QList<QByteArray> fields = line.split(' ');
    const qsizetype separator = fields.indexOf("-", 6);
    constexpr qsizetype root = 3;
    constexpr qsizetype point = 4;
    constexpr qsizetype source = 2; // after the separator
    if (separator < 0)
        return {};
    return {decoded(fields[root]), decoded(fields[point]), decoded(fields.value(separator + source))};
}

/// The newest at that place; what is mounted there later hides what was before.
Mount mountAt(QByteArrayView point, const QByteArray& mounts)
{
    Mount found;
    for (const QByteArray& line : mounts.split('\n')) {
        if (Mount mount = mountIn(line); mount.point == point)
            found = std::move(mount);
    }
    return found;
}

QByteArrayView mountPoint(QByteArrayView path)
{
    const qsizetype mark = path.indexOf(mountMark);
    const qsizetype letters = mark + mountMark.size();
    const qsizetype end = mark < 0 ? -1 : path.indexOf('/', letters);
    return end > letters + randomLetters ? path.first(end) : QByteArrayView();
}

bool isDigit(char each)
{
    return '0' <= each && each <= '9';
}

/// "Krita" for "krita-5.2.2-x86_64.appimage": up to what begins with a digit after a dash or the like.
QByteArray withoutVersion(QByteArray file)
{
    constexpr QByteArrayView suffix(".appimage");
    if (file.toLower().endsWith(suffix))
        file.chop(suffix.size());
    for (const char* mark :
        {"-x86_64", "_x86_64", ".x86_64", "-x64", "-amd64", "_amd64", "-aarch64", "-arm64", "-i386"})
        if (const qsizetype at = file.indexOf(mark); at > 0)
            file.truncate(at);
    for (qsizetype i = 1; i + 1 < file.size(); ++i) {
        const bool isBreak = file[i] == '-' || file[i] == '_' || file[i] == ' ';
        const bool isVersion = isDigit(file[i + 1])
            || ((file[i + 1] == 'v' || file[i + 1] == 'V') && i + 2 < file.size() && isDigit(file[i + 2]));
        if (isBreak && isVersion)
            file.truncate(i);
    }
    return file;
}

} // namespace

bool isInAppImage(QByteArrayView path)
{
    return !mountPoint(path).isEmpty();
}

QByteArray appImageOf(QByteArrayView path, const QByteArray& mounts)
{
    const QByteArrayView point = mountPoint(path);
    const QByteArray source = fileName(mountAt(point, mounts).source).toByteArray();
    if (!source.isEmpty())
        return withoutVersion(source);
    const QByteArrayView letters = fileName(point).sliced(mountMark.size() - 1);
    return letters.chopped(randomLetters).toByteArray();
}

QByteArray flatpakOf(const QByteArray& mounts)
{
    // ".../flatpak/app/ID/ARCHITECTURE/BRANCH/COMMIT/files"
    const QList<QByteArray> folders = mountAt("/app", mounts).root.split('/');
    const qsizetype flatpak = folders.indexOf("flatpak");
    constexpr qsizetype files = 6;
    return flatpak >= 0 && folders.value(flatpak + 1) == "app" && folders.value(flatpak + files) == "files"
        ? folders[flatpak + 2]
        : QByteArray();
}

} // namespace bwt
