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

Q_SIGNALS:
    /// The first answer, and every one that differs from the one before; ordered by interface, empty where
    /// NetworkManager isn't there. Comes from the event loop.
    void changed(const bwt::NetworkList& networks);

private Q_SLOTS:
    void handleProperties(const QString& interface, const QVariantMap& properties, const QStringList& invalidated);

private:
    /// Asks for everything: each change begins a round, and what earlier ones have not told yet is forgotten.
    void beginRound();
    void endRound();
    void leave();
    void askForDevices();
    void askForDevice(const QString& path);
    void askForConnection(const QString& path, const Network& device);
    /// `take` gets an error where there is no answer in this round.
    void ask(const QString& path, const QString& method, const QVariantList& arguments,
        std::function<void(const QDBusMessage& reply)> take);
    void tell(const NetworkList& networks);

    QDBusConnection m_bus;
    QDBusServiceWatcher m_watcher;
    quint64 m_round = 0;
    int m_unanswered = 0; ///< questions of this round
    QMap<QString, Network> m_found; ///< in this round, by interface
    bool m_hasTold = false;
    NetworkList m_told;
};

} // namespace bwt
