// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/client/restartablebus.h"

#include <QDir>
#include <QFile>

namespace {

bool writeFile(const QString& path, const QString& text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text.toUtf8()) > 0;
}

} // namespace

RestartableBus::RestartableBus()
{
    QDir().mkpath(path("services"));
    writeFile(path("bus.conf"),
        QStringLiteral("<busconfig><type>session</type><listen>%1</listen><servicedir>%2</servicedir>"
                       "<policy context='default'><allow send_destination='*'/><allow receive_sender='*'/>"
                       "<allow own='*'/>"
                       "</policy></busconfig>\n")
            .arg(address(), path("services")));
}

RestartableBus::~RestartableBus()
{
    stop();
}

QString RestartableBus::address() const
{
    return QStringLiteral("unix:path=%1").arg(path("socket"));
}

void RestartableBus::makeActivatable(const QString& name, const QString& command)
{
    writeFile(path("services/one.service"), QStringLiteral("[D-BUS Service]\nName=%1\nExec=%2\n").arg(name, command));
}

bool RestartableBus::start()
{
    QFile::remove(path("socket"));
    m_daemon.start(QStringLiteral("dbus-daemon"),
        {QStringLiteral("--config-file=%1").arg(path("bus.conf")), QStringLiteral("--nofork"),
            QStringLiteral("--print-address")});
    return m_daemon.waitForStarted() && m_daemon.waitForReadyRead(); // it prints once it listens
}

void RestartableBus::stop()
{
    m_daemon.kill();
    m_daemon.waitForFinished();
}

QString RestartableBus::path(const char* file) const
{
    return m_directory.filePath(QString::fromLatin1(file));
}
