// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/notifysocket.h"

#include <QFile>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace bwt::test {

NotifySocket::~NotifySocket()
{
    if (m_fd >= 0)
        close(m_fd);
}

bool NotifySocket::open()
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const QByteArray name = QFile::encodeName(path());
    if (size_t(name.size()) >= sizeof(address.sun_path))
        return false;
    std::memcpy(address.sun_path, name.constData(), size_t(name.size()));
    m_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return m_fd >= 0 && bind(m_fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

const QStringList& NotifySocket::heard()
{
    std::array<char, 4096> message{};
    for (ssize_t size = 0; (size = recv(m_fd, message.data(), message.size(), 0)) > 0;)
        m_heard += QString::fromUtf8(message.data(), size).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    return m_heard;
}

} // namespace bwt::test
