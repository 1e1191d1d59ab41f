// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/descriptor.h"
#include "helper/source/layout.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>

struct read_bpf;
struct bpf_program;

namespace bwt {

/// Key and value together can't be longer than this.
inline constexpr std::uint32_t mostRowBytes = 448;

/// The programs that hand a map's entries to user space, see bpf/read.bpf.c. They read maps of any set of one layout.
class RowReader {
public:
    /// An errno on failure.
    [[nodiscard]] static tl::expected<RowReader, int> make(const Layout& layout);

    /// An iterator for mapreader.h; lives as long as it likes. An errno on failure.
    [[nodiscard]] tl::expected<Descriptor, int> flowsOf(const Descriptor& map) const;
    [[nodiscard]] tl::expected<Descriptor, int> processesOf(const Descriptor& map) const;

private:
    struct Deleter {
        void operator()(read_bpf* skeleton) const;
    };
    using Skeleton = std::unique_ptr<read_bpf, Deleter>;

    explicit RowReader(Skeleton skeleton);

    Skeleton m_skeleton;
};

} // namespace bwt
