// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/fakenetworkmanager.h"

#include "tests/dbus/childprocess.h"

#include <QDBusMetaType>
#include <QDBusObjectPath>
#include <QDBusPendingCall>
#include <QDBusVariant>

namespace bwt::test {

namespace {

using Settings = QMap<QString, QVariantMap>;

const QString service = QStringLiteral("org.freedesktop.NetworkManager");
const QString managerPath = QStringLiteral("/org/freedesktop/NetworkManager");
const QString mockInterface = QStringLiteral("org.freedesktop.DBus.Mock");
const QString deviceInterface = QStringLiteral("org.freedesktop.NetworkManager.Device");
const QString settingsInterface = QStringLiteral("org.freedesktop.NetworkManager.Settings");

} // namespace

FakeNetworkManager::FakeNetworkManager(PrivateBus& bus)
    : m_bus(bus)
    , m_connection(bus.connectAs(0))
{
    qDBusRegisterMetaType<Settings>();
    tie(m_process);
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_process.setStandardOutputFile(QProcess::nullDevice());
}

FakeNetworkManager::~FakeNetworkManager()
{
    stop();
}

bool FakeNetworkManager::start()
{
    m_devices.clear();
    m_active.clear();
    m_process.setProcessEnvironment(m_bus.environment());
    // Debian's own, which has the module, whatever other python there is.
    m_process.start(QStringLiteral("/usr/bin/python3"),
        {QStringLiteral("-m"), QStringLiteral("dbusmock"), QStringLiteral("--system"), QStringLiteral("--template"),
            QStringLiteral("networkmanager")});
    return m_process.waitForStarted() && m_bus.waitForName(service);
}

void FakeNetworkManager::stop()
{
    m_process.kill();
    m_process.waitForFinished();
}

void FakeNetworkManager::addDevice(const QString& interface)
{
    constexpr int disconnected = 30; // NMDeviceState
    const QString path
        = call(managerPath, mockInterface, QStringLiteral("AddWiFiDevice"), {interface, interface, disconnected})
              .toString();
    m_devices.insert(interface, path);
    call(path, mockInterface, QStringLiteral("AddProperty"),
        {deviceInterface, QStringLiteral("Metered"), QVariant::fromValue(QDBusVariant(0U))});
}

void FakeNetworkManager::connectTo(const QString& interface, const QString& id, const QString& type)
{
    const Settings settings{
        {QStringLiteral("connection"), {{QStringLiteral("id"), id}, {QStringLiteral("type"), type}}}};
    const QVariant connection = call(managerPath + QStringLiteral("/Settings"), settingsInterface,
        QStringLiteral("AddConnection"), {QVariant::fromValue(settings)});
    const QVariant active = call(managerPath, service, QStringLiteral("ActivateConnection"),
        {connection, QVariant::fromValue(QDBusObjectPath(m_devices.value(interface))),
            QVariant::fromValue(QDBusObjectPath(QStringLiteral("/")))});
    m_active.insert(interface, active.value<QDBusObjectPath>().path());
}

void FakeNetworkManager::disconnect(const QString& interface)
{
    call(managerPath, mockInterface, QStringLiteral("RemoveActiveConnection"),
        {m_devices.value(interface), m_active.take(interface)});
}

void FakeNetworkManager::setMetered(const QString& interface, quint32 metered)
{
    call(m_devices.value(interface), mockInterface, QStringLiteral("UpdateProperties"),
        {deviceInterface, QVariantMap{{QStringLiteral("Metered"), metered}}});
}

QVariant FakeNetworkManager::call(
    const QString& path, const QString& interface, const QString& method, const QVariantList& arguments)
{
    auto message = QDBusMessage::createMethodCall(service, path, interface, method);
    message.setArguments(arguments);
    const QDBusPendingCall pending = m_connection.asyncCall(message);
    if (!waitUntil([&] { return pending.isFinished(); }) || pending.isError())
        qFatal("%s: %s", qPrintable(method), qPrintable(pending.error().message()));
    return pending.reply().arguments().value(0);
}

} // namespace bwt::test
