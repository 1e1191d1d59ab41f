// SPDX-License-Identifier: GPL-3.0-or-later
#include "nameserver.h"

#include <QStandardPaths>

namespace {

/// Debian has these where users have no path to.
QString systemTool(const char* name)
{
    static const QStringList sbin{QStringLiteral("/usr/sbin"), QStringLiteral("/sbin")};
    return QStandardPaths::findExecutable(QString::fromLatin1(name), sbin);
}

} // namespace

NameServer::NameServer(const QString& netns, const QStringList& addresses, const QStringList& rules)
{
    QStringList command;
    if (!netns.isEmpty())
        command << systemTool("ip") << QStringLiteral("netns") << QStringLiteral("exec") << netns;
    command << systemTool("dnsmasq") << QStringLiteral("--keep-in-foreground") << QStringLiteral("--log-facility=-")
            << QStringLiteral("--conf-file=/dev/null") << QStringLiteral("--pid-file=")
            << QStringLiteral("--user=root") << QStringLiteral("--no-hosts") << QStringLiteral("--no-resolv")
            << QStringLiteral("--bind-interfaces")
            << QStringLiteral("--listen-address=") + addresses.join(QLatin1Char(',')) << rules;
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.start(command.takeFirst(), command);
    QByteArray said;
    while (!said.contains("started,")) {
        if (!m_process.waitForReadyRead())
            qFatal("dnsmasq: %s %s", qPrintable(m_process.errorString()), said.constData());
        said += m_process.readAll();
    }
}

NameServer::~NameServer()
{
    m_process.terminate();
    m_process.waitForFinished();
}
