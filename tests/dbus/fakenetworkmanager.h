// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/dbus/privatebus.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QMap>
#include <QProcess>
#include <QString>
#include <QVariant>

namespace bwt::test {

/// NetworkManager as python-dbusmock plays it, on a private bus: says what the test tells it to.
class FakeNetworkManager {
public:
    explicit FakeNetworkManager(PrivateBus& bus);
    ~FakeNetworkManager();
    FakeNetworkManager(const FakeNetworkManager&) = delete;
    FakeNetworkManager& operator=(const FakeNetworkManager&) = delete;

    /// Also after stop(), then without all it had.
    [[nodiscard]] bool start();
    /// As when it is killed.
    void stop();

    /// A device for the interface, with no connection.
    void addDevice(const QString& interface);
    /// Connects the device as a user would who chooses that one, whatever it was connected to.
    void connectTo(const QString& interface, const QString& id, const QString& type);
    void disconnect(const QString& interface);
    /// As NMMetered has it.
    void setMetered(const QString& interface, quint32 metered);

private:
    /// The answer's first argument; what fails ends the test program.
    QVariant call(
        const QString& path, const QString& interface, const QString& method, const QVariantList& arguments);

    PrivateBus& m_bus;
    QProcess m_process;
    QDBusConnection m_connection;
    QMap<QString, QString> m_devices; ///< paths by interface
    QMap<QString, QString> m_active;
};

} // namespace bwt::test
