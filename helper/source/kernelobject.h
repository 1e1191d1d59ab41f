// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bpf/traffic.h"
#include "helper/source/backend.h"
#include "helper/source/checkreport.h"
#include "helper/source/kprobeevents.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

struct bpf_link;
struct bpf_program;

namespace bwt {

/// Room in the maps, in entries. All of it is allocated at once.
struct MapSizes {
    std::uint32_t flows = 65536;
    std::uint32_t coarse = 16384;
    std::uint32_t processes = 65536;
    std::uint32_t streams = 65536; ///< TCP sockets of which every way to receive is seen
    std::uint32_t readers = 32768; ///< threads, likewise
};

/// For a trial that counts nothing.
inline constexpr MapSizes leastRoom{1, 1, 1, 1, 1};

/// A backend's programs, loaded and attached. They count until this object goes.
class KernelObject {
public:
    /// What came of a try; `object` is there if the report says that the backend works.
    struct Trial;
    [[nodiscard]] static Trial load(const Backend& backend, const MapSizes& sizes);

    /// All counters, the coarse ones included. An errno on failure.
    [[nodiscard]] tl::expected<std::vector<bwt_flow>, int> flows() const;
    [[nodiscard]] tl::expected<std::vector<bwt_process>, int> processes() const;
    [[nodiscard]] std::uint64_t health(bwt_health slot) const;
    /// Calls that the kernel did not show to the counting programs: another program ran on that CPU, or too many
    /// calls were waiting for their end.
    [[nodiscard]] std::uint64_t missedCalls() const;

private:
    struct LinkDeleter {
        void operator()(bpf_link* link) const;
    };
    using Link = std::unique_ptr<bpf_link, LinkDeleter>;

    struct Unmapper {
        void operator()(const std::uint64_t* page) const;
    };

    explicit KernelObject(Skeleton skeleton);
    /// Attaches what is Ok, in the hooks' order, and marks what is refused.
    void attach(const Backend& backend, std::vector<HookReport>& hooks);
    /// Makes the maps readable. Returns 0 or an errno.
    [[nodiscard]] int openMaps();
    [[nodiscard]] Link iterator(const char* program, const char* map) const;

    /// Null on failure, with errno set.
    [[nodiscard]] Link attach(const Hook& hook, const bpf_program* program);

    Skeleton m_skeleton;
    std::unique_ptr<KprobeEvents> m_kprobes; ///< null until a probe is attached
    std::vector<Link> m_links; ///< gone before the programs that they hold
    std::vector<int> m_countingPrograms;
    Link m_flows;
    Link m_coarse;
    Link m_processes;
    std::unique_ptr<const std::uint64_t, Unmapper> m_health; ///< BWT_HEALTH_SLOTS of them
};

struct KernelObject::Trial {
    std::optional<KernelObject> object;
    BackendReport report;
};

} // namespace bwt
