// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"
#include "helper/store/database.h"
#include "helper/store/namings.h"

#include <QHash>

#include <tuple>
#include <unordered_map>

namespace bwt::store {

/// Gives what flows are about their ids, making them where they are new. What it remembers is only true while its
/// transaction lives or is committed: forget() after any other end, and when rows were deleted.
class Dictionary {
public:
    struct ProcessIds {
        qint64 process = 0;
        qint64 program = 0; ///< what the process is now
    };
    explicit Dictionary(const Database& database);

    [[nodiscard]] ProcessIds process(const Process& process, const QString& bootId);
    /// What a flow is but for who and to whom. A null network is unknown.
    [[nodiscard]] qint64 channelId(const FlowKey& key, Scope scope, const QString& network);
    [[nodiscard]] qint64 remoteId(const Address& remote);
    [[nodiscard]] qint64 wordId(const QString& text);
    /// Has the file know what a program calls a remote, if that was told after what it knows.
    void nameRemote(qint64 remote, qint64 program, const RemoteName& name, std::int64_t nowMs);
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

    [[nodiscard]] qint64 appId(const Process& process);

    /// Has no padding: it is hashed whole.
    struct ChannelKey {
        qint64 network = 0;
        std::uint16_t protocol = 0;
        std::uint16_t service = 0;
        std::uint32_t scope = 0;

        friend bool operator==(const ChannelKey&, const ChannelKey&) = default;
        friend size_t qHash(const ChannelKey& key, size_t seed) { return qHashBits(&key, sizeof key, seed); }
    };
    static_assert(sizeof(ChannelKey) == 16);

    struct AddressHash {
        std::size_t operator()(const Address& address) const noexcept
        {
            return qHashBits(address.data(), address.size());
        }
    };

    struct KnownProcess {
        Process process;
        ProcessIds ids;
    };

    struct NamedApp {
        quint64 startNs = 0; ///< of the newest process that named it
        QString name;
    };

    Table m_boots;
    Table m_words;
    Table m_remotes;
    Table m_apps;
    Statement m_renameApp;
    Table m_programs;
    Table m_processes;
    Table m_channels;
    Table m_names;
    Namings m_namings;
    QHash<quint64, KnownProcess> m_knownProcesses; ///< by start, which is nearly unique
    QHash<qint64, NamedApp> m_namedApps; ///< by id
    QHash<ChannelKey, qint64> m_knownChannels;
    std::unordered_map<Address, qint64, AddressHash> m_knownRemotes;
    QHash<QString, qint64> m_knownWords;
    QHash<quint64, std::int64_t> m_knownNamings; ///< by remote and program, when they were told
};

} // namespace bwt::store
