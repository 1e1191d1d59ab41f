// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/buspresence.h"

#include "dbus/connect.h"
#include "dbus/names.h"
#include "helper/service/engine.h"
#include "helper/service/log.h"
#include "helper/service/polkitauthorizer.h"

#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QDBusError>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusReply>

#include <algorithm>

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds firstPause = 500ms;
constexpr std::chrono::milliseconds longestPause = 30s;
constexpr std::chrono::milliseconds hearingInterval = 5s;

} // namespace

BusPresence::BusPresence(QString bus, Engine& engine, SettingsKeeper& settings)
    : m_bus(std::move(bus))
    , m_engine(engine)
    , m_settings(settings)
    , m_pause(firstPause)
{
    m_retry.setSingleShot(true);
    m_retry.callOnTimeout(this, &BusPresence::retry);
    m_hearing.callOnTimeout(this, &BusPresence::checkHearing);
}

BusPresence::~BusPresence()
{
    close();
}

Result<void> BusPresence::open()
{
    m_connectionName = QStringLiteral("helper-%1").arg(++m_connections);
    QDBusConnection bus = connectToBus(m_bus, m_connectionName);
    if (!bus.isConnected()) {
        const QString reason = bus.lastError().message();
        close();
        return failure(
            ErrorCode::Disconnected, QStringLiteral("the bus \"%1\" can't be reached: %2").arg(m_bus, reason));
    }
    m_service = std::make_unique<DBusService>(bus, m_engine, m_settings, makeAuthorizer(bus));
    bus.registerObject(QString(names::object), m_service.get(), QDBusConnection::ExportAdaptors);
    bus.connect(QString(), QStringLiteral("/org/freedesktop/DBus/Local"),
        QStringLiteral("org.freedesktop.DBus.Local"), QStringLiteral("Disconnected"), this,
        SLOT(handleDisconnected()));
    const QDBusReply<QDBusConnectionInterface::RegisterServiceReply> named
        = bus.interface()->registerService(QString(names::service));
    if (named.isValid() && named.value() == QDBusConnectionInterface::ServiceRegistered) {
        m_hearing.start(hearingInterval);
        m_networks = std::make_unique<NetworkManager>(bus);
        connect(m_networks.get(), &NetworkManager::changed, this,
            [this](const NetworkList& networks) { m_engine.setConnections(networks); });
        return {};
    }
    close();
    if (named.isValid())
        return failure(ErrorCode::NameTaken, QStringLiteral("another helper runs on the bus \"%1\"").arg(m_bus));
    return failure(ErrorCode::Disconnected,
        QStringLiteral("the bus \"%1\" refuses the name %2: %3").arg(m_bus, names::service, named.error().message()));
}

/// libdbus stops reading while 63 MiB of messages wait for us, and QtDBus cannot make it go on from the thread in
/// which they end. So whoever sends that much would leave us deaf for good.
void BusPresence::checkHearing()
{
    const auto question = QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.DBus"),
        QStringLiteral("/org/freedesktop/DBus"), QStringLiteral("org.freedesktop.DBus"), QStringLiteral("GetId"));
    const QDBusPendingCall call = QDBusConnection(m_connectionName).asyncCall(question, int(hearingInterval.count()));
    auto* watcher = new QDBusPendingCallWatcher(call, this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher, asked = m_connectionName] {
        watcher->deleteLater();
        if (watcher->isError() && asked == m_connectionName)
            handleDisconnected();
    });
}

void BusPresence::handleDisconnected()
{
    if (!m_service)
        return; // known already
    qCWarning(serviceLog).noquote() << QStringLiteral(
        "the bus \"%1\" went away; counting goes on, and the helper returns when the bus does")
                                           .arg(m_bus);
    close();
    m_engine.setConnections({});
    m_pause = firstPause;
    m_retry.start(m_pause);
}

void BusPresence::retry()
{
    const auto opened = open();
    if (opened) {
        qCInfo(serviceLog).noquote() << QStringLiteral("back on the bus \"%1\"").arg(m_bus);
    } else if (opened.error().code == ErrorCode::NameTaken) {
        Q_EMIT replaced(opened.error());
    } else {
        m_pause = std::min(m_pause * 2, longestPause);
        m_retry.start(m_pause);
    }
}

void BusPresence::close()
{
    m_hearing.stop();
    m_networks.reset();
    m_service.reset();
    QDBusConnection::disconnectFromBus(m_connectionName);
}

std::unique_ptr<Authorizer> BusPresence::makeAuthorizer(const QDBusConnection& bus) const
{
    if (m_bus == QLatin1StringView("session"))
        return std::make_unique<OwnUserAuthorizer>();
    return std::make_unique<PolkitAuthorizer>(bus);
}

} // namespace bwt
