// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/answerring.h"
#include "helper/source/kernelobject.h"
#include "helper/source/manifest.h"
#include "helper/source/trafficsource.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

namespace bwt {

/// Reads what a backend's programs count in the kernel.
class BpfSource final : public TrafficSource {
public:
    /// Counts with the backend of that name; "auto" takes what chosenOf() would. What an earlier process has left in
    /// the store goes on, where it is that backend's, and is thrown out otherwise.
    [[nodiscard]] static Result<std::unique_ptr<TrafficSource>> make(const QString& backend,
        const MapSizes& sizes = {},
        const std::shared_ptr<DescriptorStore>& store = std::make_shared<DescriptorStore>(),
        WireCounting wire = WireCounting::On);

    [[nodiscard]] SourceInfo info() const override { return m_manifest.info; }
    [[nodiscard]] Result<Reading> read() override;
    void noteRecorded(std::uint32_t generation) override;
    void end() override { m_object.end(); }

private:
    /// What is known of a process beside its row.
    struct Identity {
        ProcessId parent; ///< at first sight
        std::optional<std::uint32_t> execs{}; ///< when `exe` was looked for; none if it never was
        std::pair<std::uint64_t, std::uint64_t> file{}; ///< inode and device that the kernel's side told then
        Executable exe{}; ///< as /proc tells it
    };
    struct Hash {
        std::size_t operator()(const ProcessId& id) const { return std::hash<std::uint64_t>()(id.startNs ^ id.pid); }
    };

    BpfSource(KernelObject object, Manifest manifest);
    /// Null where there is nothing that counts on.
    [[nodiscard]] static std::unique_ptr<TrafficSource> takeOver(const QString& backend, const MapSizes& sizes,
        const std::shared_ptr<DescriptorStore>& store, WireCounting wire);
    /// Everyone that the rows name.
    [[nodiscard]] std::vector<ProcessInfo> processesOf(const Rows& current, const Rows& past);
    [[nodiscard]] SourceLosses losses() const;
    /// Adds what the row doesn't say.
    static void complete(ProcessInfo& process, std::uint32_t execs, Identity& identity);

    KernelObject m_object;
    AnswerRing m_answers;
    Manifest m_manifest;
    std::shared_ptr<const ClosedCounters> m_closing; ///< of the frozen generation
    std::unordered_map<ProcessId, Identity, Hash> m_identities; ///< of those in the rows
};

} // namespace bwt
