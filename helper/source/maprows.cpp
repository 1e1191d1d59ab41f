// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/maprows.h"

#include "helper/source/addup.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <sys/sysmacros.h>

namespace bwt {

namespace {

/// The kernel pads a text with zeros, or with what an older and longer one has left.
template <std::size_t size> QByteArray textIn(const char (&field)[size])
{
    return {field, static_cast<qsizetype>(strnlen(field, size))};
}

ProcessId idOf(const bwt_process_key& key)
{
    return {key.tgid, key.start_ns};
}

/// In the kernel a device's minor number has 20 bits.
std::uint64_t deviceOf(std::uint32_t device)
{
    return makedev(device >> 20U, device & 0xfffffU);
}

Executable executableIn(const bwt_executable& row)
{
    Executable executable;
    executable.path = textIn(row.path);
    executable.isTail = !executable.path.isEmpty() && (row.flags & BWT_EXE_TAIL) != 0;
    executable.isDeleted = !executable.path.isEmpty() && (row.flags & BWT_EXE_DELETED) != 0;
    executable.inode = row.inode;
    executable.device = deviceOf(row.device);
    return executable;
}

FlowCounter flowCounter(const bwt_flow& row)
{
    FlowKey key;
    key.startNs = row.key.start_ns;
    key.pid = row.key.tgid;
    key.netns = row.key.netns;
    std::ranges::copy(row.key.remote, key.remote.begin());
    key.protocol = row.key.protocol;
    key.service = row.key.service;
    key.direction = row.key.direction == BWT_TX ? Direction::Tx : Direction::Rx;
    key.measure = static_cast<Measure>(row.key.measure);
    key.copied = row.key.copied;
    key.ifindex = row.key.ifindex;
    return {key, row.value.bytes, row.value.calls, row.value.last_ns};
}

} // namespace

std::vector<FlowCounter> flowCounters(std::initializer_list<const Rows*> parts)
{
    std::vector<FlowCounter> counters;
    for (const Rows* rows : parts)
        for (const auto* flows : {&rows->flows, &rows->coarse, &rows->wires, &rows->coarseWires})
            std::ranges::transform(*flows, std::back_inserter(counters), flowCounter);
    addUp(counters);
    return counters;
}

ProcessInfo processInfo(const bwt_process& row)
{
    ProcessInfo process;
    process.id = idOf(row.key);
    process.uid = row.value.uid;
    process.name = textIn(row.value.name);
    process.exe = executableIn(row.value.executable);
    process.exitNs = row.value.exit_ns;
    process.parent = idOf(row.value.parent);
    process.cgroup = row.value.cgroup;
    return process;
}

ProcessInfo processInfo(const bwt_flow& row)
{
    ProcessInfo process;
    process.id = {row.key.tgid, row.key.start_ns};
    process.name = row.key.tgid == 0 ? QByteArrayLiteral("[kernel]") : textIn(row.value.name);
    if (row.key.tgid == 0)
        process.uid = 0;
    return process;
}

} // namespace bwt
