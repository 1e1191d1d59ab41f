// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/stagedhelper.h"

#include "dbus/names.h"

#include <algorithm>
#include <ranges>

namespace bwt::test {

namespace {

QString freshName()
{
    static int count = 0;
    return QStringLiteral("staged-helper-%1").arg(++count);
}

Dimensions dimensionsOf(const QVariant& names)
{
    return dimensionsFromNames(names.toStringList()).value_or(Dimensions());
}

} // namespace

StagedHelper::StagedHelper(const QString& address)
    : m_bus(QDBusConnection::connectToBus(address, freshName()))
{
    registerWireTypes();
    status.counting = true;
    status.backend = QStringLiteral("tracepoint");
    status.kernel = QStringLiteral("6.12.0");
    m_bus.registerVirtualObject(names::object, this);
}

StagedHelper::~StagedHelper()
{
    QDBusConnection::disconnectFromBus(m_bus.name());
}

void StagedHelper::appear()
{
    m_bus.registerService(names::service);
}

void StagedHelper::vanish()
{
    m_subscriber.clear();
    m_bus.unregisterService(names::service);
}

void StagedHelper::tick(const Frame& frame)
{
    auto signal
        = QDBusMessage::createTargetedSignal(m_subscriber, names::object, names::interface, QStringLiteral("Frame"));
    signal << QVariant::fromValue(frame);
    m_bus.send(signal);
}

int StagedHelper::count(const QString& method) const
{
    return static_cast<int>(std::ranges::count(m_calls, method, &QDBusMessage::member));
}

QVariantList StagedHelper::lastCall(const QString& method) const
{
    for (const QDBusMessage& call : m_calls | std::views::reverse) {
        if (call.member() == method)
            return call.arguments();
    }
    return {};
}

bool StagedHelper::mayAsk(const QString& method) const
{
    for (const QDBusMessage& call : m_calls | std::views::reverse) {
        if (call.member() == method)
            return call.isInteractiveAuthorizationAllowed();
    }
    return false;
}

bool StagedHelper::handleMessage(const QDBusMessage& call, const QDBusConnection& bus)
{
    m_calls.append(call);
    const QStringList commands{QStringLiteral("Pause"), QStringLiteral("Resume"), QStringLiteral("SetSetting")};
    const bool isCommand = commands.contains(call.member());
    const QString error = isCommand && !methodError.isEmpty() ? methodError : errorName;
    if (!error.isEmpty())
        return bus.send(call.createErrorReply(error, QStringLiteral("so it was laid out")));
    return bus.send(call.createReply(answer(call)));
}

QVariantList StagedHelper::answer(const QDBusMessage& call)
{
    const QString method = call.member();
    const QVariantList arguments = call.arguments();
    if (method == QLatin1StringView("Status"))
        return {QVariant::fromValue(status)};
    if (method == QLatin1StringView("Subscribe")) {
        m_subscriber = call.service();
        m_subscribedBy = dimensionsOf(arguments.value(0));
        return {everyone};
    }
    if (method == QLatin1StringView("Apps"))
        return {QVariant::fromValue(apps)};
    if (method == QLatin1StringView("GetSettings"))
        return {QVariant::fromValue(settings)};
    if (method == QLatin1StringView("SetSetting")) {
        for (SettingEntry& setting : settings) {
            if (setting.name != arguments.value(0).toString())
                continue;
            const QString value = arguments.value(1).toString();
            setting.origin = value.isEmpty() ? SettingOrigin::Default : SettingOrigin::File;
            setting.value = value.isEmpty() ? setting.standard : value;
        }
    }
    if (method == QLatin1StringView("Breakdown")) {
        const Question question{arguments.value(0).toLongLong(), arguments.value(1).toLongLong(), {},
            dimensionsOf(arguments.value(2)), qdbus_cast<Filter>(arguments.value(3))};
        return {QVariant::fromValue(breakdown ? breakdown(question) : Frame())};
    }
    if (method == QLatin1StringView("Series")) {
        const Question question{arguments.value(0).toLongLong(), arguments.value(1).toLongLong(),
            arguments.value(2).toString(), dimensionsOf(arguments.value(3)), qdbus_cast<Filter>(arguments.value(4))};
        return {QVariant::fromValue(series ? series(question) : Series())};
    }
    if (method == QLatin1StringView("Pause") || method == QLatin1StringView("Resume")) {
        status.paused = method == QLatin1StringView("Pause");
        status.pausedSinceMs = status.paused ? pausedAtMs : 0;
    }
    return {};
}

} // namespace bwt::test
