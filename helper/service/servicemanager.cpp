// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/servicemanager.h"

#include <QDBusArgument>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusObjectPath>
#include <QDBusVariant>

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <unistd.h>

namespace bwt::servicemanager {

namespace {

void notify(const QByteArray& state)
{
    sd_notify(0, state.constData());
}

/// A client's own connection to the system bus.
class SystemBus {
public:
    SystemBus()
        : m_connection(QDBusConnection::connectToBus(QDBusConnection::SystemBus, connectionName))
    {
    }
    ~SystemBus() { QDBusConnection::disconnectFromBus(connectionName); }
    SystemBus(const SystemBus&) = delete;
    SystemBus& operator=(const SystemBus&) = delete;

    /// What systemd answers; invalid when it doesn't.
    [[nodiscard]] QVariant ask(const QString& object, QLatin1StringView interface, QLatin1StringView method,
        const QVariantList& arguments) const
    {
        constexpr std::chrono::milliseconds patience(1000);
        auto question = QDBusMessage::createMethodCall(
            QStringLiteral("org.freedesktop.systemd1"), object, QString(interface), QString(method));
        question.setArguments(arguments);
        question.setAutoStartService(false);
        return m_connection.call(question, QDBus::Block, int(patience.count())).arguments().value(0);
    }
    [[nodiscard]] QVariant property(const QString& object, const char* interface, const char* name) const
    {
        return ask(object, QLatin1StringView("org.freedesktop.DBus.Properties"), QLatin1StringView("Get"),
            {QString::fromLatin1(interface), QString::fromLatin1(name)})
            .value<QDBusVariant>()
            .variant();
    }

private:
    static inline const QString connectionName = QStringLiteral("service-manager");
    QDBusConnection m_connection;
};

/// What systemd is about to do with this process's unit; empty when it is nothing.
QString jobType()
{
    const SystemBus bus;
    const auto unit
        = bus.ask(QStringLiteral("/org/freedesktop/systemd1"), QLatin1StringView("org.freedesktop.systemd1.Manager"),
                 QLatin1StringView("GetUnitByPID"), {quint32(getpid())})
              .value<QDBusObjectPath>();
    if (unit.path().isEmpty())
        return {};
    quint32 id = 0;
    QDBusObjectPath job;
    const auto value = bus.property(unit.path(), "org.freedesktop.systemd1.Unit", "Job").value<QDBusArgument>();
    if (value.currentSignature() != QLatin1StringView("(uo)"))
        return {};
    value.beginStructure();
    value >> id >> job;
    value.endStructure();
    if (id == 0)
        return {};
    return bus.property(job.path(), "org.freedesktop.systemd1.Job", "JobType").toString();
}

} // namespace

void ready(const QString& status)
{
    notify("READY=1\nSTATUS=" + status.toUtf8());
}

void stopping()
{
    notify("STOPPING=1\nSTATUS=Storing what is pending");
}

void alive()
{
    notify("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog()
{
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0)
        return std::nullopt;
    return std::chrono::microseconds(microseconds);
}

bool isStop()
{
    // A restart's job is one of another type, whose second half would be to start; a crash has none.
    return !qEnvironmentVariableIsEmpty("NOTIFY_SOCKET") && jobType() == QLatin1StringView("stop");
}

} // namespace bwt::servicemanager
