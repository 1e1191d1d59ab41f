// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"
#include "helper/network/networkmanager.h"
#include "helper/service/dbusservice.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <memory>

namespace bwt {

class Engine;
class SettingsKeeper;

/// Keeps the helper on its bus: offers the service under its name, and comes back with growing pauses when the bus
/// went away or answers no more. Everything that callers held ends with their bus, and so does what NetworkManager
/// says there.
class BusPresence : public QObject {
    Q_OBJECT
public:
    /// `bus` is "system", "session" or a D-Bus address.
    BusPresence(QString bus, Engine& engine, SettingsKeeper& settings);
    ~BusPresence() override;

    /// The first time. NameTaken when another helper is there; Disconnected when there is no bus, or none that lets
    /// us have the name.
    [[nodiscard]] Result<void> open();

Q_SIGNALS:
    /// Another helper took the name while the bus was away.
    void replaced(const bwt::Error& reason);

private Q_SLOTS:
    void handleDisconnected();

private:
    void checkHearing();
    void retry();
    void close();
    [[nodiscard]] std::unique_ptr<Authorizer> makeAuthorizer(const QDBusConnection& bus) const;

    const QString m_bus;
    Engine& m_engine;
    SettingsKeeper& m_settings;
    QString m_connectionName;
    int m_connections = 0;
    std::unique_ptr<DBusService> m_service;
    std::unique_ptr<NetworkManager> m_networks;
    QTimer m_hearing;
    QTimer m_retry;
    std::chrono::milliseconds m_pause;
};

} // namespace bwt
