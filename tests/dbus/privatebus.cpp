// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/privatebus.h"

#include <QDBusConnectionInterface>
#include <QFile>

#include <sys/stat.h>
#include <unistd.h>

namespace bwt::test {

namespace {

/// The default rules of dbus-daemon's own system.conf, which every system bus has.
constexpr auto configTemplate = R"(<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=%1</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Introspectable"/>
  </policy>
  <include>%2</include>
  <include>/usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf</include>
  <policy user="root">
    <allow own="org.freedesktop.PolicyKit1"/>
    <allow own="org.freedesktop.systemd1"/>
    <allow send_destination="org.freedesktop.systemd1"/>
    <allow own="org.freedesktop.NetworkManager"/>
    <allow send_destination="org.freedesktop.NetworkManager"/>
  </policy>
</busconfig>
)";

} // namespace

PrivateBus::PrivateBus()
{
    chmod(QFile::encodeName(m_directory.path()).constData(), 0755);
    tie(m_daemon);
    m_daemon.setProcessChannelMode(QProcess::ForwardedErrorChannel);
}

PrivateBus::~PrivateBus()
{
    for (const QString& connection : std::as_const(m_connections))
        QDBusConnection::disconnectFromBus(connection);
    stop();
}

bool PrivateBus::start()
{
    if (!writeConfig() || !writeAccounts())
        return false;
    startWith({accounts()}, m_daemon, QStringLiteral("dbus-daemon"),
        {QStringLiteral("--config-file=") + m_directory.filePath(QStringLiteral("bus.conf")),
            QStringLiteral("--nofork"), QStringLiteral("--nopidfile"), QStringLiteral("--nosyslog"),
            QStringLiteral("--print-address")});
    return m_daemon.waitForReadyRead() && !m_daemon.readLine().isEmpty();
}

void PrivateBus::stop()
{
    m_daemon.terminate();
    m_daemon.waitForFinished();
}

QString PrivateBus::address() const
{
    return QStringLiteral("unix:path=") + m_directory.filePath(QStringLiteral("socket"));
}

QProcessEnvironment PrivateBus::environment() const
{
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("DBUS_SYSTEM_BUS_ADDRESS"), address());
    return environment;
}

Overlay PrivateBus::accounts() const
{
    return {m_directory.filePath(QStringLiteral("passwd")), QStringLiteral("/etc/passwd")};
}

QDBusConnection PrivateBus::connectAs(uid_t user)
{
    const QString name = QStringLiteral("%1-%2").arg(m_directory.path()).arg(m_connections.size());
    m_connections.append(name);
    // The kernel hands the bus the effective uid at the moment of connecting; glibc changes it for all threads.
    if (seteuid(user) != 0)
        qFatal("these tests need root");
    const QDBusConnection connection = QDBusConnection::connectToBus(address(), name);
    if (seteuid(0) != 0)
        qFatal("root can't be had back");
    return connection;
}

bool PrivateBus::waitForName(const QString& name, bool owned)
{
    const QDBusConnection connection = connectAs(0);
    return waitUntil([&] { return connection.interface()->isServiceRegistered(name).value() == owned; });
}

/// dbus-daemon lets nobody in whose groups it can't look up.
bool PrivateBus::writeAccounts() const
{
    QFile machine(QStringLiteral("/etc/passwd"));
    QFile ours(accounts().source);
    if (!machine.open(QIODevice::ReadOnly) || !ours.open(QIODevice::WriteOnly))
        return false;
    QByteArray text = machine.readAll();
    for (const auto& [uid, name] : {std::pair(alice, "alice"), {bob, "bob"}, {carol, "carol"}})
        text += QByteArray(name) + ":x:" + QByteArray::number(uid) + ':' + QByteArray::number(uid) + "::/:/bin/sh\n";
    return ours.write(text) == text.size()
        && ours.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::ReadOther);
}

bool PrivateBus::writeConfig() const
{
    QFile config(m_directory.filePath(QStringLiteral("bus.conf")));
    if (!config.open(QIODevice::WriteOnly))
        return false;
    const QString text = QString::fromLatin1(configTemplate)
                             .arg(m_directory.filePath(QStringLiteral("socket")), QStringLiteral(BWT_BUS_POLICY));
    return config.write(text.toUtf8()) > 0;
}

} // namespace bwt::test
