// SPDX-License-Identifier: GPL-3.0-or-later
#include "veth.h"

#include <QProcess>
#include <QStandardPaths>

#include <unistd.h>

namespace {

QString address4(int host)
{
    return QStringLiteral("10.%1.%2.%3").arg(128 + (getpid() >> 8) % 64).arg(getpid() & 0xff).arg(host);
}

QString address6(int host)
{
    return QStringLiteral("fd62:7774:%1::%2").arg(getpid() & 0xffff, 0, 16).arg(host);
}

} // namespace

Veth::Veth()
    : netns(QStringLiteral("bwt-%1").arg(getpid()))
    , near4(address4(1))
    , far4(address4(2))
    , near6(address6(1))
    , far6(address6(2))
    , m_link(QStringLiteral("bwt%1").arg(getpid()))
{
    ip(QStringLiteral("netns add %1").arg(netns));
    ip(QStringLiteral("link add %1 type veth peer name peer0 netns %2").arg(m_link, netns));
    bringUp(QString(), m_link, near4, near6);
    bringUp(QStringLiteral("-n %1 ").arg(netns), QStringLiteral("peer0"), far4, far6);
}

Veth::~Veth()
{
    ip(QStringLiteral("link del %1").arg(m_link));
    ip(QStringLiteral("netns del %1").arg(netns));
}

void Veth::bringUp(const QString& command, const QString& link, const QString& v4, const QString& v6)
{
    ip(command + QStringLiteral("addr add %1/24 dev %2").arg(v4, link));
    ip(command + QStringLiteral("addr add %1/64 dev %2 nodad").arg(v6, link));
    ip(command + QStringLiteral("link set %1 up").arg(link));
}

void Veth::ip(const QString& arguments)
{
    static const QStringList sbin{QStringLiteral("/usr/sbin"), QStringLiteral("/sbin")};
    QProcess process;
    process.start(QStandardPaths::findExecutable(QStringLiteral("ip"), sbin), arguments.split(QLatin1Char(' ')));
    if (!process.waitForFinished())
        m_problem += QStringLiteral("ip: %1\n").arg(process.errorString());
    else if (process.exitCode() != 0)
        m_problem
            += QStringLiteral("ip %1: %2").arg(arguments, QString::fromLocal8Bit(process.readAllStandardError()));
}
