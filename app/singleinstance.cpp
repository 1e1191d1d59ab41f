// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/singleinstance.h"

#include <QDBusConnectionInterface>
#include <QDBusMessage>

namespace bwt {

namespace {

constexpr auto serviceName = QLatin1StringView("org.bandwidthtracker.App");
constexpr auto objectPath = QLatin1StringView("/org/bandwidthtracker/App");
constexpr auto interfaceName = QLatin1StringView("org.freedesktop.Application");

} // namespace

SingleInstance::SingleInstance(const QDBusConnection& sessionBus, QObject* parent)
    : QObject(parent)
    , m_bus(sessionBus)
{
    new ApplicationAdaptor(*this);
}

SingleInstance::Outcome SingleInstance::claim()
{
    if (!m_bus.isConnected())
        return Outcome::First;
    // The object first: whoever finds the name must find it answering.
    m_bus.registerObject(objectPath, this, QDBusConnection::ExportAdaptors);
    if (m_bus.registerService(serviceName))
        return Outcome::First;
    auto activate
        = QDBusMessage::createMethodCall(serviceName, objectPath, interfaceName, QStringLiteral("Activate"));
    activate << QVariantMap();
    // Answered or not, one instance is what there is; waiting makes sure that the message has left.
    (void)m_bus.call(activate, QDBus::Block, 5000);
    return Outcome::HandedOver;
}

ApplicationAdaptor::ApplicationAdaptor(SingleInstance& instance)
    : QDBusAbstractAdaptor(&instance)
    , m_instance(instance)
{
}

void ApplicationAdaptor::Activate(const QVariantMap&)
{
    Q_EMIT m_instance.activated();
}

void ApplicationAdaptor::Open(const QStringList&, const QVariantMap&)
{
    Q_EMIT m_instance.activated();
}

void ApplicationAdaptor::ActivateAction(const QString&, const QVariantList&, const QVariantMap&)
{
    Q_EMIT m_instance.activated();
}

} // namespace bwt
