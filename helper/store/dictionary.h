// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"
#include "helper/store/database.h"

#include <QHash>

#include <tuple>

namespace bwt::store {

/// Gives what flows are about their ids, making them where they are new. What it remembers is only true while its
/// transaction lives or is committed: forget() after any other end, and when rows were deleted.
class Dictionary {
public:
    struct ProcessIds {
        qint64 process = 0;
        qint64 program = 0; ///< what the process is now
    };
    /// One flow at both levels of detail.
    struct FlowIds {
        qint64 fine = 0; ///< with its process
        qint64 coarse = 0; ///< without
    };

    explicit Dictionary(const Database& database);

    [[nodiscard]] ProcessIds process(const Process& process, const QString& bootId);
    [[nodiscard]] FlowIds flow(const Flow& flow, const ProcessIds& process);
    [[nodiscard]] qint64 wordId(const QString& text);
    void forget();

private:
    /// Rows that are found by their identity or made.
    class Table {
    public:
        Table(const Database& database, const char* find, const char* insert);
        /// `details` describe a row that has to be made, and identify none.
        template <typename... Identity, typename... Details>
        [[nodiscard]] qint64 id(const std::tuple<Identity...>& identity, const Details&... details)
        {
            const auto find = [this](const auto&... values) { return m_find.find(values...); };
            const auto insert = [&](const auto&... values) { return m_insert.find(values..., details...); };
            if (const std::optional<qint64> found = std::apply(find, identity))
                return *found;
            return std::apply(insert, identity).value();
        }

    private:
        Statement m_find;
        Statement m_insert; ///< returns the id
    };

    /// What a flow is about. Has no padding: it is hashed whole.
    struct FlowKey {
        qint64 process = 0;
        qint64 program = 0;
        Address remote{};
        std::uint16_t protocol = 0;
        std::uint16_t service = 0;
        std::uint32_t scope = 0;

        friend bool operator==(const FlowKey&, const FlowKey&) = default;
        friend size_t qHash(const FlowKey& key, size_t seed) { return qHashBits(&key, sizeof key, seed); }
    };
    static_assert(sizeof(FlowKey) == 40);

    struct KnownProcess {
        Process process;
        ProcessIds ids;
    };

    Table m_boots;
    Table m_words;
    Table m_remotes;
    Table m_apps;
    Table m_programs;
    Table m_processes;
    Table m_flows;
    QHash<quint64, KnownProcess> m_knownProcesses; ///< by start, which is nearly unique
    QHash<FlowKey, FlowIds> m_knownFlows;
};

} // namespace bwt::store
