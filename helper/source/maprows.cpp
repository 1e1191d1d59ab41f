// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/maprows.h"

#include <algorithm>
#include <cstring>

namespace bwt {

namespace {

/// The kernel pads a name with zeros, or with what an older and longer name has left.
QByteArray nameIn(const char (&field)[BWT_NAME_LEN])
{
    return {field, static_cast<qsizetype>(strnlen(field, BWT_NAME_LEN))};
}

} // namespace

FlowCounter flowCounter(const bwt_flow_key& key, const bwt_flow_value& value)
{
    FlowKey ours;
    ours.startNs = key.start_ns;
    ours.pid = key.tgid;
    ours.netns = key.netns;
    std::ranges::copy(key.remote, ours.remote.begin());
    ours.protocol = key.protocol;
    ours.service = key.service;
    ours.direction = key.direction == BWT_TX ? Direction::Tx : Direction::Rx;
    return {ours, value.bytes, value.calls, value.last_ns};
}

ProcessInfo processInfo(const bwt_process_key& key, const bwt_process_value& value)
{
    return {{key.tgid, key.start_ns}, value.uid, nameIn(value.name), {}, value.exit_ns};
}

ProcessInfo processInfo(const bwt_flow_key& key, const bwt_flow_value& value)
{
    if (key.tgid == 0)
        return {{}, 0, "[kernel]", {}, 0};
    return {{key.tgid, key.start_ns}, unknownUid, nameIn(value.name), {}, 0};
}

} // namespace bwt
