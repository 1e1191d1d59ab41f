// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/client/buslink.h"

#include "dbus/connect.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusServiceWatcher>
#include <QLoggingCategory>

#include <algorithm>
#include <atomic>

Q_LOGGING_CATEGORY(busLinkLog, "bwt.client", QtWarningMsg)

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr auto firstPause = 250ms;
constexpr auto longestPause = 30s;

constexpr auto busService = QLatin1StringView("org.freedesktop.DBus");

QString freshConnectionName()
{
    static std::atomic<quint64> count = 0;
    return QStringLiteral("bwt-%1").arg(++count);
}

QDBusMessage busCall(const QString& method, const QVariantList& arguments)
{
    auto call
        = QDBusMessage::createMethodCall(busService, QStringLiteral("/org/freedesktop/DBus"), busService, method);
    call.setArguments(arguments);
    return call;
}

Error errorFrom(const QDBusError& error)
{
    return {ErrorCode::Disconnected, error.message()};
}

} // namespace

BusLink::BusLink(QString bus, QString service, QObject* parent)
    : QObject(parent)
    , m_bus(std::move(bus))
    , m_service(std::move(service))
    , m_connection(QString())
    , m_pause(firstPause)
{
    m_retry.setSingleShot(true);
    QObject::connect(&m_retry, &QTimer::timeout, this, &BusLink::open);
}

BusLink::~BusLink()
{
    m_session.reset();
    if (!m_connectionName.isEmpty())
        QDBusConnection::disconnectFromBus(m_connectionName);
}

void BusLink::open()
{
    m_retry.stop();
    m_connectionName = freshConnectionName();
    m_connection = connectToBus(m_bus, m_connectionName);
    if (!m_connection.isConnected()) {
        close(errorFrom(m_connection.lastError()));
        return;
    }
    m_open = true;
    m_pause = firstPause;
    m_session = std::make_unique<QObject>();
    m_connection.connect(QString(), QStringLiteral("/org/freedesktop/DBus/Local"),
        QStringLiteral("org.freedesktop.DBus.Local"), QStringLiteral("Disconnected"), this,
        SLOT(handleDisconnected()));
    watchOwner();
    Q_EMIT opened();
}

/// Calls the bus itself.
template <typename Then> void BusLink::ask(const QString& method, const QVariantList& arguments, Then then)
{
    const auto pending = m_connection.asyncCall(busCall(method, arguments));
    auto* watcher = new QDBusPendingCallWatcher(pending, m_session.get());
    QObject::connect(watcher, &QDBusPendingCallWatcher::finished, this, [watcher, then = std::move(then)] {
        watcher->deleteLater();
        then(*watcher);
    });
}

void BusLink::lookUp(Start start)
{
    if (!m_open)
        return;
    ask(QStringLiteral("GetNameOwner"), {m_service}, [this, start](const QDBusPendingReply<QString>& reply) {
        if (!reply.isError())
            setOwner(reply.value(), {});
        else if (start == Start::Allowed)
            startService();
        else
            setOwner(QString(), errorFrom(reply.error()));
    });
}

void BusLink::startService()
{
    constexpr uint noFlags = 0;
    ask(QStringLiteral("StartServiceByName"), {m_service, noFlags}, [this](const QDBusPendingReply<uint>& reply) {
        if (!reply.isError())
            lookUp(Start::Never);
        else if (m_owner.isEmpty())
            setOwner(QString(), errorFrom(reply.error()));
    });
}

void BusLink::handleDisconnected()
{
    close({ErrorCode::Disconnected, QStringLiteral("the bus closed the connection")});
}

void BusLink::close(const Error& reason)
{
    qCDebug(busLinkLog) << "no bus:" << reason.detail << "- next try in" << m_pause.count() << "ms";
    m_open = false;
    m_owner.clear();
    m_session.reset();
    QDBusConnection::disconnectFromBus(m_connectionName);
    m_retry.start(m_pause);
    m_pause = std::min<std::chrono::milliseconds>(2 * m_pause, longestPause);
    Q_EMIT closed(reason);
}

void BusLink::watchOwner()
{
    auto* watcher
        = new QDBusServiceWatcher(m_service, m_connection, QDBusServiceWatcher::WatchForOwnerChange, m_session.get());
    QObject::connect(watcher, &QDBusServiceWatcher::serviceOwnerChanged, this,
        [this](const QString&, const QString&, const QString& newOwner) {
            setOwner(newOwner, {ErrorCode::Disconnected, QStringLiteral("the helper left the bus")});
        });
}

void BusLink::setOwner(const QString& owner, const Error& whyMissing)
{
    if (owner.isEmpty()) {
        m_owner.clear();
        Q_EMIT ownerMissing(whyMissing);
        return;
    }
    if (owner == m_owner)
        return;
    m_owner = owner;
    Q_EMIT ownerChanged();
}

} // namespace bwt
