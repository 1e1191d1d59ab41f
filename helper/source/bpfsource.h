// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/kernelobject.h"
#include "helper/source/trafficsource.h"

#include <unordered_map>

namespace bwt {

/// Reads what a backend's programs count in the kernel.
class BpfSource final : public TrafficSource {
public:
    /// Begins to count with the backend of that name; "auto" takes what chosenOf() would.
    [[nodiscard]] static Result<std::unique_ptr<TrafficSource>> make(
        const QString& backend, const MapSizes& sizes = {});

    [[nodiscard]] SourceInfo info() const override { return m_info; }
    [[nodiscard]] Result<Reading> read() override;

private:
    /// What /proc said about a process, and how often that had been replaced by then.
    struct Executable {
        std::uint32_t execs = 0;
        QString path;
    };
    struct Hash {
        std::size_t operator()(const ProcessId& id) const { return std::hash<std::uint64_t>()(id.startNs ^ id.pid); }
    };

    BpfSource(KernelObject object, const BackendReport& report, const MapSizes& sizes);
    void addProcesses(const std::vector<bwt_process>& rows, Reading& reading);
    [[nodiscard]] SourceLosses losses() const;
    [[nodiscard]] QString executable(const ProcessInfo& process, std::uint32_t execs);

    KernelObject m_object;
    SourceInfo m_info;
    std::unordered_map<ProcessId, Executable, Hash> m_executables;
};

} // namespace bwt
