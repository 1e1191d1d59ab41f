// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/network.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusObjectPath>
#include <QDBusServiceWatcher>
#include <QMap>
#include <QObject>
#include <QStringList>
#include <QVariantMap>

#include <deque>
#include <functional>

namespace bwt {

/// Follows what NetworkManager connects the interfaces to, whenever it is on the bus. Asks, and never tells it
/// anything.
class NetworkManager : public QObject {
    Q_OBJECT
public:
    explicit NetworkManager(const QDBusConnection& bus);

    /// More devices and longer names are none of a machine's own.
    static constexpr qsizetype mostDevices = 512;
    static constexpr qsizetype mostNameLength = 128;
    /// The bus lets nobody wait for many answers at once, and polkit's come on the same connection.
    static constexpr int mostUnderWay = 8;

Q_SIGNALS:
    /// The first answer, and every one that differs from the one before; ordered by interface, empty where
    /// NetworkManager isn't there. Comes from the event loop.
    void changed(const bwt::NetworkList& networks);

private Q_SLOTS:
    void handleProperties(const QString& interface, const QVariantMap& properties, const QStringList& invalidated);

private:
    /// Asks for everything: each change begins a round, and what earlier ones have not told yet is forgotten.
    void beginRound();
    void forgetRound();
    void endRound();
    void leave();
    void askForDevices();
    void askForDevice(const QString& path);
    void askForConnection(const QString& path, const Network& device);
    using Take = std::function<void(const QDBusMessage& reply)>;
    struct Question {
        QDBusMessage call;
        Take take;
    };
    /// `take` gets an error where there is no answer. It gets none once there is another round.
    void ask(const QString& path, const QString& method, const QVariantList& arguments, const Take& take);
    void sendWaiting();
    void send(const Question& question);
    void tell(const NetworkList& networks);

    QDBusConnection m_bus;
    QDBusServiceWatcher m_watcher;
    quint64 m_round = 0;
    std::deque<Question> m_waiting; ///< of this round
    int m_underWay = 0; ///< of any
    int m_unanswered = 0; ///< of this one, waiting or under way
    QMap<QString, Network> m_found; ///< in this round, by interface
    bool m_hasTold = false;
    NetworkList m_told;
};

} // namespace bwt
