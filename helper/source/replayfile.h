// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"

#include <optional>
#include <vector>

/// A recording is a text file of JSON lines, each one object:
///
///     {"t_ms":0,"pid":812,"start_time_ms":1767225600000,"uid":1000,"process_name":"curl","exe":"/usr/bin/curl",
///      "protocol":"TCP","remote_ip":"192.0.2.7","service":"https","tx_bytes":640,"rx_bytes":81920}
///     {"t_ms":4000,"event":"exit","pid":812,"start_time_ms":1767225600000}
///     {"t_ms":5000,"event":"end"}
///
/// `t_ms` counts from the recording's start; lines may come in any order. `start_time_ms` is passed through as it is.
/// Traffic needs t_ms, pid, start_time_ms, process_name and protocol (an IANA keyword, or "IP-253"). `uid`, `exe` and
/// `remote_ip` may be null or left out: not known. `service` is a name or a port. `tx_calls` and `rx_calls` are 1
/// where bytes moved and nothing is said. `tx_packets`, `rx_packets`, `tx_wire_bytes` and `rx_wire_bytes` may be left
/// out; where no line has them packets count as not counted. The event "exit" ends a process, "end" gives the
/// recording's length where that is more than its last line's time. Empty lines and other fields are passed over.
namespace bwt {

/// What moved at one moment.
struct ReplayTraffic {
    std::uint64_t txBytes = 0;
    std::uint64_t rxBytes = 0;
    std::uint64_t txCalls = 0;
    std::uint64_t rxCalls = 0;
    std::uint64_t txPackets = 0;
    std::uint64_t rxPackets = 0;
    std::uint64_t txWireBytes = 0;
    std::uint64_t rxWireBytes = 0;
    FlowKey key; ///< of either direction
    ProcessInfo process;
};

struct ReplayStep {
    std::int64_t atMs = 0;
    ProcessId process;
    std::optional<ReplayTraffic> traffic; ///< nothing: the process ends
};

struct Recording {
    std::vector<ReplayStep> steps; ///< in order of time
    std::int64_t lengthMs = 0;
    bool hasPackets = false;
};

/// A bad line is an InvalidArgument that names file and line.
[[nodiscard]] Result<Recording> readRecording(const QString& path);

} // namespace bwt
