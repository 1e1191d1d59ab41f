// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"

#include <cstddef>
#include <memory>
#include <vector>

struct ring_buffer;

namespace bwt {

/// Name servers' answers, as the kernel's side has copied them.
class AnswerRing {
public:
    /// Reads that map, as long as it is there. Where it can't there are no answers.
    explicit AnswerRing(int map);
    AnswerRing(const AnswerRing&) = delete;
    AnswerRing& operator=(const AnswerRing&) = delete;

    /// What has come since the last call, in order of time. More than `mostAtOnce` wait for the next.
    [[nodiscard]] std::vector<NameAnswer> take();

    static constexpr std::size_t mostAtOnce = 4'096; // as many as fit, so that whoever floods it holds up nobody

private:
    struct Deleter {
        void operator()(ring_buffer* ring) const;
    };

    static int add(void* self, void* record, std::size_t bytes);

    std::vector<NameAnswer> m_taken;
    std::unique_ptr<ring_buffer, Deleter> m_ring; ///< null where it can't be read
};

} // namespace bwt
