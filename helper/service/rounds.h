// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace bwt {

/// Whoever asks while a round runs shares the next one, so that a crowd costs as much as one. An answer always comes
/// from a round that began after the question.
template <typename Outcome> class Rounds {
public:
    using Reply = std::function<void(Outcome)>;

    /// `start(reply)` begins one round.
    explicit Rounds(std::function<void(Reply)> start)
        : m_start(std::move(start))
    {
    }

    void join(Reply reply)
    {
        m_waiting.push_back(std::move(reply));
        if (!m_isRunning)
            begin();
    }

private:
    void begin()
    {
        m_isRunning = true;
        m_start([this, served = std::exchange(m_waiting, {})](const Outcome& outcome) {
            m_isRunning = false;
            for (const Reply& reply : served)
                reply(outcome);
            if (!m_isRunning && !m_waiting.empty())
                begin();
        });
    }

    std::function<void(Reply)> m_start;
    std::vector<Reply> m_waiting;
    bool m_isRunning = false;
};

} // namespace bwt
