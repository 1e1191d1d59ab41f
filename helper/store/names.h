// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"
#include "helper/apps/appchoices.h"
#include "helper/collector/visibility.h"
#include "helper/source/trafficsource.h"
#include "helper/store/database.h"
#include "helper/store/remoteplaces.h"

#include <QHash>
#include <QSet>

namespace bwt::store {

/// What ids stand for. Each is looked up once while the file is as it is.
class Names {
public:
    struct Program {
        qint64 app = 0;
        qint64 toldApp = 0; ///< the one that it counts for
        qint64 uid = unknownUid; ///< nobody's, where the program itself is unknown
        QString name; ///< null where unknown, as all texts
        QString exe;
    };
    struct Channel {
        qint64 protocol = 0; ///< words
        qint64 service = 0;
        qint64 scope = 0;
        qint64 network = 0;
    };

    /// Which programs call a remote something.
    struct Naming {
        QString programs; ///< as namings.h has it
        qint64 name = 0;
        qint64 toldMs = 0;
    };

    explicit Names(const Database& database, const PlaceFiles& places = {});

    /// To be called in each transaction before anything else: ids may stand for something else since the last one.
    void refresh();
    [[nodiscard]] const Program& program(qint64 id);
    [[nodiscard]] const Channel& channel(qint64 id);
    [[nodiscard]] QString word(qint64 id);
    /// Of an address that was looked up before.
    [[nodiscard]] QString remote(qint64 id) const { return m_remotes.value(id); }
    void lookUpRemotes(const QSet<qint64>& ids);
    /// By whom an address that was looked up in the last call is called what.
    [[nodiscard]] QList<Naming> namings(qint64 remote) const { return m_namings.value(remote); }
    void lookUpNamings(const QSet<qint64>& remotes);
    [[nodiscard]] QString remoteName(qint64 name) const { return m_remoteNames.value(name); }
    /// Of a process that was looked up before.
    void fillProcess(Row& row, qint64 id) const;
    void lookUpProcesses(const QSet<qint64>& ids);
    /// Of an app as it is told.
    void fillApp(Row& row, qint64 id);
    [[nodiscard]] const AppChoices& appChoices() const { return m_appChoices; }
    [[nodiscard]] RemotePlaces& places() { return m_places; }

private:
    struct Process {
        quint32 pid = 0;
        qint64 startTimeMs = 0;
    };

    [[nodiscard]] qint64 toldApp(qint64 app);
    template <typename Name, typename Take>
    void lookUp(QHash<qint64, Name>& names, const QSet<qint64>& ids, const char* sql, Take take);

    const Database& m_database;
    qint64 m_version = -1; ///< of the file, as other connections change it
    qint64 m_changes = -1; ///< by our own
    Statement m_dataVersion;
    Statement m_program;
    Statement m_channel;
    Statement m_word;
    Statement m_app;
    Statement m_appId;
    AppChoices m_appChoices;
    RemotePlaces m_places;
    QHash<qint64, Program> m_programs;
    QHash<qint64, Channel> m_channels;
    QHash<qint64, QString> m_words;
    QHash<qint64, QString> m_remotes;
    QHash<qint64, Process> m_processes;
    QHash<qint64, QList<Naming>> m_namings;
    QHash<qint64, QString> m_remoteNames;
};

} // namespace bwt::store
