// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/polkitdaemon.h"

#include <QDir>
#include <QFile>

#include <sys/stat.h>

namespace bwt::test {

namespace {

const QString polkitName = QStringLiteral("org.freedesktop.PolicyKit1");

bool writeReadable(const QString& path, const QByteArray& text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size()
        && file.setPermissions(QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther);
}

/// An empty directory that polkitd's own user may read.
QString freshDirectory(const QString& path)
{
    QDir(path).removeRecursively();
    QDir().mkpath(path);
    chmod(QFile::encodeName(path).constData(), 0755);
    return path;
}

} // namespace

PolkitDaemon::PolkitDaemon(PrivateBus& bus)
    : m_bus(bus)
{
    tie(m_daemon);
    m_daemon.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_daemon.setStandardOutputFile(QProcess::nullDevice());
}

PolkitDaemon::~PolkitDaemon()
{
    stop();
}

bool PolkitDaemon::start(const QString& rules)
{
    const QString actions = freshDirectory(m_bus.directory() + QStringLiteral("/actions"));
    const QString ruleDir = freshDirectory(m_bus.directory() + QStringLiteral("/rules.d"));
    QFile policy(QStringLiteral(BWT_POLKIT_POLICY));
    if (!policy.open(QIODevice::ReadOnly)
        || !writeReadable(actions + QStringLiteral("/helper.policy"), policy.readAll())
        || !writeReadable(ruleDir + QStringLiteral("/10-test.rules"), rules.toUtf8()))
        return false;
    m_daemon.setProcessEnvironment(m_bus.environment());
    startWith({m_bus.accounts(), {actions, QStringLiteral("/usr/share/polkit-1/actions")},
                  {ruleDir, QStringLiteral("/etc/polkit-1/rules.d")}},
        m_daemon, QStringLiteral("/usr/lib/polkit-1/polkitd"), {QStringLiteral("--no-debug")});
    return m_bus.waitForName(polkitName);
}

void PolkitDaemon::stop()
{
    m_daemon.kill(); // it has no state of its own to lose
    m_daemon.waitForFinished();
}

} // namespace bwt::test
