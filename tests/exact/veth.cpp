// SPDX-License-Identifier: GPL-3.0-or-later
#include "veth.h"

#include "sockets.h"

#include <QFile>
#include <QProcess>
#include <QStandardPaths>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

namespace {

QString address4(int which, int host)
{
    return QStringLiteral("10.%1.%2.%3").arg(128 + 64 * which + (getpid() >> 8) % 64).arg(getpid() & 0xff).arg(host);
}

QString address6(int which, int host)
{
    return QStringLiteral("fd62:777%1:%2::%3").arg(4 + which).arg(getpid() & 0xffff, 0, 16).arg(host);
}

void writeTo(const char* file, const char* value)
{
    QFile setting(QString::fromLatin1(file));
    if (!setting.open(QIODevice::WriteOnly) || setting.write(value) < 0)
        qFatal("%s: %s", file, qPrintable(setting.errorString()));
}

} // namespace

Veth::Veth(int which)
    : link(QStringLiteral("bwt%1").arg(getpid()))
    , netns(QStringLiteral("bwt-%1-%2").arg(getpid()).arg(which))
    , near4(address4(which, 1))
    , far4(address4(which, 2))
    , near6(address6(which, 1))
    , far6(address6(which, 2))
{
    ip(QStringLiteral("netns add %1").arg(netns));
    ip(QStringLiteral("link add %1 type veth peer name peer0 netns %2").arg(link, netns));
    bringUp(QString(), link, near4, near6);
    bringUp(QStringLiteral("-n %1 ").arg(netns), QStringLiteral("peer0"), far4, far6);
}

Veth::~Veth()
{
    ip(QStringLiteral("link del %1").arg(link));
    ip(QStringLiteral("netns del %1").arg(netns));
}

void Veth::bringUp(const QString& command, const QString& link, const QString& v4, const QString& v6)
{
    ip(command + QStringLiteral("addr add %1/24 dev %2").arg(v4, link));
    ip(command + QStringLiteral("addr add %1/64 dev %2 nodad").arg(v6, link));
    ip(command + QStringLiteral("link set %1 up").arg(link));
}

void Veth::setOffloads(bool on)
{
    const auto set = [&](const QString& device) {
        const sockets::Socket socket(AF_INET, SOCK_DGRAM);
        for (const std::uint32_t command : {ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO}) {
            ethtool_value value{command, on ? 1U : 0U};
            ifreq request{};
            qstrncpy(request.ifr_name, device.toLatin1().constData(), IFNAMSIZ);
            request.ifr_data = reinterpret_cast<char*>(&value);
            if (ioctl(socket.fd(), SIOCETHTOOL, &request) != 0)
                m_problem += QStringLiteral("%1: SIOCETHTOOL %2: %3\n")
                                 .arg(device)
                                 .arg(command)
                                 .arg(QString::fromLocal8Bit(std::strerror(errno)));
        }
    };
    set(link);
    there([&] { set(QStringLiteral("peer0")); });
}

void Veth::setMostSegments(int here, int there)
{
    ip(QStringLiteral("link set %1 gso_max_segs %2").arg(link).arg(here));
    ip(QStringLiteral("-n %1 link set peer0 gso_max_segs %2").arg(netns).arg(there));
}

void Veth::forwardTo(const Veth& next)
{
    there([] {
        writeTo("/proc/sys/net/ipv4/ip_forward", "1");
        writeTo("/proc/sys/net/ipv6/conf/all/forwarding", "1");
    });
    ip(QStringLiteral("route replace %1 via %2").arg(next.far4, far4));
    ip(QStringLiteral("route replace %1 via %2").arg(next.far6, far6));
    ip(QStringLiteral("-n %1 route replace %2 via %3").arg(next.netns, near4, next.near4));
    ip(QStringLiteral("-n %1 route replace %2 via %3").arg(next.netns, near6, next.near6));
}

void Veth::there(const std::function<void()>& work) const
{
    std::thread([&] {
        const int fd = open(qPrintable(QStringLiteral("/run/netns/") + netns), O_RDONLY | O_CLOEXEC);
        if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
            qFatal("no way into %s: %s", qPrintable(netns), std::strerror(errno));
        close(fd);
        work();
    }).join();
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
