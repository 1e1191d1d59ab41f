// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/proc/executable.h"

#include "helper/proc/processdirectory.h"

#include <algorithm>
#include <utility>

namespace bwt {

Executable executableFromLink(QByteArray path)
{
    Executable executable;
    if (path.endsWith(deletedMark)) {
        path.chop(deletedMark.size());
        executable.isDeleted = true;
    }
    if (path.startsWith(tailMark)) {
        path.remove(0, tailMark.size());
        executable.isTail = true;
    }
    if (path.size() > longestPath) {
        path = path.last(longestPath);
        path = path.sliced(std::max<qsizetype>(path.indexOf('/'), 0)); // a name is shorter than that
        executable.isTail = true;
    }
    executable.path = std::move(path);
    return executable;
}

Executable executableOf(const ProcessId& id)
{
    const ProcessDirectory process("/proc", id.pid);
    return process.startedAt(id.startNs) ? executableFromLink(process.link("exe")) : Executable();
}

} // namespace bwt
