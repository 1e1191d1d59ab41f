// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/smalldisk.h"

#include <QFile>

#include <sys/mount.h>

namespace bwt::test {

namespace {

constexpr auto options = "size=1m,mode=0700";

QString filler(const QString& directory)
{
    return directory + QStringLiteral("/filler");
}

} // namespace

SmallDisk::~SmallDisk()
{
    if (m_isMounted)
        umount2(QFile::encodeName(path()).constData(), MNT_DETACH);
}

bool SmallDisk::mount()
{
    m_isMounted = ::mount("tmpfs", QFile::encodeName(path()).constData(), "tmpfs", 0, options) == 0;
    return m_isMounted;
}

bool SmallDisk::setReadOnly(bool readOnly) const
{
    const unsigned long flags = MS_REMOUNT | (readOnly ? MS_RDONLY : 0);
    return ::mount("tmpfs", QFile::encodeName(path()).constData(), "tmpfs", flags, options) == 0;
}

bool SmallDisk::fill() const
{
    QFile file(filler(path()));
    if (!file.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
        return false;
    const QByteArray page(4096, 'x');
    while (file.write(page) == page.size()) { }
    return true;
}

bool SmallDisk::empty() const
{
    return QFile::remove(filler(path()));
}

} // namespace bwt::test
