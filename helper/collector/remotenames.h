// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"
#include "helper/dns/knownnames.h"

namespace bwt {

/// Gives flows the names that their programs asked for. All flows between a process and a remote have one name: the
/// first that the process itself was told of, and until then, what others were told before the flows were `youngMs`
/// old. So traffic that was counted is never called otherwise later, but where the name had been guessed.
class RemoteNames {
public:
    /// What the history knows of counters that an earlier helper looked at: a guess, where nothing better is known.
    void resume(std::vector<PastName> past);

    /// Takes what name servers told until a look, whose snapshot, if there is one, is named after that.
    void learn(const Reading& reading);
    /// `before` is the snapshot before.
    void name(Snapshot& now, const Snapshot& before, const Reading& reading);

    /// So many are named at most, by process and remote, and others not.
    static constexpr std::size_t mostNamed = 8'192;
    static constexpr std::int64_t youngMs = 10'000;

private:
    /// A name for flows that have none or a guessed one; null where there is none.
    [[nodiscard]] RemoteName better(
        const Flow& flow, std::int64_t firstSeenMs, const RemoteName& known, const Reading& reading) const;
    [[nodiscard]] const PastName* pastOf(const Flow& flow) const;

    dns::KnownNames m_known;
    bool m_hasLearnt = false; ///< since the last snapshot was named
    std::vector<PastName> m_past; ///< until the first snapshot has it
};

} // namespace bwt
