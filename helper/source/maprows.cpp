// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/maprows.h"

#include "helper/source/addup.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace bwt {

namespace {

/// The kernel pads a name with zeros, or with what an older and longer name has left.
QByteArray nameIn(const char (&field)[BWT_NAME_LEN])
{
    return {field, static_cast<qsizetype>(strnlen(field, BWT_NAME_LEN))};
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
    return {key, row.value.bytes, row.value.calls, row.value.last_ns};
}

} // namespace

std::vector<FlowCounter> flowCounters(std::initializer_list<std::span<const bwt_flow>> rows)
{
    std::vector<FlowCounter> counters;
    for (const auto& part : rows)
        std::ranges::transform(part, std::back_inserter(counters), flowCounter);
    addUp(counters);
    return counters;
}

ProcessInfo processInfo(const bwt_process& row)
{
    return {{row.key.tgid, row.key.start_ns}, row.value.uid, nameIn(row.value.name), {}, row.value.exit_ns};
}

ProcessInfo processInfo(const bwt_flow& row)
{
    if (row.key.tgid == 0)
        return {{}, 0, "[kernel]", {}, 0};
    return {{row.key.tgid, row.key.start_ns}, unknownUid, nameIn(row.value.name), {}, 0};
}

} // namespace bwt
