// SPDX-License-Identifier: GPL-3.0-or-later
#include "route.h"

#include <QFile>
#include <QProcess>
#include <QStandardPaths>

#include <cstring>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

QString nameOf(const char* part)
{
    return QStringLiteral("bwt-%1-%2").arg(QLatin1StringView(part)).arg(getpid());
}

void enter(const QByteArray& netns)
{
    const int fd = open(netns.constData(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
        qFatal("%s: %s", netns.constData(), std::strerror(errno));
    close(fd);
}

/// Of an interface of the namespace that this thread is in.
bool set(const QString& link, std::uint32_t feature, bool on)
{
    ethtool_value value{feature, on ? 1U : 0U};
    ifreq request{};
    std::strncpy(request.ifr_name, qPrintable(link), IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&value);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool isSet = ioctl(fd, SIOCETHTOOL, &request) == 0;
    close(fd);
    return isSet;
}

} // namespace

Route::Route()
    : m_near(nameOf("near"))
    , m_router(nameOf("router"))
    , m_far(nameOf("far"))
{
    for (const QString& netns : {m_near, m_router, m_far})
        ip(QStringLiteral("netns add ") + netns);
    lay({m_router, toNear, routerNear4, routerNear6}, {m_near, m_toRouter, near4, near6});
    lay({m_router, toFar, routerFar4, routerFar6}, {m_far, m_toRouter, far4, far6});
    if (!m_problem.isEmpty())
        return;
    ip(QStringLiteral("-n %1 route add default via %2").arg(m_near, QLatin1StringView(routerNear4)));
    ip(QStringLiteral("-n %1 route add default via %2").arg(m_near, QLatin1StringView(routerNear6)));
    ip(QStringLiteral("-n %1 route add default via %2").arg(m_far, QLatin1StringView(routerFar4)));
    ip(QStringLiteral("-n %1 route add default via %2").arg(m_far, QLatin1StringView(routerFar6)));
    inRouter([this] {
        for (const char* setting : {"/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding"}) {
            QFile file(QString::fromLatin1(setting));
            if (!file.open(QIODevice::WriteOnly) || file.write("1") != 1)
                note(file.errorString());
        }
    });
}

Route::~Route()
{
    for (const QString& netns : {m_near, m_router, m_far})
        ip(QStringLiteral("netns del ") + netns);
}

void Route::ipInRouter(const QString& arguments)
{
    ip(QStringLiteral("-n %1 ").arg(m_router) + arguments);
}

void Route::in(const QString& netns, const std::function<void()>& work)
{
    const int back = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    enter(QByteArray("/run/netns/") + netns.toLatin1());
    work();
    if (setns(back, CLONE_NEWNET) != 0)
        qFatal("back home: %s", std::strerror(errno));
    close(back);
}

void Route::lay(const End& one, const End& other)
{
    ip(QStringLiteral("link add %1 netns %2 type veth peer name %3 netns %4")
            .arg(one.link, one.netns, other.link, other.netns));
    bringUp(one);
    bringUp(other);
}

void Route::bringUp(const End& end)
{
    const QString command = QStringLiteral("-n %1 ").arg(end.netns);
    setOffloads(end.netns, end.link, false);
    ip(command + QStringLiteral("addr add %1/24 dev %2").arg(QLatin1StringView(end.v4), end.link));
    ip(command + QStringLiteral("addr add %1/64 dev %2 nodad").arg(QLatin1StringView(end.v6), end.link));
    ip(command + QStringLiteral("link set %1 up").arg(end.link));
}

void Route::bridgeToNear(const QString& bridge)
{
    ipInRouter(QStringLiteral("link add %1 address 02:00:00:00:00:71 type bridge").arg(bridge));
    setOffloads(m_router, bridge, false);
    ipInRouter(QStringLiteral("addr flush dev ") + toNear);
    ipInRouter(QStringLiteral("link set %1 master %2").arg(toNear, bridge));
    ipInRouter(QStringLiteral("addr add %1/24 dev %2").arg(QLatin1StringView(routerNear4), bridge));
    ipInRouter(QStringLiteral("link set %1 up").arg(bridge));
}

void Route::setBundling(bool on)
{
    setOffloads(m_near, m_toRouter, on);
    setOffloads(m_router, toNear, on);
}

void Route::setOffloads(const QString& netns, const QString& link, bool on)
{
    if (!m_problem.isEmpty())
        return;
    in(netns, [&] {
        for (const std::uint32_t offload : {ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO})
            if (!set(link, offload, on))
                note(QStringLiteral("offload of %1: %2").arg(link, QString::fromLocal8Bit(std::strerror(errno))));
    });
}

void Route::ip(const QString& arguments)
{
    static const QStringList sbin{QStringLiteral("/usr/sbin"), QStringLiteral("/sbin")};
    QProcess process;
    process.start(QStandardPaths::findExecutable(QStringLiteral("ip"), sbin), arguments.split(QLatin1Char(' ')));
    if (!process.waitForFinished())
        note(QStringLiteral("ip: ") + process.errorString());
    else if (process.exitCode() != 0)
        note(QStringLiteral("ip %1: %2").arg(arguments, QString::fromLocal8Bit(process.readAllStandardError())));
}
