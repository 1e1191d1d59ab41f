// SPDX-License-Identifier: GPL-3.0-or-later
#include "asker.h"

#include <QFile>

#include <array>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

int must(int result, const char* what)
{
    if (result < 0)
        qFatal("%s: %s", what, std::strerror(errno));
    return result;
}

void write(const char* path, const QByteArray& text)
{
    QFile file(QString::fromLatin1(path));
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("%s", path);
}

bool send(const addrinfo& to)
{
    const std::array<char, Asker::sentBytes> bytes{};
    const int fd = must(socket(to.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    const ssize_t sent = sendto(fd, bytes.data(), bytes.size(), 0, to.ai_addr, to.ai_addrlen);
    close(fd);
    return sent == ssize_t(bytes.size());
}

/// How many addresses the resolver finds, or of these takes what is sent.
int addressesOf(const char* name, Asker::Then then)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    int addresses = 0;
    if (getaddrinfo(name, "9", &hints, &found) != 0) // the port that discards
        return 0;
    for (const addrinfo* one = found; one; one = one->ai_next)
        addresses += then == Asker::Then::Nothing || send(*one) ? 1 : 0;
    freeaddrinfo(found);
    return addresses;
}

/// Has this process's resolver ask that server, and nobody else's. `options` are resolv.conf's.
void useServer(const QString& address, const QByteArray& options)
{
    must(unshare(CLONE_NEWNS), "unshare");
    must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private /");
    must(mount("none", "/etc", "tmpfs", 0, nullptr), "/etc");
    write("/etc/nsswitch.conf", "hosts: dns\n");
    write("/etc/resolv.conf", "nameserver " + address.toLatin1() + "\noptions " + options + '\n');
}

} // namespace

Asker::Asker(const char* name, const QString& server, const QByteArray& options, Then then, const char* comm)
    : m_pid(must(fork(), "fork"))
{
    if (m_pid == 0) {
        if (comm)
            prctl(PR_SET_NAME, comm);
        useServer(server, options);
        _exit(addressesOf(name, then));
    }
    siginfo_t end{};
    must(waitid(P_PID, static_cast<id_t>(m_pid), &end, WEXITED | WNOWAIT), "waitid");
    m_addresses = end.si_code == CLD_EXITED ? end.si_status : -1;
}

Asker::~Asker()
{
    waitpid(m_pid, nullptr, 0);
}
