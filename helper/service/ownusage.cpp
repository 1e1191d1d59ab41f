// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/ownusage.h"

#include <QFile>

#include <ctime>
#include <unistd.h>

namespace bwt {

namespace {

/// The second field of statm counts resident pages, proc(5).
std::uint64_t residentBytes()
{
    QFile statm(QStringLiteral("/proc/self/statm"));
    if (!statm.open(QIODevice::ReadOnly))
        return 0;
    const QList<QByteArray> fields = statm.readAll().split(' ');
    return fields.size() > 1 ? fields.at(1).toULongLong() * std::uint64_t(sysconf(_SC_PAGESIZE)) : 0;
}

} // namespace

OwnUsage ownUsage()
{
    timespec cpu{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    return {std::uint64_t(cpu.tv_sec) * 1'000'000'000 + std::uint64_t(cpu.tv_nsec), residentBytes()};
}

} // namespace bwt
