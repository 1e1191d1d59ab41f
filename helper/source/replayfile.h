// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"

#include <variant>
#include <vector>

/// A recording is a text file of JSON lines, each one object:
///
///     {"t_ms":0,"pid":812,"start_time_ms":1767225600000,"uid":1000,"process_name":"curl","exe":"/usr/bin/curl",
///      "protocol":"TCP","remote_ip":"192.0.2.7","service":"https","tx_bytes":640,"rx_bytes":81920}
///     {"t_ms":4000,"event":"exit","pid":812,"start_time_ms":1767225600000}
///     {"t_ms":4500,"event":"sleep","until_t_ms":28804500}
///     {"t_ms":28805000,"event":"clock","by_ms":-3600000}
///     {"t_ms":28806000,"event":"network","detail":"eth0 wlan0"}
///     {"t_ms":28810000,"event":"end"}
///
/// `t_ms` counts from the recording's start; lines may come in any order. `start_time_ms` is passed through as it is.
/// Traffic needs t_ms, pid, start_time_ms, process_name and protocol (an IANA keyword, or "IP-253"). `uid`, `exe` and
/// `remote_ip` may be null or left out: not known. `service` is a name or a port. `tx_calls` and `rx_calls` are 1
/// where bytes moved and nothing is said. `tx_packets`, `rx_packets`, `tx_wire_bytes` and `rx_wire_bytes` may be left
/// out; where no line has them packets count as not counted. The event "exit" ends a process, "end" gives the
/// recording's length where that is more than its last line's time. In "sleep" the machine sleeps, and no time is
/// spent with that: the recording's clocks go on at `until_t_ms`, ahead of this machine's. With "clock" its wall
/// clock is set, `t_ms` goes on as it did. "network", "boot" and "restart" are told as they are, with `detail` where
/// there is one. Empty lines and other fields are passed over.
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

struct ReplayExit {
    ProcessId process;
};

struct ReplaySleep {
    std::int64_t lengthMs = 0;
};

struct ReplayClockSet {
    std::int64_t byMs = 0;
};

/// Anything else that explains a history.
struct ReplayEvent {
    EventKind kind = EventKind::Boot;
    QString detail;
};

struct ReplayStep {
    std::int64_t atMs = 0;
    std::variant<ReplayTraffic, ReplayExit, ReplaySleep, ReplayClockSet, ReplayEvent> what;
};

struct Recording {
    std::vector<ReplayStep> steps; ///< in order of time
    std::int64_t lengthMs = 0;
    std::int64_t awakeMs = 0; ///< what playing it takes
    bool hasPackets = false;
};

/// A bad line is an InvalidArgument that names file and line.
[[nodiscard]] Result<Recording> readRecording(const QString& path);

} // namespace bwt
