// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/checkreport.h"
#include "helper/source/backend.h"
#include "helper/source/counters.h"
#include "helper/source/kprobeevents.h"
#include "helper/source/trafficsource.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

struct bpf_link;
struct bpf_program;

namespace bwt {

/// Room in the maps, in entries.
struct MapSizes {
    Room least; ///< counters begin with
    std::uint32_t streams = 65536; ///< TCP sockets of which every way to receive is seen
    std::uint32_t readers = 32768; ///< threads, likewise
    std::uint32_t owners = 65536; ///< sockets whose packets are counted for who uses them, not for who made them
};

/// For a trial that counts nothing.
inline constexpr MapSizes leastRoom{{1, 1, 1, 1, 1}, 1, 1, 1};

/// A backend's programs, loaded and attached. They count until this object goes or, once it is kept, until the
/// service manager lets go of them.
class KernelObject {
public:
    /// What came of a try; `object` is there if the report says that the backend works.
    struct Trial;
    [[nodiscard]] static Trial load(
        const Backend& backend, const MapSizes& sizes, WireCounting wire = WireCounting::On);

    /// What an earlier process has kept. An errno on failure, ENOENT where there is nothing or not all of it.
    [[nodiscard]] static tl::expected<KernelObject, int> takeFrom(
        const std::shared_ptr<DescriptorStore>& store, const QByteArray& probeGroup, const Room& least);
    /// Has the backend's programs take over from those of another build, each at once and without a gap. After a
    /// failure (an errno) those go on that were there.
    struct Succession;
    [[nodiscard]] tl::expected<Succession, int> succeed(
        const Backend& backend, const MapSizes& sizes, WireCounting wire);
    /// Has programs and counters outlive this process.
    void keepIn(const std::shared_ptr<DescriptorStore>& store);
    /// Detaches the programs and leaves nothing of them, kept or not.
    void end();

    /// From now on. Returns 0 or an errno.
    [[nodiscard]] int setWireCounting(WireCounting wire);

    [[nodiscard]] Counters& counters() { return m_counters; }
    [[nodiscard]] const Counters& counters() const { return m_counters; }
    /// Calls that the kernel did not show to the counting programs: another program ran on that CPU, or too many
    /// calls were waiting for their end.
    [[nodiscard]] std::uint64_t missedCalls() const;
    /// Map of name servers' answers; -1 where it has none.
    [[nodiscard]] int answers() const { return stateMap("answers"); }
    /// Name of the group that its probes are in; empty where it has none.
    [[nodiscard]] QByteArray probeGroup() const;

private:
    struct LinkDeleter {
        void operator()(bpf_link* link) const;
    };
    using Link = std::unique_ptr<bpf_link, LinkDeleter>;

    /// A program at its hook.
    struct Attachment {
        QByteArray section;
        Link link; ///< null where an earlier process has attached it
        Descriptor kept; ///< in its place
        Descriptor program; ///< only of those that count
        Descriptor successor; ///< map for another program in its place, where its link doesn't take one
        bool isOurs = false; ///< this build's program runs there
    };

    /// Maps that are neither counters nor successors', and keep something from one event to the next, by name.
    using States = std::map<QByteArray, Descriptor>;

    KernelObject(Skeleton skeleton, Counters counters);
    /// Attaches what is Ok, in the hooks' order, and marks what is refused.
    void attach(const Backend& backend, QList<HookReport>& hooks);
    void keepStates();
    /// -1 where there is none of that name.
    [[nodiscard]] int stateMap(const char* name) const;
    void keep(Attachment& attachment) const;
    void drop(const Attachment& attachment) const;
    /// Puts a program in the place of an attached one. Returns 0 or an errno.
    [[nodiscard]] static int replace(const Attachment& attachment, const bpf_program* program);
    /// Null on failure, with errno set.
    [[nodiscard]] Link attach(const Hook& hook, const bpf_program* program);

    Skeleton m_skeleton; ///< empty where an earlier process has loaded it
    std::unique_ptr<KprobeEvents> m_kprobes; ///< null until a probe is attached
    std::shared_ptr<DescriptorStore> m_store; ///< null until it is kept
    States m_states; ///< of programs that an earlier process has loaded
    std::vector<Attachment> m_attachments; ///< gone before the programs that they hold
    Counters m_counters;
};

struct KernelObject::Succession {
    BackendReport report;
    bool isWhole = false; ///< no program of the other build goes on
};

struct KernelObject::Trial {
    std::optional<KernelObject> object;
    BackendReport report;
};

} // namespace bwt
