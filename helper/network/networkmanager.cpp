// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/network/networkmanager.h"

#include "helper/collector/naming.h"

#include <QDBusArgument>
#include <QDBusPendingCall>
#include <QDBusPendingCallWatcher>

#include <algorithm>
#include <chrono>
#include <utility>

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds patience = 5s;

const QString service = QStringLiteral("org.freedesktop.NetworkManager");
const QString managerPath = QStringLiteral("/org/freedesktop/NetworkManager");
const QString managerInterface = service;
const QString deviceInterface = QStringLiteral("org.freedesktop.NetworkManager.Device");
const QString connectionInterface = QStringLiteral("org.freedesktop.NetworkManager.Connection.Active");
const QString propertiesInterface = QStringLiteral("org.freedesktop.DBus.Properties");

/// What there is to know of an interface follows from these.
const QStringList tellingProperties{QStringLiteral("Devices"), QStringLiteral("ActiveConnections"),
    QStringLiteral("ActiveConnection"), QStringLiteral("Interface"), QStringLiteral("IpInterface"),
    QStringLiteral("Metered"), QStringLiteral("Id"), QStringLiteral("Type")};

QString boundedName(const QVariant& value)
{
    return printable(value.toString().left(NetworkManager::mostNameLength).toUtf8());
}

/// NMMetered's values; what it guesses it would have others act on.
Metered meteredFrom(uint value)
{
    switch (value) {
    case 1: // yes
    case 3: // guessed yes
        return Metered::Yes;
    case 2: // no
    case 4: // guessed no
        return Metered::No;
    default:
        return Metered::Unknown;
    }
}

/// Our words for the names of NetworkManager's settings.
QString typeFrom(const QString& type)
{
    static const QMap<QString, QString> words{
        {QStringLiteral("802-3-ethernet"), QStringLiteral("wired")},
        {QStringLiteral("802-11-wireless"), QStringLiteral("wifi")},
        {QStringLiteral("gsm"), QStringLiteral("mobile")},
        {QStringLiteral("cdma"), QStringLiteral("mobile")},
        {QStringLiteral("bluetooth"), QStringLiteral("mobile")},
        {QStringLiteral("tun"), QStringLiteral("tunnel")},
        {QStringLiteral("wireguard"), QStringLiteral("tunnel")},
        {QStringLiteral("ip-tunnel"), QStringLiteral("tunnel")},
        {QStringLiteral("vpn"), QStringLiteral("tunnel")},
    };
    return words.value(type, QStringLiteral("other"));
}

bool isPath(const QDBusObjectPath& path)
{
    return path.path().size() > 1; // "/" stands for none
}

} // namespace

NetworkManager::NetworkManager(const QDBusConnection& bus)
    : m_bus(bus)
    , m_watcher(service, bus)
{
    for (const QString& interface : {managerInterface, deviceInterface, connectionInterface})
        m_bus.connect(service, QString(), propertiesInterface, QStringLiteral("PropertiesChanged"), {interface},
            QStringLiteral("sa{sv}as"), this, SLOT(handleProperties(QString, QVariantMap, QStringList)));
    connect(&m_watcher, &QDBusServiceWatcher::serviceRegistered, this, &NetworkManager::beginRound);
    connect(&m_watcher, &QDBusServiceWatcher::serviceUnregistered, this, &NetworkManager::leave);
    beginRound();
}

void NetworkManager::handleProperties(const QString&, const QVariantMap& properties, const QStringList& invalidated)
{
    const auto isTold = [&](const QString& name) { return properties.contains(name) || invalidated.contains(name); };
    if (std::ranges::any_of(tellingProperties, isTold))
        beginRound();
}

void NetworkManager::beginRound()
{
    forgetRound();
    askForDevices();
}

void NetworkManager::forgetRound()
{
    ++m_round;
    m_waiting.clear();
    m_unanswered = 0;
    m_found.clear();
}

void NetworkManager::leave()
{
    forgetRound();
    tell({});
}

void NetworkManager::askForDevices()
{
    ask(managerPath, QStringLiteral("Get"), {managerInterface, QStringLiteral("Devices")},
        [this](const QDBusMessage& reply) {
            const QVariant value = reply.arguments().value(0).value<QDBusVariant>().variant();
            const auto devices = qdbus_cast<QList<QDBusObjectPath>>(value).mid(0, mostDevices);
            for (const QDBusObjectPath& device : devices)
                askForDevice(device.path());
        });
}

void NetworkManager::askForDevice(const QString& path)
{
    ask(path, QStringLiteral("GetAll"), {deviceInterface}, [this](const QDBusMessage& reply) {
        const auto properties = qdbus_cast<QVariantMap>(reply.arguments().value(0));
        const auto connection = qdbus_cast<QDBusObjectPath>(properties.value(QStringLiteral("ActiveConnection")));
        if (!isPath(connection))
            return;
        Network device;
        // Of a modem, that is where packets pass.
        device.interface = boundedName(properties.value(QStringLiteral("IpInterface")));
        if (device.interface.isEmpty())
            device.interface = boundedName(properties.value(QStringLiteral("Interface")));
        device.metered = meteredFrom(properties.value(QStringLiteral("Metered")).toUInt());
        if (!device.interface.isEmpty())
            askForConnection(connection.path(), device);
    });
}

void NetworkManager::askForConnection(const QString& path, const Network& device)
{
    ask(path, QStringLiteral("GetAll"), {connectionInterface}, [this, device](const QDBusMessage& reply) {
        const auto properties = qdbus_cast<QVariantMap>(reply.arguments().value(0));
        Network network = device;
        network.name = boundedName(properties.value(QStringLiteral("Id")));
        network.type = typeFrom(properties.value(QStringLiteral("Type")).toString());
        if (!network.name.isEmpty())
            m_found.insert(network.interface, network);
    });
}

void NetworkManager::ask(const QString& path, const QString& method, const QVariantList& arguments, const Take& take)
{
    auto call = QDBusMessage::createMethodCall(service, path, propertiesInterface, method);
    call.setArguments(arguments);
    call.setAutoStartService(false);
    m_waiting.push_back({call, take});
    ++m_unanswered;
    sendWaiting();
}

void NetworkManager::sendWaiting()
{
    for (; m_underWay < mostUnderWay && !m_waiting.empty(); m_waiting.pop_front())
        send(m_waiting.front());
}

void NetworkManager::send(const Question& question)
{
    const QDBusPendingCall call = m_bus.asyncCall(question.call, static_cast<int>(patience.count()));
    auto* watcher = new QDBusPendingCallWatcher(call, this);
    ++m_underWay;
    connect(
        watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher, round = m_round, take = question.take] {
            watcher->deleteLater();
            --m_underWay;
            if (round == m_round) {
                take(watcher->reply());
                if (--m_unanswered == 0)
                    endRound();
            }
            sendWaiting();
        });
}

void NetworkManager::endRound()
{
    tell(m_found.values());
}

void NetworkManager::tell(const NetworkList& networks)
{
    if (m_hasTold && networks == m_told)
        return;
    m_hasTold = true;
    m_told = networks;
    Q_EMIT changed(networks);
}

} // namespace bwt
