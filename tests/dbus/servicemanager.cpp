// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/servicemanager.h"

#include <QFile>

#include <array>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace bwt::test {

namespace {

/// Above what QProcess and the started program's shell use themselves.
constexpr int firstInherited = 200;
constexpr int firstListened = 3; // SD_LISTEN_FDS_START

sockaddr_un addressOf(const QString& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const QByteArray name = QFile::encodeName(path);
    if (static_cast<std::size_t>(name.size()) >= sizeof(address.sun_path))
        qFatal("the path of the notification socket is too long");
    std::memcpy(address.sun_path, name.constData(), static_cast<std::size_t>(name.size()));
    return address;
}

/// The assignment's value; null when the message has none.
QByteArray valueOf(const QByteArray& message, const QByteArray& key)
{
    const QByteArrayList lines = message.split('\n');
    for (const QByteArray& line : lines)
        if (line.startsWith(QByteArray(key + QByteArrayLiteral("="))))
            return line.mid(key.size() + 1);
    return {};
}

void closeAll(const std::vector<int>& descriptors)
{
    for (const int descriptor : descriptors)
        close(descriptor);
}

/// A poll reports it as hung up or in error; systemd lets go of it then, unless it was told not to look.
bool looksDead(int descriptor)
{
    pollfd look{descriptor, 0, 0};
    return poll(&look, 1, 0) > 0 && (look.revents & (POLLERR | POLLHUP)) != 0;
}

} // namespace

ServiceManager::ServiceManager()
{
    m_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = addressOf(socketPath());
    if (m_socket < 0 || bind(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        qFatal("the notification socket can't be made");
    m_thread = std::thread([this] { listen(); });
}

ServiceManager::~ServiceManager()
{
    stopService();
    shutdown(m_socket, SHUT_RD);
    m_thread.join();
    close(m_socket);
}

void ServiceManager::listen()
{
    std::array<char, 4096> text{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 64)> control{};
    for (;;) {
        iovec part{text.data(), text.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t size = recvmsg(m_socket, &message, MSG_CMSG_CLOEXEC);
        if (size <= 0)
            return;
        std::vector<int> descriptors;
        for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
            if (part->cmsg_type != SCM_RIGHTS)
                continue;
            descriptors.resize((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            std::memcpy(descriptors.data(), CMSG_DATA(part), descriptors.size() * sizeof(int));
        }
        take(QByteArray(text.data(), size), std::move(descriptors));
    }
}

void ServiceManager::take(const QByteArray& message, std::vector<int> descriptors)
{
    const QByteArray name = valueOf(message, "FDNAME");
    const std::lock_guard lock(m_mutex);
    if (valueOf(message, "FDSTOREREMOVE") == "1") {
        for (auto [kept, end] = m_kept.equal_range(name); kept != end; kept = m_kept.erase(kept))
            close(kept->second);
    }
    if (valueOf(message, "FDSTORE") == "1") {
        const bool isPolled = valueOf(message, "FDPOLL") != "0";
        for (const int descriptor : std::exchange(descriptors, {})) {
            if (!m_keeps || (isPolled && looksDead(descriptor)))
                close(descriptor);
            else
                m_kept.emplace(name, descriptor);
        }
    }
    closeAll(descriptors); // of a barrier: closing it is the answer
}

void ServiceManager::settle()
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        qFatal("no pipe");
    const sockaddr_un address = addressOf(socketPath());
    char text[] = "BARRIER=1";
    iovec part{text, std::strlen(text)};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_name = const_cast<sockaddr_un*>(&address);
    message.msg_namelen = sizeof(address);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &ends[1], sizeof(int));
    const int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sendmsg(sender, &message, 0) < 0)
        qFatal("the service manager does not listen");
    close(sender);
    close(ends[1]);
    char nothing = 0;
    while (read(ends[0], &nothing, 1) > 0) { } // until the other end is closed there, too
    close(ends[0]);
}

void ServiceManager::stopService()
{
    settle();
    const std::lock_guard lock(m_mutex);
    for (const auto& [name, descriptor] : m_kept)
        close(descriptor);
    m_kept.clear();
}

void ServiceManager::keepNothing()
{
    const std::lock_guard lock(m_mutex);
    m_keeps = false;
}

void ServiceManager::lose(const QByteArray& prefix)
{
    settle();
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_kept, [&prefix](const auto& kept) {
        const bool isLost = kept.first.startsWith(prefix);
        if (isLost)
            close(kept.second);
        return isLost;
    });
}

QStringList ServiceManager::kept()
{
    settle();
    const std::lock_guard lock(m_mutex);
    QStringList names;
    for (const auto& [name, descriptor] : m_kept)
        names.append(QString::fromUtf8(name));
    return names;
}

std::vector<int> ServiceManager::duplicatesOf(const QByteArray& prefix)
{
    settle();
    const std::lock_guard lock(m_mutex);
    std::vector<int> duplicates;
    for (const auto& [name, descriptor] : m_kept)
        if (name.startsWith(prefix))
            duplicates.push_back(fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    return duplicates;
}

ServiceManager::Start::Start(ServiceManager& manager, const QStringList& command)
{
    manager.settle();
    const std::lock_guard lock(manager.m_mutex);
    QString redirections;
    QStringList names;
    for (const auto& [name, descriptor] : manager.m_kept) {
        const int inherited = fcntl(descriptor, F_DUPFD, firstInherited);
        redirections += QStringLiteral(" %1<&%2 %2<&-").arg(firstListened + names.size()).arg(inherited);
        names.append(QString::fromUtf8(name));
        m_inherited.push_back(inherited);
    }
    // The shell is replaced by the program, so that the pid is the program's.
    m_command = {QStringLiteral("bash"), QStringLiteral("-c"),
        QStringLiteral("LISTEN_PID=$$ LISTEN_FDS=%1 LISTEN_FDNAMES=%2 NOTIFY_SOCKET=%3 exec \"$@\"")
                .arg(names.size())
                .arg(names.isEmpty() ? QStringLiteral("''")
                                     : QLatin1Char('\'') + names.join(QLatin1Char(':')) + QLatin1Char('\''))
                .arg(manager.socketPath())
            + redirections,
        QStringLiteral("bash")};
    m_command += command;
}

ServiceManager::Start::~Start()
{
    closeAll(m_inherited);
}

} // namespace bwt::test
