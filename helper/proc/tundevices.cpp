// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/proc/tundevices.h"

#include "helper/proc/boundedfile.h"
#include "helper/proc/processdirectory.h"

namespace bwt {

namespace {

constexpr int mostDescriptors = 4096; ///< that are looked at
constexpr qsizetype longestInfo = 1024;

/// What the kernel says of a tun device's file (tun_chr_show_fdinfo, drivers/net/tun.c).
QByteArray nameIn(const QByteArray& info)
{
    const qsizetype begin = info.indexOf("\niff:\t");
    if (begin < 0)
        return {};
    const QByteArray rest = info.sliced(begin + 6);
    return rest.left(rest.indexOf('\n'));
}

} // namespace

std::vector<QByteArray> tunDevicesOf(const ProcessId& id)
{
    const ProcessDirectory process("/proc", id.pid);
    const Folder descriptors = process.startedAt(id.startNs) ? process.folder("fd") : Folder();
    std::vector<QByteArray> names;
    int seen = 0;
    while (descriptors && seen++ < mostDescriptors) {
        const dirent* entry = readdir(descriptors.get());
        if (!entry)
            break;
        // In a container the path may begin elsewhere.
        if (!linkTarget(entry->d_name, dirfd(descriptors.get())).endsWith("/net/tun"))
            continue;
        const QByteArray name = nameIn(process.contents(QByteArray("fdinfo/") + entry->d_name, longestInfo));
        if (!name.isEmpty())
            names.push_back(name);
    }
    return names;
}

} // namespace bwt
