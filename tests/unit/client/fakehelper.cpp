// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/client/fakehelper.h"

#include "dbus/event.h"
#include "dbus/names.h"

#include <QCoreApplication>

using namespace bwt;

namespace {

QString freshName()
{
    static int count = 0;
    return QStringLiteral("fake-helper-%1").arg(++count);
}

} // namespace

FakeHelper::FakeHelper(const QString& address, Name name)
    : m_bus(QDBusConnection::connectToBus(address, freshName()))
{
    registerWireTypes();
    m_bus.registerVirtualObject(names::object, this);
    if (name == Name::Owned)
        m_bus.registerService(names::service);
}

FakeHelper::~FakeHelper()
{
    QDBusConnection::disconnectFromBus(m_bus.name());
}

void FakeHelper::failWith(const QString& errorName, const QString& text)
{
    m_errorName = errorName;
    m_errorText = text;
}

void FakeHelper::endWithTheBus() const
{
    QDBusConnection(m_bus).connect(QString(), QStringLiteral("/org/freedesktop/DBus/Local"),
        QStringLiteral("org.freedesktop.DBus.Local"), QStringLiteral("Disconnected"), QCoreApplication::instance(),
        SLOT(quit()));
}

void FakeHelper::sendFrame(const QString& destination, const Frame& frame)
{
    auto signal
        = QDBusMessage::createTargetedSignal(destination, names::object, names::interface, QStringLiteral("Frame"));
    signal << QVariant::fromValue(frame);
    m_bus.send(signal);
}

QStringList FakeHelper::methods() const
{
    QStringList methods;
    for (const QDBusMessage& call : m_calls)
        methods.append(call.member());
    return methods;
}

int FakeHelper::count(const QString& method) const
{
    return static_cast<int>(methods().count(method));
}

QDBusMessage FakeHelper::last(const QString& method) const
{
    const qsizetype at = methods().lastIndexOf(method);
    return at < 0 ? QDBusMessage() : m_calls.at(at);
}

QString FakeHelper::subscriber() const
{
    return last(QStringLiteral("Subscribe")).service();
}

bool FakeHelper::handleMessage(const QDBusMessage& call, const QDBusConnection& bus)
{
    m_calls.append(call);
    if (call.member() == m_ignored)
        return true;
    if (!m_errorName.isEmpty())
        return bus.send(call.createErrorReply(m_errorName, m_errorText));
    return bus.send(call.createReply(m_answer.value_or(answer(call.member()))));
}

QVariantList FakeHelper::answer(const QString& method) const
{
    if (method == QLatin1StringView("Status"))
        return {QVariant::fromValue(Status())};
    if (method == QLatin1StringView("Subscribe"))
        return {true};
    if (method == QLatin1StringView("Series"))
        return {QVariant::fromValue(Series())};
    if (method == QLatin1StringView("Events"))
        return {QVariant::fromValue(EventList())};
    if (method == QLatin1StringView("Clear") || method == QLatin1StringView("Export"))
        return {QVariant::fromValue<qulonglong>(7)};
    if (method == QLatin1StringView("GetTotals") || method == QLatin1StringView("Top")
        || method == QLatin1StringView("Breakdown"))
        return {QVariant::fromValue(Frame())};
    return {};
}
