// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/apps/appchoices.h"
#include "helper/store/baseline.h"
#include "helper/store/dictionary.h"
#include "helper/store/store.h"
#include "helper/store/tiers.h"

#include <optional>
#include <vector>

namespace bwt::store {

/// Writes what the counters grew by, once, in one transaction with the values up to which they are recorded.
class Recorder {
public:
    /// `baseline` outlives the recorder: it goes on where the file is replaced.
    Recorder(const Database& database, Baseline& baseline);

    /// Makes the file and the baseline in memory agree: the file's where it knows the set, else the memory's.
    void reconcile();

    enum class Growth { Recorded, Forgotten };
    Commit insert(const Snapshot& snapshot, Growth what);
    void setTotalsOnly(const TotalsOnly& whose);
    /// The dictionaries have lost rows.
    void forgetIds() { m_dictionary.forget(); }

private:
    /// By place in the snapshot; only of those that grew.
    using Processes = std::vector<std::optional<Dictionary::ProcessIds>>;

    /// Has the growth tell what grew.
    [[nodiscard]] Processes describe(Baseline::Step& step, const Snapshot& snapshot);
    [[nodiscard]] PackedRows rowsOf(const Baseline::Step& step, const Snapshot& snapshot, const Processes& processes);
    [[nodiscard]] bool keepsRemote(const Process& process, const Address& remote, const AppChoices& choices) const;
    [[nodiscard]] quint64 writeBooks(const Baseline::Step& step, const Snapshot& snapshot, const TierStates& tiers);

    const Database& m_database;
    Baseline& m_baseline;
    Dictionary m_dictionary;
    QStringList m_totalsOnlyApps;
    std::vector<Address> m_totalsOnlyRemotes;
};

} // namespace bwt::store
