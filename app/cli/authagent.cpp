// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/authagent.h"

#include <QCoreApplication>
#include <QFile>
#include <QStandardPaths>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>

namespace bwt::cli {

namespace {

constexpr int registrationMs = 5'000;
constexpr int endMs = 1'000;

/// The kernel's start time of this process in its own ticks, as polkit names processes: proc(5), stat, field 22.
QString ownStartTicks()
{
    QFile file(QStringLiteral("/proc/self/stat"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    constexpr int startTimeField = 22;
    constexpr int firstFieldAfterName = 3;
    const QByteArray stat = file.readAll();
    const QByteArray afterName = stat.mid(stat.lastIndexOf(')') + 2);
    return QString::fromLatin1(afterName.split(' ').value(startTimeField - firstFieldAfterName));
}

} // namespace

AuthAgent::AuthAgent()
{
    const QString program = QStandardPaths::findExecutable(QStringLiteral("pkttyagent"));
    std::array<int, 2> registered{-1, -1};
    if (program.isEmpty() || pipe2(registered.data(), O_CLOEXEC) != 0)
        return;
    const int notify = registered[1];
    m_process.setProcessChannelMode(QProcess::ForwardedChannels);
    m_process.setInputChannelMode(QProcess::ForwardedInputChannel);
    m_process.setChildProcessModifier([notify] { fcntl(notify, F_SETFD, 0); });
    const QString self = QString::number(QCoreApplication::applicationPid()) % QLatin1Char(',') % ownStartTicks();
    QStringList arguments{QStringLiteral("--process"), self, QStringLiteral("--notify-fd"), QString::number(notify)};
    if (qEnvironmentVariableIsSet("XDG_SESSION_ID"))
        arguments.append(QStringLiteral("--fallback")); // polkit heeds it for callers in a login session alone
    m_process.start(program, arguments);
    const bool started = m_process.waitForStarted();
    close(notify);
    if (started) { // it closes its end when it is ready, and so does its death
        pollfd end{registered[0], POLLIN, 0};
        poll(&end, 1, registrationMs);
    }
    close(registered[0]);
}

AuthAgent::~AuthAgent()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.terminate();
    m_process.waitForFinished(endMs);
}

bool AuthAgent::isOfUse()
{
    return geteuid() != 0 && isatty(STDIN_FILENO) == 1;
}

} // namespace bwt::cli
